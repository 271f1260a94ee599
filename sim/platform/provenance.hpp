#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// How a constant is known. nominal: a data sheet's. measured: read off a measurement. fitted: one of several that
/// together meet measurements best. assumed: nobody published it, or it is carried over from another product.
enum class ConstantKind { nominal, measured, fitted, assumed };

/// |model / measured - 1| on rows that were held out of the fit.
struct FitError {
  double median = 0;
  double p90 = 0;  ///< 90th percentile.
};

/// The largest that measurements have; beyond, a result warns.
struct CalibratedUpTo {
  std::optional<int> rows;       ///< Of a product: tokens of a rank.
  std::optional<int> context;    ///< Tokens.
  std::optional<int> batch;      ///< Sequences of a rank's attention.
  std::optional<Bytes> message;  ///< Of an all-reduce.
  std::optional<int> ranks;      ///< That a collective is among.
};

/// Where some constants of a platform are from. A key names a constant, or a section for all constants in it that no
/// longer key names: "gpu.kernels".
struct Provenance {
  std::vector<std::string> keys;
  ConstantKind kind = ConstantKind::assumed;
  std::string source;
  std::optional<FitError> error;
  std::optional<CalibratedUpTo> up_to;
};

}  // namespace ringtail
