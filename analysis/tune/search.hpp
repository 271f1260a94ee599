#pragma once

#include <cstddef>
#include <vector>

#include "tune/tune.hpp"

namespace ringtail {

/// The goal as a number that is better when higher; 0 for what was not simulated or exceeds the limit.
[[nodiscard]] double score(const TunedPoint& point, const TuneOptions& options);

/// The brief simulations: which points, in which order. Points are simulated in waves of fixed size, so that what is
/// simulated depends on results alone and not on the number of jobs.
class Search {
 public:
  /// Points are the designs with their batches, sorted by forecast.
  Search(const Deployment& base, const std::vector<Design>& designs, const TuneOptions& options);

  [[nodiscard]] std::size_t points() const { return points_.size(); }

  /// Simulates by falling forecast while a point could still be best, were it better than its forecast by the margin.
  void find_best();

  /// Of the best designs whose larger batches exceed the limit: batches between the largest within and the smallest
  /// beyond it, by halving.
  void narrow_batches();

  /// Simulates, for each octave of time per token, the points with the highest forecasts.
  void find_front();

  [[nodiscard]] std::vector<TunedPoint> take_simulated() { return std::move(simulated_); }

  /// Points that find_best would have simulated, had there been no limit of simulations.
  [[nodiscard]] std::size_t left_out() const { return left_out_; }

 private:
  struct Candidate {
    TunedPoint point;
    bool done = false;
  };

  [[nodiscard]] double best_score() const;
  /// The best that the point may turn out to be.
  [[nodiscard]] double hope(const TunedPoint& point) const;
  void simulate(std::vector<TunedPoint> wave, const std::string& what);
  void simulate_candidates(const std::vector<std::size_t>& wave, const std::string& what);
  [[nodiscard]] std::vector<TunedPoint> batches_between() const;

  const Deployment& base_;
  const TuneOptions& options_;
  std::vector<Candidate> points_;  ///< By falling hope.
  std::vector<TunedPoint> simulated_;
  std::size_t left_out_ = 0;
};

}  // namespace ringtail
