#pragma once

/// The quantities Ringtail computes with. All are plain doubles in SI units: seconds, bytes, flops, and rates per
/// second. The alias says which; YAML values carry their unit in the text ("900 GB/s") and are converted on reading.
namespace ringtail {

using Seconds = double;
using Bytes = double;
using Flops = double;
using BytesPerSecond = double;
using FlopsPerSecond = double;

}  // namespace ringtail
