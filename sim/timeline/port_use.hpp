#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <unordered_map>
#include <vector>

#include "timeline/chrome_trace.hpp"
#include "timeline/exchange_times.hpp"
#include "timeline/rate_counter.hpp"
#include "timeline/tracks.hpp"

namespace ringtail {

/// Draws what collectives do to ports: a slice from a collective's first transfer over a port to its last one, each
/// transfer as an async slice, an arrow for each transfer of some, and a counter of each port's rate.
class PortUse {
 public:
  /// `trace` must outlive this.
  PortUse(ChromeTrace& trace, std::vector<int> island_of_rank, const Selection& gpus);

  /// A round of a collective of which all is known. Collectives with `arrows` have arrows.
  void add(const Exchange& exchange, const std::vector<TimedTransfer>& transfers, const std::string& family,
           bool arrows);

  /// Writes what is left of the counters.
  void finish();

 private:
  /// What a collective does to a port of a GPU.
  struct Use {
    Seconds first = 0;
    Seconds last = 0;
    Bytes bytes = 0;
    int transfers = 0;
  };
  struct PortOf {
    int rank = 0;
    Port port = Port::nvlink_out;
    auto operator<=>(const PortOf&) const = default;
  };
  struct Collective {
    int rounds_left = 0;
    std::map<PortOf, Use> uses;
    std::vector<TimedTransfer> transfers;
  };

  void use(Collective& collective, PortOf port, const TimedTransfer& transfer);
  void draw(const Collective& collective, const Exchange& exchange, const std::string& family, bool arrows);
  [[nodiscard]] TrackId draw(const PortOf& port, const Use& use, const std::string& family, int layer);
  [[nodiscard]] bool is_shown(int rank) const { return gpus_.contains(rank); }
  [[nodiscard]] Port out_port(const TimedTransfer& transfer) const;

  ChromeTrace& trace_;
  std::vector<int> island_of_rank_;
  Selection gpus_;
  std::unordered_map<std::uint64_t, Collective> open_;
  /// By GPU and port: until when each of its tracks is taken. What overlaps has tracks of its own.
  std::vector<std::array<std::vector<Seconds>, port_count>> lanes_;
  std::vector<std::array<RateCounter, port_count>> rates_;
  std::vector<int> under_way_;  ///< Collectives with transfers of the GPU that are not drawn.
};

}  // namespace ringtail
