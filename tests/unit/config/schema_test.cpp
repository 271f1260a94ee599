#include "config/schema.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "config/effective.hpp"
#include "files.hpp"

namespace ringtail {
namespace {

class Schema : public Files {};

using Visitor = std::function<void(const std::string& path, const FieldInfo& field)>;

void walk(const TypeInfo& type, const std::string& path, const Visitor& visit) {
  for (const FieldInfo& field : type.fields) {
    const std::string below = path.empty() ? field.key : path + "." + field.key;
    visit(below, field);
    walk(field.type, below, visit);
  }
}

// What documentation is generated from must be complete.
TEST_F(Schema, ExplainsEveryField) {
  int fields = 0;
  walk(deployment_format().info, "", [&](const std::string& path, const FieldInfo& field) {
    ++fields;
    EXPECT_FALSE(field.help.empty()) << path;
    EXPECT_EQ(field.help.back(), '.') << path;
    EXPECT_FALSE(field.type.text().empty()) << path;
    EXPECT_EQ(field.type.kind == TypeInfo::Kind::quantity, field.type.unit != nullptr) << path;
    EXPECT_TRUE(!field.required || field.default_value.kind == Node::Kind::null) << path;
  });
  EXPECT_GT(fields, 100);
}

// A documented default, written out, must change nothing.
TEST_F(Schema, DocumentsTheDefaultsThatHold) {
  const std::string expected = effective_yaml(loaded(minimal));
  int defaults = 0;
  walk(deployment_format().info, "", [&](const std::string& path, const FieldInfo& field) {
    if (field.default_value.kind == Node::Kind::null) return;
    if (!field.condition.empty() && field.condition != "without dense_of") return;  // not allowed in `minimal`
    const bool is_absent = path.rfind("model.dense_", 0) == 0 || path.rfind("model.attention.window.", 0) == 0 ||
                           path.rfind("routing.correlation.", 0) == 0 || path.rfind("routing.trace.", 0) == 0;
    for (const char* const section :
         {"latent_attention", "fp4", "fp8", "bf16", "collective", "dispatch", "combine", "intra", "inter"})
      if (path.rfind(std::string("platform.gpu.kernels.") + section + ".", 0) == 0) return;
    if (is_absent) return;  // sections that `minimal` has not
    const bool is_set =
        path == "parallelism.attention.dp" || path == "parallelism.ffn.ep" || path.rfind("platform.gpu.peak", 0) == 0;
    if (is_set) return;  // `minimal` and its platform give other values
    ++defaults;
    EXPECT_EQ(effective_yaml(loaded(minimal, {path + "=" + to_yaml(field.default_value)})), expected) << path;
  });
  EXPECT_GT(defaults, 40);
}

TEST_F(Schema, DescribesTypesInOneLine) {
  const auto find = [](const std::string& wanted) {
    std::string text;
    walk(deployment_format().info, "", [&](const std::string& path, const FieldInfo& field) {
      if (path == wanted) text = field.type.text();
    });
    return text;
  };
  EXPECT_EQ(find("gpus"), "whole number, from 1 to 4096");
  EXPECT_EQ(find("precision.weights"), "fp4 | fp8 | bf16");
  EXPECT_EQ(find("runtime.memory_fraction"), "number, above 0 and at most 1");
  EXPECT_EQ(find("platform.island.latency"), "a time such as 5 us, from 0 s to 1 s");
  EXPECT_EQ(find("routing.popularity"),
            "uniform | balanced | {zipf: number, from 0 to 100} | {zipf_weights: number, from 0 to 16} | "
            "{lognormal: number, from 0 to 5} | {dirichlet: number, from 0.01 to 1000000} | {counts: mapping}");
  EXPECT_EQ(find("model"), "name from workloads/models, or mapping");
}

}  // namespace
}  // namespace ringtail
