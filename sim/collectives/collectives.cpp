#include "collectives/collectives.hpp"

#include <bit>
#include <numeric>
#include <stdexcept>
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

/// One round in which i sends bytes_of(i, j) to j; none for a single member.
template <class BytesOf>
std::vector<Round> everyone_to_everyone(std::size_t n, const BytesOf& bytes_of) {
  if (n < 2) return {};
  Round round(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) add(round, i, j, bytes_of(i, j));
  return {std::move(round)};
}

std::vector<Round> recursive_doubling(std::size_t n, Bytes size) {
  if (n < 2) return {};
  const std::size_t power = std::bit_floor(n);
  const std::size_t folded = n - power;  // Members 0, 2, .. 2·folded - 2 sit out.
  const auto member = [folded](std::size_t i) { return i < folded ? 2 * i + 1 : i + folded; };
  std::vector<Round> rounds;
  Round fold(n);
  Round unfold(n);
  for (std::size_t i = 0; i < folded; ++i) {
    add(fold, 2 * i, 2 * i + 1, size);
    add(unfold, 2 * i + 1, 2 * i, size);
  }
  if (folded > 0) rounds.push_back(std::move(fold));
  for (std::size_t bit = 1; bit < power; bit *= 2) {
    Round round(n);
    for (std::size_t i = 0; i < power; ++i) add(round, member(i), member(i ^ bit), size);
    rounds.push_back(std::move(round));
  }
  if (folded > 0) rounds.push_back(std::move(unfold));
  return rounds;
}

std::vector<Round> in_switch(std::size_t n, Bytes size) {
  if (n < 2) return {};
  const auto members = static_cast<double>(n);
  const Bytes to_each = size * (1 + 1 / members) / 2 / (members - 1);
  const std::vector<Round> half = everyone_to_everyone(n, [&](std::size_t, std::size_t) { return to_each; });
  return {half.front(), half.front()};
}

std::vector<Round> pairwise(const std::vector<std::vector<Bytes>>& bytes) {
  const std::size_t n = bytes.size();
  std::vector<Round> rounds;
  for (std::size_t j = 1; j < n; ++j) {
    Round round(n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t to = std::has_single_bit(n) ? i ^ j : (i + j) % n;
      add(round, i, to, bytes[i][to]);
    }
    rounds.push_back(std::move(round));
  }
  return rounds;
}

/// In round j member i holds what member i - j sent out and passes on what is not for itself: what goes further than j.
std::vector<Round> neighbour_to_neighbour(const std::vector<std::vector<Bytes>>& bytes) {
  const std::size_t n = bytes.size();
  std::vector<Round> rounds;
  for (std::size_t j = 0; j + 1 < n; ++j) {
    Round round(n);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t origin = (i + n - j) % n;
      Bytes further = 0;
      for (std::size_t distance = j + 1; distance < n; ++distance) further += bytes[origin][(origin + distance) % n];
      add(round, i, (i + 1) % n, further);
    }
    rounds.push_back(std::move(round));
  }
  return rounds;
}

[[noreturn]] void not_chosen() { throw std::invalid_argument("an algorithm must be chosen first"); }

}  // namespace

std::vector<Round> all_gather(GatherAlgorithm algorithm, const std::vector<Bytes>& shares) {
  switch (algorithm) {
    case GatherAlgorithm::automatic:
    case GatherAlgorithm::formula: break;
    case GatherAlgorithm::direct:
      return everyone_to_everyone(shares.size(), [&](std::size_t i, std::size_t) { return shares[i]; });
    case GatherAlgorithm::ring: return ring(shares, 0);
  }
  not_chosen();
}

std::vector<Round> reduce_scatter(GatherAlgorithm algorithm, const std::vector<Bytes>& shares) {
  switch (algorithm) {
    case GatherAlgorithm::automatic:
    case GatherAlgorithm::formula: break;
    case GatherAlgorithm::direct:
      return everyone_to_everyone(shares.size(), [&](std::size_t, std::size_t j) { return shares[j]; });
    // Starting one share back, member i has added to and holds share i after N-1 rounds.
    case GatherAlgorithm::ring: return ring(shares, shares.size() - 1);
  }
  not_chosen();
}

std::vector<Round> all_reduce(AllReduceAlgorithm algorithm, const std::vector<Bytes>& shares) {
  const std::size_t n = shares.size();
  const Bytes size = std::accumulate(shares.begin(), shares.end(), 0.0);
  const auto in_halves = [&](GatherAlgorithm half) {
    std::vector<Round> rounds = reduce_scatter(half, shares);
    for (Round& round : all_gather(half, shares)) rounds.push_back(std::move(round));
    return rounds;
  };
  switch (algorithm) {
    case AllReduceAlgorithm::automatic:
    case AllReduceAlgorithm::formula: break;
    case AllReduceAlgorithm::one_shot: return everyone_to_everyone(n, [&](std::size_t, std::size_t) { return size; });
    case AllReduceAlgorithm::two_shot: return in_halves(GatherAlgorithm::direct);
    case AllReduceAlgorithm::recursive_doubling: return recursive_doubling(n, size);
    case AllReduceAlgorithm::ring: return in_halves(GatherAlgorithm::ring);
    case AllReduceAlgorithm::in_switch: return in_switch(n, size);
  }
  not_chosen();
}

std::vector<Round> all_to_all(AllToAllAlgorithm algorithm, const std::vector<std::vector<Bytes>>& bytes) {
  switch (algorithm) {
    case AllToAllAlgorithm::automatic:
    case AllToAllAlgorithm::formula: break;
    case AllToAllAlgorithm::direct:
      return everyone_to_everyone(bytes.size(), [&](std::size_t i, std::size_t j) { return bytes[i][j]; });
    case AllToAllAlgorithm::pairwise: return pairwise(bytes);
    case AllToAllAlgorithm::ring: return neighbour_to_neighbour(bytes);
  }
  not_chosen();
}

}  // namespace ringtail
