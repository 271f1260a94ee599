#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "network/exchanges.hpp"

/// Token-routed all-to-alls, and how far a network within a tolerance is from the exact one on them.
namespace ringtail::testing {

inline constexpr BytesPerSecond nic = 50e9;

enum class Popularity { uniform, zipf, lognormal };
enum class Starts { together, over_a_third, over_all };

struct Case {
  int ranks = 16;
  int island = 8;
  Popularity popularity = Popularity::uniform;
  Starts starts = Starts::together;
  int tokens = 128;  ///< Per rank. 128 make an all-to-all dense, 4 sparse.
  int exchanges = 1;
  unsigned seed = 1;
};

inline std::vector<double> weights(Popularity popularity, std::size_t experts, std::mt19937_64& random) {
  std::normal_distribution<double> normal(0.0, 0.5);
  std::vector<double> weights;
  for (std::size_t e = 0; e < experts; ++e) {
    switch (popularity) {
      case Popularity::uniform: weights.push_back(1); break;
      case Popularity::zipf: weights.push_back(std::pow(e + 1, -0.8)); break;
      case Popularity::lognormal: weights.push_back(std::exp(normal(random))); break;
    }
  }
  std::shuffle(weights.begin(), weights.end(), random);
  return weights;
}

/// Each token goes to the ranks of 8 distinct of 256 experts, 7168 bytes to each; a combine brings them back, as much
/// again.
inline std::vector<std::vector<Bytes>> token_bytes(const Case& c, bool is_combine, std::mt19937_64& random) {
  constexpr std::size_t experts = 256;
  const auto n = static_cast<std::size_t>(c.ranks);
  const std::vector<double> w = weights(c.popularity, experts, random);
  std::discrete_distribution<std::size_t> popularity(w.begin(), w.end());
  std::vector<std::vector<Bytes>> bytes(n, std::vector<Bytes>(n));
  for (std::size_t src = 0; src < n; ++src) {
    for (int token = 0; token < c.tokens; ++token) {
      std::set<std::size_t> chosen;
      while (chosen.size() < 8) chosen.insert(popularity(random));
      std::set<std::size_t> holders;
      for (const std::size_t expert : chosen) holders.insert(expert * n / experts);
      for (const std::size_t holder : holders) (is_combine ? bytes[holder][src] : bytes[src][holder]) += 7168;
    }
  }
  return bytes;
}

/// Dispatches and combines by turns, each starting in the middle of the one before.
struct Collectives {
  std::vector<Exchange> exchanges;
  std::vector<Posting> posted;

  explicit Collectives(const Case& c) {
    std::mt19937_64 random(c.seed);
    for (int x = 0; x < c.exchanges; ++x)
      exchanges.push_back(make_exchange(token_bytes(c, x % 2 == 1, random), static_cast<std::uint64_t>(x)));
    const PortLoads loads = loads_of(exchanges.front(), c.ranks);
    const Seconds length = std::max(std::ranges::max(loads.out), std::ranges::max(loads.in)) / nic;
    const Seconds stagger = c.starts == Starts::together ? 0 : c.starts == Starts::over_a_third ? length / 3 : length;
    posted = postings(exchanges, 0.45 * length, stagger, random);
  }
};

inline Topology network_of(const Case& c) { return topology({c.ranks, c.island, 450e9, nic, 1e-6, 5e-6}); }

inline Finishes finishes(const Case& c, double tolerance) {
  const Collectives collectives(c);
  FlowNetwork network(network_of(c), tolerance);
  return run(network, collectives.posted);
}

/// Errors of finish times, relative to the time since the rank's own start, and of each exchange's last finish,
/// relative to the time since its first start.
struct Errors {
  double worst = 0;
  double sum = 0;
  int count = 0;
  int beyond = 0;  ///< Errors of more than 2 %.
  double makespan = 0;
  std::vector<double> all;  ///< First those of sending, then those of receiving, by exchange and rank; with sign.

  void add(const Finishes& fast, const Finishes& exact, const std::vector<Posting>& posted) {
    std::map<std::pair<std::uint64_t, int>, Seconds> own;
    std::map<std::uint64_t, Seconds> first;
    for (const Posting& p : posted) {
      own[{p.exchange->id, p.exchange->ranks[static_cast<std::size_t>(p.member)]}] = p.t;
      first.try_emplace(p.exchange->id, p.t);
    }
    std::map<std::uint64_t, std::pair<Seconds, Seconds>> last;
    const auto compare = [&](const auto& a, const auto& b) {
      ASSERT_EQ(a.size(), b.size());
      for (const auto& [key, t] : b) {
        auto& [fast_last, exact_last] = last[key.first];
        fast_last = std::max(fast_last, a.at(key));
        exact_last = std::max(exact_last, t);
        // A rank may have received all before it starts to send.
        const Seconds since = t > own.at(key) ? own.at(key) : first.at(key.first);
        all.push_back((a.at(key) - t) / (t - since));
        const double error = std::abs(all.back());
        worst = std::max(worst, error);
        sum += error;
        beyond += error > 0.02 ? 1 : 0;
        ++count;
      }
    };
    compare(fast.sent, exact.sent);
    compare(fast.received, exact.received);
    for (const auto& [id, times] : last)
      makespan = std::max(makespan, std::abs(times.first - times.second) / (times.second - first.at(id)));
  }
  [[nodiscard]] double mean() const { return sum / count; }
};

inline Errors errors(const Case& c, double tolerance) {
  Errors errors;
  errors.add(finishes(c, tolerance), finishes(c, 0), Collectives(c).posted);
  return errors;
}

/// The largest error that the problem's own condition does not explain. Where flows start on a port that is about to
/// finish, the exact time itself jumps: a rank that has 0.1 % left to receive when 47 flows join needs 48 times as long
/// for that rest. And a rank that starts just before it has received all measures its time from then. So a finish that
/// is off by more than 2 % is held against the range of exact ones for sizes up to 1 % smaller or larger: what is
/// beyond that range counts (a forward error of 2 % and a backward error of 1 %; Higham, Accuracy and Stability of
/// Numerical Algorithms, 2nd ed., section 1.5).
inline double worst_unexplained(const Collectives& collectives, const Topology& network, const Errors& errors,
                                const Finishes& exact) {
  if (errors.worst <= 0.02) return errors.worst;
  std::vector<double> low(errors.all.size());
  std::vector<double> high(errors.all.size());
  for (const double scale : {0.99, 0.995, 0.998, 1.002, 1.005, 1.01}) {
    Collectives scaled = collectives;
    for (Posting& posting : scaled.posted)
      posting.exchange = &scaled.exchanges[static_cast<std::size_t>(posting.exchange - collectives.exchanges.data())];
    for (Exchange& exchange : scaled.exchanges)
      for (Transfer& transfer : exchange.transfers) transfer.bytes *= scale;
    FlowNetwork flows(network);
    Errors moved;
    moved.add(run(flows, scaled.posted), exact, scaled.posted);
    for (std::size_t i = 0; i < moved.all.size(); ++i) {
      low[i] = std::min(low[i], moved.all[i]);
      high[i] = std::max(high[i], moved.all[i]);
    }
  }
  double worst = 0;
  for (std::size_t i = 0; i < errors.all.size(); ++i) {
    const double error = errors.all[i];
    worst = std::max(worst, std::abs(error) <= 0.02 ? std::abs(error) : std::max(low[i] - error, error - high[i]));
  }
  return worst;
}

/// The promise of the default tolerance: all finishes within 2 %, but for what worst_unexplained allows where several
/// collectives overlap, and the last one within 1 %.
inline Errors expect_within_two_percent(const Collectives& collectives, const Topology& network,
                                        const std::string& which) {
  FlowNetwork fast(network, 0.02);
  FlowNetwork slow(network);
  const Finishes exact = run(slow, collectives.posted);
  Errors e;
  e.add(run(fast, collectives.posted), exact, collectives.posted);
  EXPECT_LE(worst_unexplained(collectives, network, e, exact), 0.02) << which;
  EXPECT_TRUE(collectives.exchanges.size() > 1 || e.worst <= 0.02) << which;
  EXPECT_LE(e.makespan, 0.01) << which;
  return e;
}

}  // namespace ringtail::testing
