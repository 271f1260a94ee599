#include "collectives/choice.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace ringtail {
namespace {

/// Bytes through one member's port of each tier; in a mesh, of the first, through the fullest of its links.
using Ports = std::array<Bytes, 2>;

void add_to_mesh(const std::vector<Transfer>& transfers, int island, const std::vector<int>& ranks, const Tiers& tiers,
                 Ports& out) {
  std::map<int, Bytes> links;
  for (const Transfer& transfer : transfers)
    if (tiers.island_of(ranks[static_cast<std::size_t>(transfer.dst)]) == island)
      out[0] = std::max(out[0], links[transfer.dst] += transfer.bytes);
}

Seconds estimate(const Round& round, const std::vector<int>& ranks, const Tiers& tiers) {
  std::vector<Ports> out(ranks.size());
  std::vector<Ports> in(ranks.size());
  for (std::size_t i = 0; i < round.size(); ++i) {
    const int island = tiers.island_of(ranks[i]);
    if (tiers.mesh) add_to_mesh(round[i], island, ranks, tiers, out[i]);
    for (const Transfer& transfer : round[i]) {
      const auto to = static_cast<std::size_t>(transfer.dst);
      const std::size_t tier = island == tiers.island_of(ranks[to]) ? 0 : 1;
      if (tier == 0 && tiers.mesh) continue;
      out[i][tier] += transfer.bytes;
      in[to][tier] += transfer.bytes;
    }
  }
  Seconds longest = 0;
  for (const auto* ports : {&out, &in}) {
    for (const Ports& bytes : *ports) {
      if (bytes[0] > 0) longest = std::max(longest, tiers.island.latency + bytes[0] / tiers.island.bandwidth);
      if (bytes[1] > 0) longest = std::max(longest, tiers.fabric.latency + bytes[1] / tiers.fabric.bandwidth);
    }
  }
  return longest;
}

/// The wanted algorithm, or the best of `candidates`, with its rounds.
template <class Algorithm, class MakeRounds>
Chosen choose(Algorithm wanted, std::initializer_list<Algorithm> candidates, const std::vector<int>& ranks,
              const Tiers& tiers, const MakeRounds& make_rounds) {
  if (wanted != Algorithm::automatic) return {name_of(wanted), make_rounds(wanted), {}};
  Chosen best;
  Seconds least = 0;
  for (const Algorithm candidate : candidates) {
    std::vector<Round> rounds = make_rounds(candidate);
    const Seconds seconds = estimate(rounds, ranks, tiers);
    if (!best.algorithm.empty() && seconds >= least) continue;
    best = {name_of(candidate), std::move(rounds), {}};
    least = seconds;
  }
  return best;
}

}  // namespace

Seconds estimate(const std::vector<Round>& rounds, const std::vector<int>& ranks, const Tiers& tiers) {
  return std::accumulate(rounds.begin(), rounds.end(), Seconds{0},
                         [&](Seconds sum, const Round& round) { return sum + estimate(round, ranks, tiers); });
}

Chosen choose_all_reduce(AllReduceAlgorithm wanted, const std::vector<Bytes>& shares, const std::vector<int>& ranks,
                         const Tiers& tiers) {
  using A = AllReduceAlgorithm;
  if (wanted == A::in_switch && !tiers.one_island(ranks))
    throw std::invalid_argument("an in-switch all-reduce needs all its ranks on one island");
  Chosen chosen = choose(wanted, {A::one_shot, A::two_shot, A::recursive_doubling, A::ring}, ranks, tiers,
                         [&](A algorithm) { return all_reduce(algorithm, shares); });
  chosen.result.assign(shares.size(), std::accumulate(shares.begin(), shares.end(), 0.0));
  return chosen;
}

Chosen choose_all_gather(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const std::vector<int>& ranks,
                         const Tiers& tiers) {
  using A = GatherAlgorithm;
  Chosen chosen =
      choose(wanted, {A::direct, A::ring}, ranks, tiers, [&](A algorithm) { return all_gather(algorithm, shares); });
  const Bytes all = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (const Bytes share : shares) chosen.result.push_back(all - share);
  return chosen;
}

Chosen choose_reduce_scatter(GatherAlgorithm wanted, const std::vector<Bytes>& shares, const std::vector<int>& ranks,
                             const Tiers& tiers) {
  using A = GatherAlgorithm;
  Chosen chosen = choose(wanted, {A::direct, A::ring}, ranks, tiers,
                         [&](A algorithm) { return reduce_scatter(algorithm, shares); });
  chosen.result = shares;
  return chosen;
}

Chosen choose_all_to_all(AllToAllAlgorithm wanted, const std::vector<std::vector<Bytes>>& bytes,
                         const std::vector<int>& ranks, const Tiers& tiers) {
  using A = AllToAllAlgorithm;
  Chosen chosen = choose(wanted, {A::direct, A::pairwise, A::ring}, ranks, tiers,
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
  }
  return {};
}

std::string_view name_of(GatherAlgorithm algorithm) {
  switch (algorithm) {
    case GatherAlgorithm::automatic: return "auto";
    case GatherAlgorithm::direct: return "direct";
    case GatherAlgorithm::ring: return "ring";
  }
  return {};
}

std::string_view name_of(AllToAllAlgorithm algorithm) {
  switch (algorithm) {
    case AllToAllAlgorithm::automatic: return "auto";
    case AllToAllAlgorithm::direct: return "direct";
    case AllToAllAlgorithm::pairwise: return "pairwise";
    case AllToAllAlgorithm::ring: return "ring";
  }
  return {};
}

std::string_view name_of(DispatchMode mode) {
  switch (mode) {
    case DispatchMode::automatic: return "auto";
    case DispatchMode::ll: return "ll";
    case DispatchMode::intra: return "intra";
    case DispatchMode::inter: return "inter";
  }
  return {};
}

}  // namespace ringtail
