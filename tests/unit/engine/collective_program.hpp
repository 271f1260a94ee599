#pragma once

#include <memory>
#include <vector>

#include "accounting/accounting.hpp"
#include "collectives/round.hpp"
#include "engine/engine.hpp"

namespace ringtail {

/// Groups of ranks, numbered through, that each do the same rounds once: a rank posts the exchanges in order and awaits
/// them, round by round, or all posted first, queued one behind the other.
class Collective final : public Program {
 public:
  Collective(const std::vector<std::vector<int>>& groups, const std::vector<Round>& rounds, bool is_queued)
      : is_queued_(is_queued) {
    for (const std::vector<int>& group : groups) ranks_ += static_cast<int>(group.size());
    rank_.resize(static_cast<std::size_t>(ranks_));
    std::uint64_t id = 0;
    for (const std::vector<int>& group : groups) {
      std::vector<std::shared_ptr<const Exchange>> exchanges;
      for (const Round& round : rounds) {
        auto exchange = std::make_shared<Exchange>(make_exchange(round, group));
        exchange->id = id++;
        exchange->collective = exchange->id - exchanges.size();
        exchange->copier = Copier::dense;
        exchange->rounds = static_cast<int>(rounds.size());
        exchanges.push_back(std::move(exchange));
      }
      for (std::size_t i = 0; i < group.size(); ++i)
        rank_[static_cast<std::size_t>(group[i])] = {exchanges, static_cast<int>(i), 0};
    }
  }
  [[nodiscard]] int ranks() const override { return ranks_; }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return names_; }
  [[nodiscard]] const std::vector<std::string>& families() const override { return names_; }
  void next(int rank, std::vector<Op>& ops) override {
    auto& [exchanges, member, step] = rank_[static_cast<std::size_t>(rank)];
    if (step++ > 0) {
      ops.emplace_back(Kernel{0, -1, 0, 0, 0, 1, 0});  // Afterwards, seconds of something else.
      ops.emplace_back(EndStep{step - 1});
      return;
    }
    if (is_queued_)
      for (std::size_t i = 0; i < exchanges.size(); ++i)
        ops.emplace_back(Post{exchanges[i], member, i > 0 ? exchanges[i - 1] : nullptr});
    for (const auto& exchange : exchanges) {
      if (!is_queued_) ops.emplace_back(Post{exchange, member});
      ops.emplace_back(Await{exchange, member});
    }
    ops.emplace_back(EndStep{0});
  }

 private:
  struct Rank {
    std::vector<std::shared_ptr<const Exchange>> exchanges;
    int member = 0;
    int step = 0;
  };
  int ranks_ = 0;
  bool is_queued_;
  std::vector<Rank> rank_;
  std::vector<std::string> names_ = {"collective"};
};

/// When the last rank is through.
inline Seconds time_of(const std::vector<std::vector<int>>& groups, const std::vector<Round>& rounds,
                       const Platform& platform, const NetworkConfig& network, bool is_queued = false,
                       const EndpointLimits& limits = {}) {
  Collective program(groups, rounds, is_queued);
  Accounting accounting(program, 1, 0, 1);
  execute(program, platform, network, accounting, {}, limits);
  return *accounting.window().end;
}

}  // namespace ringtail
