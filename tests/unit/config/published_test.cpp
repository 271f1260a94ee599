// The models that come with Ringtail against published figures, and the table of docs/models.md.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "config/catalog.hpp"
#include "config/dense_of.hpp"
#include "config/schema.hpp"
#include "config/source_map.hpp"
#include "config/yaml_tree.hpp"
#include "model/parameters.hpp"

namespace ringtail {
namespace {

const std::filesystem::path source_directory = RINGTAIL_SOURCE_DIR;

Model shipped(const std::string& name) {
  SourceMap sources;
  Diagnostics diagnostics;
  auto root = read_yaml_file(source_directory / "workloads/models" / (name + ".yaml"), "", sources, diagnostics);
  if (!root) throw std::runtime_error(diagnostics.render(sources));
  assign_paths(*root, sources);
  auto model = model_format().read(*root, diagnostics);
  if (!diagnostics.empty()) throw std::runtime_error(diagnostics.render(sources));
  return *model;
}

/// Which of embedding and LM head a publisher counts as active.
enum class Counted { head, both, neither };

/// A published figure. `unit` is what it is rounded to, or cut to; `deviation` says how far the computed total may be
/// off if neither gives it.
struct Published {
  std::string file;
  double total;
  double unit;
  double active;  ///< 0: not published.
  Counted counted;
  double deviation;
  std::string where;
  double active_deviation = 0.03;
  bool is_cut = false;
};

// clang-format off
const std::vector<Published> figures = {
    {"deepseek-v3", 671e9, 1e9, 37e9, Counted::head, 0, "arXiv:2412.19437 abstract"},
    {"deepspeed-moe-1.3b-128", 52e9, 1e9, 1.3e9, Counted::head, 0, "arXiv:2201.05596 table 1"},
    // Table 1's caption: embedding and output layer are not counted, in the total either.
    {"glm-4.5-air", 106e9, 1e9, 12e9, Counted::neither, 0, "arXiv:2508.06471 table 1"},
    {"glam-64b-64e", 1.2e12, 0.1e12, 96.6e9, Counted::head, 0, "arXiv:2112.06905 table 4"},
    {"gpt-oss-120b", 116.83e9, 0.01e9, 5.13e9, Counted::head, 0, "arXiv:2508.10925 table 1"},
    // Without the embedding, which is the head too, 314.88 B and 82.9 B; with it 315.7 B and 83.8 B.
    {"grok-1", 314e9, 1e9, 86e9, Counted::neither, 0, "x.ai/blog/grok-os", 0.04, true},
    // 37 B, 150 B and 600 B for 128, 512 and 2048 experts are in proportion, and 600 B is 619 B rounded to one digit.
    {"gshard-128e", 37e9, 1e9, 0, Counted::head, 0.07, "arXiv:2006.16668"},
    {"kimi-k2", 1e12, 0.1e12, 32e9, Counted::head, 0, "github.com/MoonshotAI/Kimi-K2 README"},
    // 405.85 B.
    {"llama-3.1-405b", 405e9, 1e9, 405e9, Counted::head, 0, "arXiv:2407.21783 abstract", 0.03, true},
    {"llama-3.1-70b", 70.6e9, 0.1e9, 0, Counted::head, 0, "huggingface.co/meta-llama/Llama-3.1-70B, model size"},
    {"llama-3.1-8b", 8.03e9, 0.01e9, 0, Counted::head, 0, "huggingface.co/meta-llama/Llama-3.1-8B, model size"},
    // 400.7 B.
    {"llama-4-maverick", 400e9, 1e9, 17e9, Counted::both, 0,
     "huggingface.co/meta-llama/Llama-4-Maverick-17B-128E-Instruct", 0.03, true},
    // 10.4 B active ones round to 10 B.
    {"minimax-m2.5", 230e9, 10e9, 10e9, Counted::head, 0, "huggingface.co/MiniMaxAI/MiniMax-M2", 0.05},
    {"mixtral-8x22b", 141e9, 1e9, 39e9, Counted::head, 0, "mistral.ai/news/mixtral-8x22b"},
    {"mixtral-8x7b", 46.7e9, 0.1e9, 12.9e9, Counted::both, 0, "mistral.ai/news/mixtral-of-experts"},
    {"qwen3-235b-a22b", 235e9, 1e9, 22e9, Counted::head, 0, "arXiv:2505.09388 table 2"},
    {"qwen3-30b-a3b", 30.5e9, 0.1e9, 3.3e9, Counted::both, 0, "huggingface.co/Qwen/Qwen3-30B-A3B"},
    {"st-moe-32b", 269e9, 1e9, 0, Counted::head, 0, "arXiv:2202.08906 abstract"},
    {"switch-c-2048", 1571e9, 1e9, 0, Counted::head, 0, "arXiv:2101.03961 table 9"},
};
// clang-format on

double counted_total(const ParameterCount& count, Counted counted) {
  return count.total() - (counted == Counted::neither ? count.embeddings + count.lm_head : 0);
}

double counted_active(const ParameterCount& count, Counted counted) {
  switch (counted) {
    case Counted::head: return count.active();
    case Counted::both: return count.active() + count.embeddings;
    case Counted::neither: return count.active() - count.active_head;
  }
  return 0;
}

class Shipped : public testing::TestWithParam<Published> {};

// A computed total rounds to the published one, or is cut to it, or is as near as the table says, and why; active
// parameters, which each publisher counts in a way of his own, are within 3 %.
TEST_P(Shipped, MeetsItsPublishedFigures) {
  const Published& figure = GetParam();
  const Model model = shipped(figure.file);
  ASSERT_TRUE(model.published);
  EXPECT_EQ(model.published->total, figure.total);
  EXPECT_EQ(model.published->active.value_or(0), figure.active);
  EXPECT_FALSE(model.source.empty());

  const ParameterCount count = count_parameters(model);
  const double total = counted_total(count, figure.counted);
  if (figure.is_cut) {
    EXPECT_EQ(std::floor(total / figure.unit) * figure.unit, figure.total) << total << " instead of " << figure.where;
  } else {
    const double allowed = figure.deviation > 0 ? figure.deviation * figure.total : figure.unit / 2;
    EXPECT_LE(std::abs(total - figure.total), allowed) << total << " instead of " << figure.where;
  }
  if (figure.active == 0) return;
  const double active = counted_active(count, figure.counted);
  EXPECT_LE(std::abs(active / figure.active - 1), figure.active_deviation) << active << " instead of " << figure.where;
}

std::string test_name(const testing::TestParamInfo<Published>& info) {
  std::string name = info.param.file;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Models, Shipped, testing::ValuesIn(figures), test_name);

TEST(ShippedModels, AreAllCompared) {
  std::vector<std::string> names;
  for (const Listing& listing : list_models(source_directory)) names.push_back(listing.name);
  std::vector<std::string> compared;
  for (const Published& figure : figures) compared.push_back(figure.file);
  std::sort(compared.begin(), compared.end());
  EXPECT_EQ(names, compared);
}

/// "671.0 B", "1571.3 B".
std::string billions(double parameters) {
  return fmt::format("{:.{}f} B", parameters / 1e9, parameters < 10e9 ? 2 : 1);
}

/// "58 of 61 MoE, 8 of 256 + 1 shared".
std::string layers_text(const Model& model) {
  if (!model.moe) return fmt::format("{} dense", model.layers);
  const Moe& moe = *model.moe;
  std::string text = fmt::format("{} of {} MoE, {} of {} experts", model.moe_layers(), model.layers,
                                 moe.experts_per_token, moe.experts);
  if (moe.shared_experts > 0) text += fmt::format(" + {} shared", moe.shared_experts);
  if (model.encoder)
    text += fmt::format("; encoder: {} of {}", model.moe_layers(model.encoder->layers), model.encoder->layers);
  return text;
}

std::string attention_text(const Model& model) {
  const Attention& attention = model.attention;
  std::string text = attention.latent ? fmt::format("latent, {} heads", attention.heads)
                     : attention.kv_heads == attention.heads
                         ? fmt::format("full, {} heads", attention.heads)
                         : fmt::format("{} heads on {} KV", attention.heads, attention.kv_heads);
  if (const auto& window = attention.window)
    text += fmt::format("; window {}, full every {}", window->tokens, window->full_every);
  if (model.encoder) text += "; cross-attention";
  return text;
}

std::string table() {
  std::string text =
      "| model | layers | attention | total | published | active | published | where published |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Listing& listing : list_models(source_directory)) {
    const auto figure =
        std::find_if(figures.begin(), figures.end(), [&](const auto& f) { return f.file == listing.name; });
    if (figure == figures.end()) continue;
    const Model model = shipped(listing.name);
    const ParameterCount count = count_parameters(model);
    const auto active = model.published->active;
    text += fmt::format("| `{}` | {} | {} | {} | {:g} B | {} | {} | {} |\n", listing.name, layers_text(model),
                        attention_text(model), billions(count.total()), model.published->total / 1e9,
                        billions(count.active()), active ? fmt::format("{:g} B", *active / 1e9) : "", figure->where);
  }
  return text;
}

// RINGTAIL_WRITE_GOLDEN=1 writes the table anew, for `git diff`.
TEST(ShippedModels, AreTheTableOfTheDocumentation) {
  const auto file = source_directory / "docs/models.md";
  std::ifstream stream(file);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  const std::size_t begin = text.find("| model |");
  const std::size_t end = text.find("\n\n", begin);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::string expected = table();
  if (std::getenv("RINGTAIL_WRITE_GOLDEN")) {
    std::ofstream(file) << text.substr(0, begin) + expected + text.substr(end + 1);
    return;
  }
  EXPECT_EQ(text.substr(begin, end + 1 - begin), expected);
}

}  // namespace
}  // namespace ringtail
