#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "files.hpp"

namespace ringtail {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Load : public Files {};
class Overrides : public Files {};

// Values as in the text of `minimal` and the files of tests/bad/data; the rest as the structs are initialised.
TEST_F(Load, ReadsWhatIsWrittenAndFillsInTheRest) {
  const Deployment d = loaded(minimal + "routing: {popularity: {zipf: 0.5}, permute: false}\nprecision: {kv: fp8}\n");
  EXPECT_EQ(d.name, "d");  // the file's name
  EXPECT_EQ(d.model.name, "tiny-moe");
  EXPECT_EQ(d.model.attention.latent->kv_lora_rank, 128);
  EXPECT_EQ(d.model.moe->experts, 64);
  EXPECT_EQ(d.platform.fabric.bandwidth, 50e9);  // 400 Gb/s
  EXPECT_EQ(d.platform.gpu.peak.fp8, 2e15);
  EXPECT_EQ(d.platform.gpu.peak.fp4, 0);
  EXPECT_EQ(d.gpus, 8);
  EXPECT_EQ(d.parallelism.attention.dp, 8);
  EXPECT_EQ(d.parallelism.ffn.ep, 8);
  EXPECT_EQ(d.decode.context.fixed, 4096);
  EXPECT_EQ(d.decode.batch.kind, Batch::Kind::max);
  EXPECT_EQ(d.routing.popularity.kind, Popularity::Kind::zipf);
  EXPECT_EQ(d.routing.popularity.zipf, 0.5);
  EXPECT_FALSE(d.routing.permute);
  EXPECT_EQ(d.precision.kv, Dtype::fp8);
  EXPECT_EQ(d.runtime.context_memory, 2147483648.0);  // Runtime's 2 GiB
  EXPECT_EQ(d.run.seed, 1U);
}

TEST_F(Load, SpeaksOfAFileThatCannotBeRead) {
  std::filesystem::create_directory("folder");
  EXPECT_EQ(load_deployment("folder", {}, test_data).errors, "folder: error: is a directory\n");
  std::ofstream("deepseek.yaml") << minimal;
  EXPECT_EQ(load_deployment("deepsek.yaml", {}, test_data).errors,
            "deepsek.yaml: error: cannot be opened: No such file or directory\nhelp: did you mean 'deepseek.yaml'?\n");
  EXPECT_EQ(load_deployment("no/such.yaml", {}, test_data).errors,
            "no/such.yaml: error: cannot be opened: No such file or directory\n");
}

TEST_F(Load, GoesOnWithoutADataDirectory) {
  std::ofstream("d.yaml") << minimal;
  EXPECT_EQ(load_deployment("d.yaml", {}, "nowhere").errors,
            "d.yaml:1:8: error: unknown model 'tiny-moe'\n  model: tiny-moe\n         ^~~~~~~~\nhelp: there are: none\n"
            "d.yaml:2:11: error: unknown platform 'box'\n  platform: box\n            ^~~\nhelp: there are: none\n");
}

TEST_F(Load, AcceptsWindowsLineEndsAndAByteOrderMark) {
  std::string text = "\xEF\xBB\xBF";
  for (const char c : minimal) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(loaded(text).gpus, 8);
}

// One mistake per line in four sources: all are there, in the order of the files, then of the command line.
TEST_F(Load, ReportsAllErrorsInTheOrderOfSourcesAndLines) {
  const std::string text = errors(
      "gpus: none\n"
      "decode: {context: 4k, batch: [1]}\n"
      "modell: x\n"
      "model: misspelt\n"
      "platform: broken-box\n",
      {"run.steps=0", "run.seed=x"});
  const std::vector<std::string> order = {"d.yaml:1:7:",
                                          "d.yaml:2:23:",
                                          "d.yaml:3:1:",
                                          "misspelt.yaml:1:1:",
                                          "misspelt.yaml:2:1:",
                                          "broken-box.yaml:1:1:",
                                          "broken-box.yaml:3:19:",
                                          "broken-box.yaml:5:65:",
                                          "set on the command line: error: run.steps: '0'",
                                          "set on the command line: error: run.seed: 'x'"};
  std::size_t position = 0;
  for (const std::string& part : order) {
    const auto found = text.find(part, position);
    ASSERT_NE(found, std::string::npos) << part << " is not after the one before in\n" << text;
    position = found;
  }
}

// One wrong degree must not also be called a layout that does not use all GPUs.
TEST_F(Load, DoesNotJudgeFieldsThatHaveMistakes) {
  EXPECT_EQ(errors("model: tiny-moe\nplatform: box\ngpus: 8\n"
                   "parallelism: {attention: {dp: x}, ffn: {ep: 8}}\ndecode: {context: 4k}\n"),
            "d.yaml:4:31: error: parallelism.attention.dp: 'x' is not a number\n"
            "  parallelism: {attention: {dp: x}, ffn: {ep: 8}}\n"
            "                                ^\n");
}

TEST_F(Load, PointsLaterChecksAtAField) {
  const LoadResult result = load(minimal, {"run={steps: 7}"});
  EXPECT_EQ(result.sources.diagnostic_at("decode.context", "is too long\nweights  3 GB\nKV       9 GB", "use less"),
            "d.yaml:5:19: error: is too long\n"
            "  decode: {context: 4k}\n"
            "                    ^~\n"
            "  weights  3 GB\n"
            "  KV       9 GB\n"
            "help: use less\n");
  // Left to its default: the section above it.
  EXPECT_THAT(result.sources.diagnostic_at("decode.batch", "m"), StartsWith("d.yaml:5:1: error: m\n"));
  EXPECT_THAT(result.sources.diagnostic_at("runtime.memory_fraction", "m"), StartsWith("d.yaml:1:1: error: m\n"));
  // From other sources.
  EXPECT_THAT(result.sources.diagnostic_at("model.layers", "m"), HasSubstr("tiny-moe.yaml:2:9: error: m\n"));
  EXPECT_THAT(result.sources.diagnostic_at("model", "m"), StartsWith("d.yaml:1:1: error: m\n"));
  EXPECT_EQ(result.sources.diagnostic_at("run.steps", "m"),
            "set on the command line: error: m\n  --set run={steps: 7}\n                    ^\n");
}

TEST_F(Overrides, ReplaceAndAddFields) {
  EXPECT_EQ(loaded(minimal, {"decode.context=128k"}).decode.context.fixed, 131072);
  EXPECT_EQ(loaded(minimal, {"decode.batch={total: 64}"}).decode.batch.count, 64);
  EXPECT_EQ(loaded(minimal, {"run.steps=3", "run.steps=4"}).run.steps, 4);  // the last one holds
  const Deployment d = loaded(minimal + "routing: {popularity: uniform}\n", {"routing.popularity.zipf=0.25"});
  EXPECT_EQ(d.routing.popularity.zipf, 0.25);
}

TEST_F(Overrides, PatchTheContentOfNamedFiles) {
  const Deployment d = loaded(minimal, {"platform.gpu.hbm.bandwidth=4 TB/s", "model.layers=2", "model=tiny-dense"});
  EXPECT_EQ(d.platform.gpu.hbm.bandwidth, 4e12);
  EXPECT_EQ(d.platform.gpu.hbm.capacity, 80e9);
  EXPECT_EQ(d.model.name, "tiny-dense");  // names first, whatever the order
  EXPECT_EQ(d.model.layers, 2);
}

TEST_F(Overrides, ReplaceWholeModelsByMappings) {
  const Deployment d =
      loaded(minimal, {"model={name: m, layers: 1, hidden_size: 8, vocab_size: 9, attention: {heads: 1, "
                       "kv_heads: 1, head_dim: 8}, ffn: {intermediate_size: 16}}"});
  EXPECT_EQ(d.model.ffn.intermediate_size, 16);
  EXPECT_FALSE(d.model.moe);
}

// tests/bad/data/workloads/runtimes/simple.yaml: a profile of round numbers.
TEST_F(Load, ARuntimeProfileFillsInWhatTheDeploymentLeavesOut) {
  const Deployment by_name = loaded(minimal + "runtime: simple\n");
  EXPECT_EQ(by_name.runtime.preset, "simple");
  EXPECT_EQ(by_name.runtime.memory_fraction, 0.5);
  EXPECT_EQ(by_name.runtime.kv_block, 32);
  EXPECT_EQ(by_name.runtime.max_sequences, 4);
  EXPECT_EQ(by_name.collectives.dispatch, DispatchMode::automatic);
  EXPECT_EQ(by_name.runtime.launch_time, Runtime{}.launch_time);  // said by neither

  const Deployment own = loaded(minimal +
                                "runtime: {preset: simple, kv_block: 48}\n"
                                "collectives: {dispatch: ll, all_reduce: ring}\n");
  EXPECT_EQ(own.runtime.kv_block, 48);
  EXPECT_EQ(own.runtime.max_sequences, 4);
  EXPECT_EQ(own.collectives.dispatch, DispatchMode::ll);
  EXPECT_EQ(own.collectives.all_reduce, AllReduceAlgorithm::ring);
}

TEST_F(Overrides, ChooseAndChangeARuntimeProfile) {
  EXPECT_EQ(loaded(minimal, {"runtime.kv_block=48", "runtime=simple"}).runtime.kv_block, 48);  // names first
  EXPECT_EQ(loaded(minimal, {"runtime.preset=simple"}).runtime.kv_block, 32);
  EXPECT_EQ(loaded(minimal + "runtime: simple\n", {"collectives.dispatch=ll"}).collectives.dispatch, DispatchMode::ll);
  EXPECT_THAT(errors(minimal, {"runtime=simpel"}),
              StartsWith("set on the command line: error: unknown runtime 'simpel'"));
}

TEST_F(Overrides, AreNamedInErrors) {
  EXPECT_EQ(errors(minimal, {"decode.context=12q"}),
            "set on the command line: error: decode.context: '12q' has the unknown unit 'q'\n"
            "  --set decode.context=12q\n"
            "                       ^~~\n"
            "help: units, or none: k, M\n");
  EXPECT_EQ(errors(minimal, {"decod.context=4k"}),
            "set on the command line: error: unknown key 'decod'\n"
            "  --set decod.context=4k\n"
            "        ^~~~~\n"
            "help: did you mean 'decode'? allowed: name, model, platform, degrade, gpus, parallelism, precision, "
            "decode, runtime, "
            "routing, collectives, network, run, effects\n");
  EXPECT_EQ(errors(minimal, {"run.stesp=4"}),
            "set on the command line: error: unknown key 'stesp' in run\n"
            "  --set run.stesp=4\n"
            "            ^~~~~\n"
            "help: did you mean 'steps'? allowed: steps, warmup, replications, seed, precision, max_replications\n");
  EXPECT_EQ(errors(minimal, {"model=tiny-mo"}),
            "set on the command line: error: unknown model 'tiny-mo'\n"
            "  --set model=tiny-mo\n"
            "              ^~~~~~~\n"
            "help: did you mean 'tiny-moe'? there are: broken, misspelt, tiny-dense, tiny-moe\n");
}

// Below something that is no section: the place of the mistake is the command line, not the file's line.
TEST_F(Overrides, AreNamedWhereTheyReplaceASingleValue) {
  EXPECT_EQ(errors(minimal, {"gpus.x=1"}),
            "set on the command line: error: gpus must be a whole number, not a mapping\n"
            "  --set gpus.x=1\n"
            "        ^~~~\n");
}

// One mistake, one error: an unknown model does not become an incomplete one.
TEST_F(Overrides, DoNotPatchAModelThatIsUnknown) {
  EXPECT_THAT(errors(minimal, {"model=tiny-mo", "model.layers=3"}), Not(HasSubstr("missing key")));
}

TEST_F(Overrides, MustBeWellFormed) {
  const std::string no_value = "set on the command line: error: must be PATH=VALUE\n  --set ";
  EXPECT_THAT(errors(minimal, {"decode.context"}), HasSubstr(no_value + "decode.context\n"));
  EXPECT_THAT(errors(minimal, {"=4k"}), HasSubstr(no_value + "=4k\n"));
  EXPECT_THAT(errors(minimal, {""}), HasSubstr(no_value));
  EXPECT_THAT(errors(minimal, {"decode..context=4k"}), HasSubstr("unknown key '' in decode"));
  EXPECT_THAT(errors(minimal, {"decode.context="}), HasSubstr("decode.context has no value"));
  EXPECT_THAT(errors(minimal, {"decode.batch={total: 64"}), HasSubstr("set on the command line: error: YAML: "));
  EXPECT_THAT(errors(minimal, {"gpus=*x"}), HasSubstr("  --set gpus=*x\n             ^"));
  EXPECT_THAT(errors(minimal, {"gpus=\xFF"}), HasSubstr("byte 0xFF is not UTF-8"));
}

}  // namespace
}  // namespace ringtail
