#include "collectives/collectives.hpp"

#include <utility>

namespace ringtail {
namespace {

void add(Round& round, std::size_t from, std::size_t to, Bytes bytes) {
  if (from != to && bytes > 0) round[from].push_back({static_cast<int>(to), bytes});
}

/// Round j of a ring: member i sends the share `offset + i - j` (modulo N) to its successor.
std::vector<Round> ring(const std::vector<Bytes>& shares, std::size_t offset) {
  const std::size_t n = shares.size();
  std::vector<Round> rounds;
  for (std::size_t j = 0; j + 1 < n; ++j) {
    Round round(n);
    for (std::size_t i = 0; i < n; ++i) add(round, i, (i + 1) % n, shares[(i + offset + n - j) % n]);
    rounds.push_back(std::move(round));
  }
  return rounds;
}

std::vector<Round> one_round_if_needed(Round round) {
  if (round.size() < 2) return {};
  return {std::move(round)};
}

}  // namespace

std::vector<Round> all_gather(GatherAlgorithm algorithm, const std::vector<Bytes>& shares) {
  if (algorithm == GatherAlgorithm::ring) return ring(shares, 0);
  Round round(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i)
    for (std::size_t j = 0; j < shares.size(); ++j) add(round, i, j, shares[i]);
  return one_round_if_needed(std::move(round));
}

std::vector<Round> reduce_scatter(GatherAlgorithm algorithm, const std::vector<Bytes>& shares) {
  // Starting one share back, member i has added to and holds share i after N-1 rounds.
  if (algorithm == GatherAlgorithm::ring) return ring(shares, shares.size() - 1);
  Round round(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i)
    for (std::size_t j = 0; j < shares.size(); ++j) add(round, i, j, shares[j]);
  return one_round_if_needed(std::move(round));
}

std::vector<Round> all_reduce(AllReduceAlgorithm algorithm, const std::vector<Bytes>& shares) {
  const auto half = algorithm == AllReduceAlgorithm::ring ? GatherAlgorithm::ring : GatherAlgorithm::direct;
  std::vector<Round> rounds = reduce_scatter(half, shares);
  for (Round& round : all_gather(half, shares)) rounds.push_back(std::move(round));
  return rounds;
}

std::vector<Round> all_to_all(const std::vector<std::vector<Bytes>>& bytes) {
  Round round(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i)
    for (std::size_t j = 0; j < bytes.size(); ++j) add(round, i, j, bytes[i][j]);
  return one_round_if_needed(std::move(round));
}

}  // namespace ringtail
