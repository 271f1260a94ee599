#include "config/study.hpp"

#include <gmock/gmock.h>

#include "config/effective.hpp"
#include "files.hpp"

namespace ringtail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class StudyTest : public Files {
 protected:
  static StudyResult read(const std::string& yaml) {
    StudyResult result = load_study_text("s.yaml", "base: tiny\n" + yaml, test_data);
    EXPECT_EQ(result.errors, "");
    return result;
  }

  static std::vector<std::string> labels(const std::string& yaml) {
    const StudyResult result = read(yaml);
    std::vector<std::string> labels;
    for (const PointLevels& point : study_points(*result.study)) labels.push_back(point_label(*result.study, point));
    return labels;
  }

  static Deployment point(const StudyResult& study, std::size_t index, const std::vector<std::string>& overrides = {}) {
    LoadResult loaded =
        load_point(*study.study, study.sources, study_points(*study.study).at(index), overrides, test_data);
    EXPECT_EQ(loaded.errors, "");
    return loaded.deployment.value_or(Deployment{});
  }
};

TEST_F(StudyTest, HasEveryCombinationTheLastAxisFastest) {
  EXPECT_THAT(labels("axes:\n  - {name: a, path: run.seed, values: [1, 2]}\n"
                     "  - {name: b, path: routing.popularity, values: [uniform, {zipf: 0.5}]}\n"),
              ElementsAre("a=1, b=uniform", "a=1, b={zipf: 0.5}", "a=2, b=uniform", "a=2, b={zipf: 0.5}"));
}

// Nothing to combine leaves the base; an empty list of points leaves nothing.
TEST_F(StudyTest, WithoutAxesIsTheBaseAndWithoutPointsIsEmpty) {
  EXPECT_THAT(labels("axes: []\n"), ElementsAre("the base"));
  EXPECT_THAT(labels("points: []\n"), ElementsAre());
  EXPECT_THAT(labels("axes: [{name: a, path: run.seed, values: [1]}]\nexcept: [{a: 1}]\n"), ElementsAre());
}

TEST_F(StudyTest, RangesStepOrMultiplyInTheirUnit) {
  EXPECT_THAT(labels("axes: [{name: a, path: decode.context, range: {from: 1k, to: 8k, factor: 2}}]\n"),
              ElementsAre("a=1k", "a=2k", "a=4k", "a=8k"));
  EXPECT_THAT(labels("axes: [{name: a, path: routing.popularity.zipf, range: {from: 0.1, to: 0.35, step: 0.1}}]\n"),
              ElementsAre("a=0.1", "a=0.2", "a=0.3"));
  EXPECT_THAT(
      labels("axes: [{name: a, path: platform.island.bandwidth, range: {from: 400 GB/s, to: 200 GB/s, step: -100 "
             "GB/s}}]\n"),
      ElementsAre("a=400 GB/s", "a=300 GB/s", "a=200 GB/s"));
  EXPECT_THAT(labels("axes: [{name: a, path: run.seed, range: {from: 3, to: 3, step: 1}}]\n"), ElementsAre("a=3"));
  EXPECT_THAT(labels("axes: [{name: a, path: run.seed, range: {from: 3, to: 3, factor: 0.5}}]\n"), ElementsAre("a=3"));
}

TEST_F(StudyTest, ZipsGoTogetherAndPointsHaveLabels) {
  EXPECT_THAT(labels("axes: [{name: a, zip: {decode.context: [1k, 2k], run.seed: [1, 2]}}]\n"),
              ElementsAre("a=1k, 1", "a=2k, 2"));
  EXPECT_THAT(labels("points: [{label: one}, {label: two, set: {run.seed: 2}}]\n"),
              ElementsAre("label=one", "label=two"));
}

// An exception leaves out the points that match it on every axis that it names.
TEST_F(StudyTest, LeavesOutExceptions) {
  EXPECT_THAT(labels("axes:\n  - {name: a, path: run.seed, values: [1, 2, 3]}\n"
                     "  - {name: b, path: decode.context, values: [1k, 2k]}\n"
                     "except: [{a: [1, 2], b: 2k}, {a: 3, b: 1k}]\n"),
              ElementsAre("a=1, b=1k", "a=2, b=1k", "a=3, b=2k"));
}

// Each later change goes over what was before: the base, the study's set, axes in order, the command line.
TEST_F(StudyTest, PointsAreTheBaseWithAllChanges) {
  const StudyResult study = read(
      "set: {decode.context: 2k, run.seed: 7}\n"
      "axes:\n  - {name: context, path: decode.context, values: [1k, 8k]}\n"
      "  - {name: placement, levels: [{label: more, set: {routing.placement: eplb, routing.redundant_experts: 8}}]}\n");
  const Deployment deployment = point(study, 1);
  EXPECT_EQ(deployment.decode.context.fixed, 8192);
  EXPECT_EQ(deployment.run.seed, 7U);
  EXPECT_EQ(deployment.run.steps, 2);  // the base's
  EXPECT_EQ(deployment.routing.placement, PlacementPolicy::eplb);
  EXPECT_EQ(deployment.routing.redundant_experts, 8);
  EXPECT_EQ(point(study, 0, {"decode.context=16k"}).decode.context.fixed, 16384);
}

// What a study sets is what --set would set.
TEST_F(StudyTest, APointIsWhatTheCommandLineWouldMakeOfTheBase) {
  const StudyResult study = read("axes: [{name: a, path: routing.popularity, values: [{zipf: 0.25}]}]\n");
  const LoadResult base = load_deployment(test_data / "workloads/deployments/tiny.yaml",
                                          std::vector<std::string>{"routing.popularity={zipf: 0.25}"}, test_data);
  EXPECT_EQ(effective_yaml(point(study, 0)), effective_yaml(*base.deployment));
}

TEST_F(StudyTest, ConflictsBetweenStudyAndBaseShowBothPlaces) {
  const StudyResult study = read("axes: [{name: gpus, path: gpus, values: [16]}]\n");
  const std::string errors =
      load_point(*study.study, study.sources, study_points(*study.study).front(), {}, test_data).errors;
  EXPECT_THAT(errors, HasSubstr("s.yaml:2:"));
  EXPECT_THAT(errors, HasSubstr("tiny.yaml:4:"));
}

}  // namespace
}  // namespace ringtail
