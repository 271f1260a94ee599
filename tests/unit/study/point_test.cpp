#include "study/point.hpp"

#include <gmock/gmock.h>

#include <set>

#include "study/runner.hpp"
#include "study/shard.hpp"
#include "study_files.hpp"

namespace ringtail {
namespace {

using testing::HasSubstr;

class PointTest : public StudyFiles {};

std::string identity(const std::vector<std::string>& overrides) {
  const LoadResult loaded = load_deployment(test_data / "workloads/deployments/tiny.yaml", overrides, test_data);
  EXPECT_EQ(loaded.errors, "");
  return point_identity(*loaded.deployment);
}

// Each is another simulation, so it must be another point: wherever in the configuration it is, in the model's and the
// platform's files too.
TEST_F(PointTest, IdentityDependsOnEveryInputThatMatters) {
  std::set<std::string> identities = {identity({})};
  const std::vector<std::string> changes = {"run.seed=2",
                                            "run.steps=3",
                                            "run.warmup=0",
                                            "run.replications=3",
                                            "decode.context=8k",
                                            "decode.batch={total: 72}",
                                            "decode.batch=max",
                                            "routing.popularity={zipf: 0.5}",
                                            "routing.popularity={zipf: 0.50000001}",
                                            "routing.placement=round-robin",
                                            "routing.permute=false",
                                            "model.hidden_size=2048",
                                            "model.moe.experts_per_token=4",
                                            "platform.gpu.hbm.bandwidth=1 TB/s",
                                            "platform.island.latency=7us",
                                            "degrade=[{gpu: 1, nic: 0.5}]",
                                            "collectives.dispatch=intra",
                                            "network.tolerance=0",
                                            "runtime.kv_block=16",
                                            "precision.kv=fp8"};
  for (const std::string& change : changes) EXPECT_TRUE(identities.insert(identity({change})).second) << change;
}

// Names change no figure; nor do defaults that are written out.
TEST_F(PointTest, IdentityIsOfWhatIsSimulatedAlone) {
  EXPECT_EQ(identity({"name=another"}), identity({}));
  EXPECT_EQ(identity({"decode.overlap=none", "decode.context=4096"}), identity({}));
}

// The hash of a configuration has the file's name only; of points, what is in it decides.
TEST_F(PointTest, IdentityDependsOnWhatIsInACountsFile) {
  const std::string yaml =
      "model: {name: two, layers: 1, hidden_size: 64, vocab_size: 64, attention: {heads: 1, kv_heads: 1, head_dim: "
      "64}, moe: {experts: 2, experts_per_token: 1, intermediate_size: 64}}\nplatform: box\ngpus: 1\n"
      "decode: {context: 1k, batch: {total: 1}}\nrouting: {popularity: {counts: {file: c.csv}}}\n";
  const auto identity_with = [&](const std::string& counts) {
    std::ofstream("c.csv") << "layer,c0,c1\n" << counts << "\n";
    return point_identity(loaded(yaml));
  };
  const std::string before = identity_with("0,3,1");
  EXPECT_NE(identity_with("0,3,2"), before);
  EXPECT_EQ(identity_with("0,3,1"), before);
}

// A batch that does not fit is what becomes of a point, where `simulate` has a user's mistake.
TEST_F(PointTest, PlansInfeasiblePointsWithTheirReason) {
  const auto planned =
      points(source("axes: [{name: b, path: decode.batch, values: [{total: 8}, {total: 100000000}]}]"));
  EXPECT_EQ(planned.at(0).batch_total, 8);
  EXPECT_GT(planned.at(0).expected_wall_s, 0);
  EXPECT_GT(planned.at(0).expected_memory, 0);
  EXPECT_THAT(planned.at(1).infeasible_reason, HasSubstr("does not fit"));
}

// Points with more steps take longer; those with another popularity are taken to be alike.
TEST_F(PointTest, ExpectsLongerRunsToTakeLonger) {
  const auto planned = points(source("axes: [{name: steps, path: run.steps, values: [1, 1000, 2]}]"));
  EXPECT_GT(planned[1].expected_wall_s, planned[2].expected_wall_s);
  EXPECT_GT(planned[2].expected_wall_s, planned[0].expected_wall_s);
}

TEST_F(PointTest, ReportsEachMistakeOnceWithAPoint) {
  const auto study = source(
      "axes:\n  - {name: a, path: run.seed, values: [1, 2, 3]}\n"
      "  - {name: b, path: decode.context, values: [1k, 4 GB]}\n");
  EXPECT_EQ(plan_study(study, false).errors,
            "s.yaml:4:50: error: decode.context: '4 GB' must be a number of tokens, not a size in bytes\n"
            "    - {name: b, path: decode.context, values: [1k, 4 GB]}\n"
            "                                                   ^~~~\n"
            "help: write it like 128k\n"
            "note: in point a=1, b=4 GB and 2 others\n");
}

// All points, each once, in parts that differ by one at most.
TEST_F(PointTest, ShardsPartition) {
  const auto planned = points(source("axes: [{name: seed, path: run.seed, range: {from: 1, to: 11, step: 1}}]"));
  for (const int count : {1, 2, 4, 11, 20}) {
    std::multiset<std::string> seen;
    for (int index = 1; index <= count; ++index) {
      const auto mine = points_of({index, count}, planned);
      EXPECT_LE(static_cast<int>(mine.size()), (11 + count - 1) / count);
      for (const PlannedPoint* point : mine) seen.insert(point->identity);
    }
    EXPECT_EQ(seen.size(), 11U);
    EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 11U);
  }
}

TEST(Shard, IsReadFromTextAndFromTheEnvironment) {
  EXPECT_EQ(parse_shard("2/8")->index, 2);
  EXPECT_EQ(parse_shard("2/8")->count, 8);
  for (const char* const wrong : {"0/8", "9/8", "2", "a/b", "2/8/3", "-1/2", "env"})
    EXPECT_FALSE(parse_shard(wrong)) << wrong;
  setenv("SLURM_PROCID", "3", 1);
  setenv("SLURM_NTASKS", "4", 1);
  EXPECT_EQ(parse_shard("env")->index, 4);
  setenv("SLURM_ARRAY_TASK_ID", "10", 1);
  setenv("SLURM_ARRAY_TASK_MIN", "10", 1);
  setenv("SLURM_ARRAY_TASK_COUNT", "5", 1);
  EXPECT_EQ(parse_shard("env")->index, 1);
  EXPECT_EQ(parse_shard("env")->count, 5);
  setenv("OMPI_COMM_WORLD_RANK", "1", 1);
  setenv("OMPI_COMM_WORLD_SIZE", "2", 1);
  EXPECT_EQ(parse_shard("env")->index, 2);
  EXPECT_EQ(parse_shard("env")->count, 2);
}

// A kernel that would take for ever is an error in the simulation, a million steps take too long: both are outcomes,
// and the third point is none the worse.
TEST_F(PointTest, FailuresAndTimeOutsAreOutcomes) {
  const auto study = source(
      "points:\n  - {label: fails, set: {platform.gpu.kernels.gemm.compute: 1e-320}}\n"
      "  - {label: hangs, set: {run.steps: 1000000}}\n  - {label: works}\n");
  const auto planned = points(study);
  std::map<std::string, PointRecord> records;
  RunnerOptions options;
  options.jobs = 2;
  options.timeout_s = 1;
  options.on_record = [&](const PointRecord& record) { records.emplace(record.identity, record); };
  EXPECT_TRUE(run_points(study, {&planned[0], &planned[1], &planned[2]}, options));
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[planned[0].identity].outcome, "failed");
  EXPECT_THAT(records[planned[0].identity].reason, HasSubstr("would take for ever"));
  EXPECT_EQ(records[planned[1].identity].outcome, "timeout");
  EXPECT_EQ(records[planned[1].identity].reason, "not done after 1 s");
  EXPECT_EQ(records[planned[2].identity].outcome, "done");
}

}  // namespace
}  // namespace ringtail
