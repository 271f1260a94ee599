#pragma once

#include <string>

#include "study/store.hpp"

namespace ringtail {

/// The plan of these points by this version of Ringtail.
[[nodiscard]] StoredPlan stored_plan(const Study& study, const std::vector<PlannedPoint>& points);

/// What is different since a sweep last ran: points that are new, gone, or have another configuration. Empty if nothing
/// is, or if there was no sweep yet.
[[nodiscard]] std::string plan_change(const StoredPlan& before, const StoredPlan& now);

}  // namespace ringtail
