#pragma once

#include "config/files.hpp"
#include "study/point.hpp"

namespace ringtail {

/// Studies of tests/bad/data's deployment `tiny`.
class StudyFiles : public Files {
 protected:
  static StudySource source(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    StudyResult result = load_study_text("s.yaml", "base: tiny\n" + yaml, test_data);
    EXPECT_EQ(result.errors, "");
    return {std::move(*result.study), std::move(result.sources), overrides, test_data};
  }

  static std::vector<PlannedPoint> points(const StudySource& source) {
    StudyPlan plan = plan_study(source, true);
    EXPECT_EQ(plan.errors, "");
    return std::move(plan.points);
  }
};

}  // namespace ringtail
