// The shipped platforms against the figures that their makers print.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "config/load.hpp"
#include "config/schema.hpp"

namespace ringtail {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;
constexpr double tera = 1e12;
constexpr double giga = 1e9;

/// Figures as a data sheet has them, per GPU: dense, rates of links per direction.
struct Sheet {
  const char* platform;
  const char* title;      ///< Of the document.
  double fp4, fp8, bf16;  ///< TFLOPS; 0 if there is none.
  double capacity;        ///< Bytes.
  double hbm, link, nic;  ///< GB/s. `link`: of a GPU into its island, all links together.
  int island;
  Island::Topology topology;
};

constexpr auto switched = Island::Topology::switched;
constexpr auto mesh = Island::Topology::mesh;

/// NVIDIA prints FLOP rates "with sparsity", twice the dense ones, and NVLink as both directions together; AMD prints
/// both kinds of FLOP rates, and Infinity Fabric likewise. Capacities of NVIDIA's GPUs are printed in GB and are GiB.
/// NICs: 400 Gb/s, 800 on Blackwell.
const Sheet sheets[] = {
    {"h100-sxm", "NVIDIA H100 Tensor Core GPU", 0, 3958 / 2., 1979 / 2., 80 * gib, 3350, 900 / 2., 50, 8, switched},
    {"h200-sxm", "NVIDIA H200 Tensor Core GPU", 0, 3958 / 2., 1979 / 2., 141 * gib, 4800, 900 / 2., 50, 8, switched},
    // No data sheet: H100's GPU; links as in github.com/deepseek-ai/DeepEP issue 16 and arXiv:2412.19437.
    {"h800-sxm", "NVIDIA H100 Tensor Core GPU", 0, 3958 / 2., 1979 / 2., 80 * gib, 3350, 400 / 2., 50, 8, switched},
    {"b200-sxm", "NVIDIA Blackwell, HGX B200", 18000 / 2., 9000 / 2., 4500 / 2., 180 * gib, 7700, 1800 / 2., 100, 8,
     switched},
    {"gb200-nvl72", "NVIDIA Blackwell, GB200 NVL72", 20000 / 2., 10000 / 2., 5000 / 2., 186 * gib, 8000, 1800 / 2., 100,
     72, switched},
    {"mi300x", "AMD Instinct MI300X", 0, 2614.9, 1307.4, 192 * giga, 5300, 7 * 128 / 2., 50, 8, mesh},
    {"mi355x", "AMD Instinct MI355X", 10066.3, 5033.2, 2516.6, 288 * giga, 8000, 7 * 153.6 / 2, 50, 8, mesh},
    // arXiv:2603.08960, Table 2, and its 448 GB/s as the network between islands or as a mesh inside.
    {"paper-reference", "The qs Inequality", 9000, 4500, 2250, 180 * giga, 8000, 900, 448, 8, switched},
    {"paper-reference-mesh", "The qs Inequality", 9000, 4500, 2250, 180 * giga, 8000, 448, 50, 8, mesh},
};

Platform shipped(const std::string& name) {
  const PlatformResult result = load_platform(name, {}, RINGTAIL_SOURCE_DIR);
  EXPECT_EQ(result.errors, "");
  return result.platform.value_or(Platform{});
}

// Data sheets round to three or four digits; half a percent keeps any figure from being taken for another. The GB200's
// capacity is what its driver reports, 0.5 % below 186 GiB.
TEST(Platforms, HaveTheFiguresOfTheirDataSheets) {
  for (const Sheet& sheet : sheets) {
    const Platform p = shipped(sheet.platform);
    const auto matches = [&](double value, double printed, const char* what) {
      EXPECT_NEAR(value, printed, 0.006 * printed) << sheet.platform << ", " << what << " of " << sheet.title;
    };
    EXPECT_EQ(p.name, sheet.platform);
    matches(p.gpu.peak.fp4, sheet.fp4 * tera, "fp4");
    matches(p.gpu.peak.fp8, sheet.fp8 * tera, "fp8");
    matches(p.gpu.peak.bf16, sheet.bf16 * tera, "bf16");
    matches(p.gpu.hbm.capacity, sheet.capacity, "capacity");
    matches(p.gpu.hbm.bandwidth, sheet.hbm * giga, "HBM bandwidth");
    const int links = p.island.topology == mesh ? p.island.size - 1 : 1;
    matches(p.island.bandwidth * links, sheet.link * giga, "island link");
    matches(p.fabric.bandwidth, sheet.nic * giga, "NIC");
    EXPECT_EQ(p.island.size, sheet.island) << sheet.platform;
    EXPECT_EQ(p.island.topology, sheet.topology) << sheet.platform;
  }
}

// Both readings of the paper's 448 GB/s describe one GPU.
TEST(Platforms, TheReadingsOfThePaperDifferInTheirNetworkOnly) {
  const Platform a = shipped("paper-reference");
  const Platform b = shipped("paper-reference-mesh");
  EXPECT_EQ(a.gpu.hbm.capacity, b.gpu.hbm.capacity);
  EXPECT_EQ(a.gpu.hbm.bandwidth, b.gpu.hbm.bandwidth);
  EXPECT_EQ(a.gpu.peak.fp8, b.gpu.peak.fp8);
  for (const auto k : {KernelClass::gemm, KernelClass::grouped_gemm, KernelClass::attention, KernelClass::memory}) {
    EXPECT_EQ(a.gpu.kernels.of(k, Dtype::bf16).compute, b.gpu.kernels.of(k, Dtype::bf16).compute);
    EXPECT_EQ(a.gpu.kernels.of(k, Dtype::bf16).bandwidth, b.gpu.kernels.of(k, Dtype::bf16).bandwidth);
    EXPECT_EQ(a.gpu.kernels.of(k, Dtype::bf16).floor, b.gpu.kernels.of(k, Dtype::bf16).floor);
  }
}

void expect_keys(const TypeInfo& type, const std::string& text) {
  for (const FieldInfo& field : type.fields) {
    EXPECT_NE(text.find(field.key + ":"), std::string::npos) << "platforms/template.yaml does not show " << field.key;
    expect_keys(field.type, text);
  }
}

TEST(Platforms, TheTemplateShowsEveryKey) {
  EXPECT_EQ(shipped("template").name, "template");
  std::ifstream stream(std::string(RINGTAIL_SOURCE_DIR) + "/platforms/template.yaml");
  expect_keys(platform_format().info, {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()});
}

// A profile says at least what every framework has: a limit of sequences and a host.
TEST(RuntimeProfiles, Load) {
  for (const std::string name : {"vllm", "sglang", "tensorrt-llm"}) {
    const LoadResult result =
        load_deployment(std::string(RINGTAIL_SOURCE_DIR) + "/workloads/deployments/deepseek-v3-64.yaml",
                        {"runtime=" + name}, RINGTAIL_SOURCE_DIR);
    ASSERT_TRUE(result.deployment) << result.errors;
    EXPECT_EQ(result.deployment->runtime.preset, name);
    EXPECT_TRUE(result.deployment->runtime.max_sequences);
    EXPECT_GT(result.deployment->runtime.step_overhead, 0);
  }
}

}  // namespace
}  // namespace ringtail
