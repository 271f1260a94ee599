#include "study/plan_change.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "results/version.hpp"

namespace ringtail {
namespace {

std::string some_of(const std::vector<std::string>& labels) {
  constexpr std::size_t most_shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(most_shown, labels.size()); ++i) text += (i > 0 ? "; " : "") + labels[i];
  return text + (labels.size() > most_shown ? "; …" : "");
}

std::set<std::string> labels_of(const StoredPlan& plan) {
  std::set<std::string> labels;
  for (const auto& [identity, label] : plan.labels) labels.insert(label);
  return labels;
}

std::string points(std::size_t count) { return fmt::format("{} point{}", count, count == 1 ? "" : "s"); }

}  // namespace

StoredPlan stored_plan(const Study& study, const std::vector<PlannedPoint>& points) {
  StoredPlan plan{fmt::format("{} ({})", version, git_commit), {}};
  for (const PlannedPoint& point : points) plan.labels.emplace(point.identity, point_label(study, point.levels));
  return plan;
}

std::string plan_change(const StoredPlan& before, const StoredPlan& now) {
  if (before.version.empty()) return {};
  const auto labels_before = labels_of(before);
  const auto labels_now = labels_of(now);
  std::vector<std::string> added;
  std::vector<std::string> gone;
  std::vector<std::string> changed;
  for (const auto& [identity, label] : now.labels) {
    if (before.labels.contains(identity)) continue;
    (labels_before.contains(label) ? changed : added).push_back(label);
  }
  for (const auto& [identity, label] : before.labels)
    if (!now.labels.contains(identity) && !labels_now.contains(label)) gone.push_back(label);
  std::string text;
  if (before.version != now.version)
    text += fmt::format("  Ringtail is another version: {} was {}\n", now.version, before.version);
  if (!changed.empty())
    text += fmt::format("  {} with another configuration: {}\n", points(changed.size()), some_of(changed));
  if (!added.empty()) text += fmt::format("  {} new: {}\n", points(added.size()), some_of(added));
  if (!gone.empty())
    text += fmt::format("  {} no longer in the study (kept in the store): {}\n", points(gone.size()), some_of(gone));
  return text;
}

}  // namespace ringtail
