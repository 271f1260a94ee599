#pragma once

#include <functional>
#include <span>
#include <vector>

namespace ringtail {

/// Calls visit(order, probability) for every ordered choice of k of the items by successive sampling, whose probability
/// is Π w_i / (Σw - weights taken before): the definition, by brute force.
inline void enumerate_orders(std::span<const double> weights, int k,
                             const std::function<void(const std::vector<int>&, double)>& visit,
                             std::vector<int> order = {}, double probability = 1) {
  if (static_cast<int>(order.size()) == k) {
    visit(order, probability);
    return;
  }
  std::vector<double> rest(weights.begin(), weights.end());
  for (const int taken : order) rest[static_cast<std::size_t>(taken)] = 0;
  double total = 0;
  for (const double w : rest) total += w;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == 0) continue;
    order.push_back(static_cast<int>(i));
    enumerate_orders(weights, k, visit, order, probability * rest[i] / total);
    order.pop_back();
  }
}

/// Inclusion probabilities by enumerate_orders.
inline std::vector<double> enumerated_inclusion(std::span<const double> weights, int k) {
  std::vector<double> inclusion(weights.size());
  enumerate_orders(weights, k, [&](const std::vector<int>& order, double probability) {
    for (const int i : order) inclusion[static_cast<std::size_t>(i)] += probability;
  });
  return inclusion;
}

}  // namespace ringtail
