#pragma once

#include <string>
#include <vector>

#include "accounting/breakdown.hpp"

namespace ringtail {

/// A piece of a GPU's time in which its state does not change.
struct TimelineSlice {
  int what = 0;   ///< Index into Detail::whats.
  int state = 0;  ///< State.
  Seconds begin = 0;
  Seconds end = 0;
};

/// What all GPUs do for one layer in one step: kernels and waits.
struct LayerTimeline {
  int layer = 0;
  Seconds begin = 0;                             ///< Of the first GPU's first slice. Slices count from it.
  Seconds seconds = 0;                           ///< Until the last GPU's last one.
  std::vector<std::vector<TimelineSlice>> gpus;  ///< By GPU, in order of time; they do not overlap.
};

/// What GPUs send each other in one family of collectives.
struct FamilyTraffic {
  std::string family;
  std::vector<std::vector<Bytes>> bytes;  ///< By sender, then receiver; per step.
};

/// What one replication shows beyond its means. Means are over measured steps.
struct Detail {
  std::vector<std::string> whats;           ///< Kernel stages, then families of collectives.
  int micro_batches = 1;                    ///< With several, layers of different ones overlap.
  std::vector<LayerTimeline> timelines;     ///< Of the first measured step: the layer of median length, the longest.
  std::vector<StateSeconds> breakdown;      ///< By GPU, per step.
  std::vector<std::vector<double>> copies;  ///< By layer, then GPU: (token, expert) pairs that it computes, per step.
  std::vector<std::vector<Seconds>> busy;   ///< By layer, then GPU: in kernels, per step.
  std::vector<std::vector<Seconds>> waits;  ///< By layer, then GPU: waiting for others or data, per step.
  bool traffic_is_by_island = false;        ///< Rows and columns of traffic are islands, not GPUs.
  std::vector<FamilyTraffic> traffic;       ///< Families with any.
};

}  // namespace ringtail
