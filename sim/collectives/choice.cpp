#include "collectives/choice.hpp"

#include <numeric>
#include <stdexcept>
#include <utility>

#include "collectives/formula.hpp"

namespace ringtail {
namespace {

Bytes sum(const std::vector<Bytes>& shares) { return std::accumulate(shares.begin(), shares.end(), 0.0); }

Chosen by_formula(std::vector<Round> rounds, Seconds seconds) { return {"formula", std::move(rounds), {}, seconds}; }

/// The wanted algorithm, or the best of `candidates`, with its rounds.
template <class Algorithm, class MakeRounds>
Chosen choose(Algorithm wanted, std::initializer_list<Algorithm> candidates, const Group& group,
              const MakeRounds& make_rounds) {
  if (wanted != Algorithm::automatic) return {name_of(wanted), make_rounds(wanted), {}};
  Chosen best;
  Seconds least = 0;
  for (const Algorithm candidate : candidates) {
    std::vector<Round> rounds = make_rounds(candidate);
    const Seconds seconds = estimate(rounds, group);
    if (!best.algorithm.empty() && seconds >= least) continue;
    best = {name_of(candidate), std::move(rounds), {}};
    least = seconds;
  }
  return best;
}

}  // namespace

Chosen choose_all_reduce(AllReduceAlgorithm wanted, const std::vector<Bytes>& shares, const Group& group) {
  using A = AllReduceAlgorithm;
  if (wanted == A::in_switch && (!group.on_one_island() || group.wiring.island().topology == Island::Topology::mesh))
    throw std::invalid_argument("an in-switch all-reduce needs all its ranks on one switch");
  Chosen chosen = wanted == A::formula
                      ? by_formula(all_reduce(A::two_shot, shares), 2 * formula_gather(sum(shares), group))
                      : choose(wanted, {A::one_shot, A::two_shot, A::recursive_doubling, A::ring}, group,
                               [&](A algorithm) { return all_reduce(algorithm, shares); });
  chosen.result.assign(shares.size(), sum(shares));
  return chosen;
}

Chosen choose_all_gather(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const Group& group) {
  using A = GatherAlgorithm;
  const Bytes all = sum(shares);
  Chosen chosen = wanted == A::formula ? by_formula(all_gather(A::direct, shares), formula_gather(all, group))
                                       : choose(wanted, {A::direct, A::ring}, group,
                                                [&](A algorithm) { return all_gather(algorithm, shares); });
  for (const Bytes share : shares) chosen.result.push_back(all - share);
  return chosen;
}

Chosen choose_reduce_scatter(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const Group& group) {
  using A = GatherAlgorithm;
  Chosen chosen =
      wanted == A::formula
          ? by_formula(reduce_scatter(A::direct, shares), formula_gather(sum(shares), group))
          : choose(wanted, {A::direct, A::ring}, group, [&](A algorithm) { return reduce_scatter(algorithm, shares); });
  chosen.result = shares;
  return chosen;
}

Chosen choose_all_to_all(AllToAllAlgorithm wanted, const std::vector<std::vector<Bytes>>& bytes, const Group& group) {
  using A = AllToAllAlgorithm;
  Bytes all = 0;
  for (const std::vector<Bytes>& row : bytes) all += sum(row);
  Chosen chosen = wanted == A::formula ? by_formula(all_to_all(A::direct, bytes),
                                                    formula_exchange(all / static_cast<double>(bytes.size()), group))
                                       : choose(wanted, {A::direct, A::pairwise, A::ring}, group,
                                                [&](A algorithm) { return all_to_all(algorithm, bytes); });
  for (std::size_t j = 0; j < bytes.size(); ++j) {
    Bytes incoming = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) incoming += i == j ? 0 : bytes[i][j];
    chosen.result.push_back(incoming);
  }
  return chosen;
}

std::string_view name_of(AllReduceAlgorithm algorithm) {
  switch (algorithm) {
    case AllReduceAlgorithm::automatic: return "auto";
    case AllReduceAlgorithm::one_shot: return "one-shot";
    case AllReduceAlgorithm::two_shot: return "two-shot";
    case AllReduceAlgorithm::recursive_doubling: return "recursive-doubling";
    case AllReduceAlgorithm::ring: return "ring";
    case AllReduceAlgorithm::in_switch: return "in-switch";
    case AllReduceAlgorithm::formula: return "formula";
  }
  return {};
}

std::string_view name_of(GatherAlgorithm algorithm) {
  switch (algorithm) {
    case GatherAlgorithm::automatic: return "auto";
    case GatherAlgorithm::direct: return "direct";
    case GatherAlgorithm::ring: return "ring";
    case GatherAlgorithm::formula: return "formula";
  }
  return {};
}

std::string_view name_of(AllToAllAlgorithm algorithm) {
  switch (algorithm) {
    case AllToAllAlgorithm::automatic: return "auto";
    case AllToAllAlgorithm::direct: return "direct";
    case AllToAllAlgorithm::pairwise: return "pairwise";
    case AllToAllAlgorithm::ring: return "ring";
    case AllToAllAlgorithm::formula: return "formula";
  }
  return {};
}

std::string_view name_of(DispatchMode mode) {
  switch (mode) {
    case DispatchMode::automatic: return "auto";
    case DispatchMode::ll: return "ll";
    case DispatchMode::intra: return "intra";
    case DispatchMode::inter: return "inter";
    case DispatchMode::formula: return "formula";
  }
  return {};
}

}  // namespace ringtail
