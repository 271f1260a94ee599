#include "decode/collective_pool.hpp"

#include <utility>

namespace ringtail {

CollectivePlan make_plan(const std::vector<int>& ranks, const std::vector<Round>& rounds, Copier copier) {
  CollectivePlan plan{ranks, {}, std::vector<Bytes>(ranks.size()), std::vector<Bytes>(ranks.size()), {}, {}, copier};
  bool anything = false;
  for (const Round& round : rounds) {
    for (std::size_t i = 0; i < round.size(); ++i) {
      for (const Transfer& transfer : round[i]) {
        plan.outgoing[i] += transfer.bytes;
        plan.incoming[static_cast<std::size_t>(transfer.dst)] += transfer.bytes;
        anything = true;
      }
    }
    plan.rounds.push_back(make_exchange(round, ranks));
  }
  if (!anything) plan.rounds.clear();
  return plan;
}

CollectivePlan make_plan(const std::vector<int>& ranks, const Chosen& chosen) {
  CollectivePlan plan = make_plan(ranks, chosen.rounds, Copier::dense);
  if (chosen.seconds && !plan.rounds.empty()) {
    plan.copier = Copier::none;
    plan.rounds = timed_plan(ranks, *chosen.seconds).rounds;
  }
  plan.result = chosen.result;
  plan.algorithm = chosen.algorithm;
  return plan;
}

CollectivePlan make_plan(const std::vector<int>& ranks, const PointToPoint& sent) {
  constexpr Bytes acknowledgement = 8;  // A flag, as the one that a receiver frees a slot of NCCL's buffer with.
  if (sent.bytes == 0) return make_plan(ranks, {}, Copier::dense);
  std::vector<Round> rounds{{{{1, sent.bytes}}, {}}};
  if (sent.is_acknowledged) rounds.push_back({{}, {{0, acknowledgement}}});
  CollectivePlan plan = make_plan(ranks, rounds, Copier::dense);
  plan.outgoing = {sent.bytes, 0};  // Kernels copy what is sent, not the flag.
  plan.incoming = plan.result = {0, sent.bytes};
  plan.algorithm = sent.is_acknowledged ? "sync" : "async";
  return plan;
}

CollectivePlan timed_plan(const std::vector<int>& ranks, Seconds seconds) {
  const std::size_t n = ranks.size();
  if (n == 1) return {ranks, {}, {}, {}, {}, {}};
  Round round(n);
  for (std::size_t i = 0; i < n; ++i) round[i].push_back({static_cast<int>((i + 1) % n), 1});  // Of any size.
  CollectivePlan plan = make_plan(ranks, {round}, Copier::none);
  plan.rounds.front().seconds = seconds;
  return plan;
}

CollectivePool::Collective CollectivePool::instantiate(CollectivePlan plan, Family family, int layer) {
  Collective collective;
  collective.visits_left = plan.ranks.size();
  const std::uint64_t collective_id = next_id_;
  for (Exchange& round : plan.rounds) {
    auto exchange = std::make_shared<Exchange>(std::move(round));
    exchange->id = next_id_++;
    exchange->collective = collective_id;
    exchange->family = static_cast<int>(family);
    exchange->layer = layer;
    exchange->copier = plan.copier;
    exchange->rounds = static_cast<int>(plan.rounds.size());
    collective.rounds.push_back(std::move(exchange));
  }
  return collective;
}

}  // namespace ringtail
