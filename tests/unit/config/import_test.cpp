// Models from config.json files. Those of tests/huggingface have the published values of their fields, one file for
// each shape that known_models lists; what they must become is said by workloads/models, which was written by hand from
// the models' papers and configs, and by published totals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "config/catalog.hpp"
#include "config/ignored_fields.hpp"
#include "config/layer_pattern.hpp"
#include "config/schema.hpp"
#include "config/yaml_tree.hpp"
#include "files.hpp"
#include "model/parameters.hpp"
#include "same.hpp"

namespace ringtail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::filesystem::path root = RINGTAIL_SOURCE_DIR;
const std::filesystem::path configs = root / "tests/huggingface";

std::vector<std::string> config_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(configs)) names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

ImportResult imported(const std::string& name) { return load_config(configs / (name + ".json"), {}); }

class Config : public testing::TestWithParam<std::string> {};

// The sum of all matrices, from the fields alone, is what was published: a wrong field would show in it.
TEST_P(Config, HasItsPublishedNumberOfParameters) {
  const ImportResult result = imported(GetParam());
  ASSERT_EQ(result.errors, "");
  EXPECT_THAT(result.warnings, IsEmpty());
  ASSERT_TRUE(result.imported->known);
  EXPECT_TRUE(result.imported->is_known())
      << count_parameters(*result.model).total() << ", active " << count_parameters(*result.model).active();
  EXPECT_EQ(result.model->published->total, result.imported->known->total);
}

INSTANTIATE_TEST_SUITE_P(All, Config, testing::ValuesIn(config_names()), test_name);

TEST(Configs, AreThereForEachKnownModel) {
  std::vector<std::string> found;
  for (const std::string& name : config_names()) found.emplace_back(imported(name).imported->known->name);
  std::vector<std::string> known;
  for (const KnownModel& each : known_models()) known.emplace_back(each.name);
  std::sort(found.begin(), found.end());
  std::sort(known.begin(), known.end());
  EXPECT_EQ(found, known);
}

class AlsoShipped : public testing::TestWithParam<std::string> {};

// Every member, to the last bit, but for texts and what the two sources say of parameters.
TEST_P(AlsoShipped, IsTheShippedModel) {
  const ImportResult result = imported(GetParam());
  ASSERT_EQ(result.errors, "");
  Model shipped = *load_model(root / "workloads/models" / (GetParam() + ".yaml")).model;
  shipped.name = result.model->name;
  shipped.source = result.model->source;
  shipped.published = result.model->published;
  // The shipped file leaves its modules for multi-token prediction out; the config has three.
  if (GetParam() == "minimax-m2.5") shipped.mtp = Mtp{.modules = 3};
  EXPECT_TRUE(same(*result.model, shipped));
}

INSTANTIATE_TEST_SUITE_P(All, AlsoShipped,
                         testing::Values("deepseek-v3", "glm-4.5-air", "gpt-oss-120b", "kimi-k2", "llama-3.1-405b",
                                         "llama-3.1-70b", "llama-3.1-8b", "llama-4-maverick", "minimax-m2.5",
                                         "mixtral-8x22b", "mixtral-8x7b", "qwen3-235b-a22b", "qwen3-30b-a3b"),
                         test_name);

class Import : public Files {
 protected:
  static ImportResult of(const std::string& json) {
    std::ofstream("c.json") << json;
    return load_config("c.json", {});
  }

  /// The published config NAME of tests/huggingface with one text replaced by another, read from FILE.
  static ImportResult changed(const std::string& name, const std::string& from, const std::string& to,
                              const std::string& file = "c.json") {
    std::ifstream stream(configs / (name + ".json"));
    std::string json{std::istreambuf_iterator<char>(stream), {}};
    const auto at = json.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    std::ofstream(file) << json.replace(at, from.size(), to);
    return load_config(file, {});
  }

  /// Its errors without the lines that show the text.
  static std::vector<std::string> errors_of(const ImportResult& result) {
    std::vector<std::string> found;
    std::istringstream lines(result.errors);
    for (std::string line; std::getline(lines, line);)
      if (line.find(": error: ") != std::string::npos) found.push_back(line);
    return found;
  }

  static Model model_of(const std::string& json) {
    const ImportResult result = of(json);
    EXPECT_EQ(result.errors, "");
    return result.model.value_or(Model{});
  }

  /// A dense model of `architecture` with further fields.
  static std::string dense(const std::string& architecture, const std::string& more) {
    return R"({"architectures": [")" + architecture + R"("], "num_hidden_layers": 8, "hidden_size": 256,
  "vocab_size": 1000, "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 512)" +
           more + "}";
  }
};

// Of each family what its class does without a field.
TEST_F(Import, FillsInWhatTheClassesDo) {
  EXPECT_EQ(model_of(dense("LlamaForCausalLM", "")).attention.head_dim, 32);  // 256 / 8
  EXPECT_EQ(model_of(dense("Qwen3ForCausalLM", "")).attention.head_dim, 128);
  EXPECT_FALSE(model_of(dense("LlamaForCausalLM", "")).tied_embeddings);
  EXPECT_TRUE(model_of(dense("LlamaForCausalLM", R"(, "tie_word_embeddings": true)")).tied_embeddings);
  EXPECT_TRUE(model_of(dense("Qwen2ForCausalLM", "")).attention.qkv_bias);
  EXPECT_FALSE(model_of(dense("Qwen2ForCausalLM", "")).attention.output_bias);
  EXPECT_TRUE(model_of(dense("LlamaForCausalLM", R"(, "attention_bias": true)")).attention.output_bias);
  const std::string oss = R"(, "num_local_experts": 4, "num_experts_per_tok": 2)";
  const Model gpt = model_of(dense("GptOssForCausalLM", oss));  // windows of 128 in every other layer, from the first
  EXPECT_EQ(gpt.attention.window->tokens, 128);
  EXPECT_EQ(gpt.attention.window->full_every, 2);
  EXPECT_EQ(gpt.attention.head_dim, 64);
}

TEST_F(Import, ReadsWindows) {
  const auto window = [](const std::string& more) {
    return model_of(dense("Qwen3ForCausalLM", more)).attention.window;
  };
  EXPECT_FALSE(window(R"(, "sliding_window": 64, "use_sliding_window": false)"));
  EXPECT_FALSE(window(R"(, "sliding_window": 64, "use_sliding_window": true)"));  // from layer 28 on, of 8
  EXPECT_EQ(window(R"(, "sliding_window": 64, "use_sliding_window": true, "max_window_layers": 0)")->full_every, 0);
  EXPECT_THAT(of(dense("Qwen3ForCausalLM", R"(, "sliding_window": 64, "use_sliding_window": true,
  "max_window_layers": 4)"))
                  .errors,
              HasSubstr("c.json:3:24: error: max_window_layers: layers that attend to all tokens"));
}

// DeepSeek's rule: i >= first_k_dense_replace and i % moe_layer_freq == 0.
TEST_F(Import, PlacesExperts) {
  const auto moe = [](int first, int every) {
    return model_of(dense("Glm4MoeForCausalLM",
                          R"(, "n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64,
  "first_k_dense_replace": )" +
                              std::to_string(first) + R"(, "moe_layer_freq": )" + std::to_string(every)));
  };
  EXPECT_EQ(moe(1, 1).moe->first_dense_layers, 1);
  EXPECT_EQ(moe(1, 2).moe->first_dense_layers, 2);
  EXPECT_EQ(moe(1, 2).moe->every, 2);
  EXPECT_EQ(moe(0, 1).ffn.intermediate_size, 0);  // no layer is dense
  EXPECT_EQ(moe(3, 3).moe_layers(), 2);           // 3 and 6 of 0 to 7
}

TEST(LayerPattern, IsFoundOrRefused) {
  EXPECT_FALSE(moe_layers({false, false}));
  EXPECT_FALSE(moe_layers({true, false, false, true, true}));
  EXPECT_EQ(moe_layers({false, true, false, true})->every, 2);
  EXPECT_EQ(moe_layers({false, true, false, false})->first, 1);
  EXPECT_EQ(full_layers({false, false}), 0);
  EXPECT_EQ(full_layers({true, true}), 1);
  EXPECT_EQ(full_layers({false, true, false, true}), 2);
  EXPECT_FALSE(full_layers({true, false, true, false}));
}

TEST_F(Import, SpeaksOfMistakesWhereTheyAre) {
  EXPECT_THAT(of("{\n  \"architectures\": [\"BertModel\"]\n}\n").errors,
              HasSubstr("c.json:2:21: error: the architecture 'BertModel' is not supported\n"));
  EXPECT_THAT(of("{\"architectures\": [\"MiniMaxM1ForCausalLM\"]}").errors, HasSubstr("linear attention"));
  EXPECT_THAT(of("{\"architectures\": [\"LamaForCausalLM\"]}").errors, HasSubstr("did you mean 'LlamaForCausalLM'"));
  EXPECT_THAT(of("{\"hidden_size\": 4}").errors, HasSubstr("neither 'architectures' nor 'model_type'"));
  EXPECT_THAT(of("{\"model_type\": \"mistral\",\n \"hidden_size\": 4}").errors,
              HasSubstr("missing field 'num_hidden_layers'"));
  EXPECT_THAT(of(dense("LlamaForCausalLM", ",\n  \"head_dim\": \"many\"")).errors,
              HasSubstr("c.json:3:15: error: head_dim must be a whole number, not the text 'many'"));
  EXPECT_THAT(of(dense("LlamaForCausalLM", ",\n  \"head_dim\": 0")).errors, HasSubstr("c.json:3:15: error"));
  EXPECT_THAT(of(dense("LlamaForCausalLM", ",\n  \"head_dim\": 0")).errors, HasSubstr("from 1 to 1048576"));
  EXPECT_THAT(of("{\"a\": ").errors, HasSubstr("c.json:1:"));
}

// A mixture of experts without its number of experts is not a dense model: the width of its dense layers is another's.
TEST_F(Import, AsksForTheNumberOfExperts) {
  EXPECT_THAT(errors_of(changed("deepseek-v3", "\"n_routed_experts\": 256,", "")),
              ElementsAre(HasSubstr("missing field 'n_routed_experts'")));
  EXPECT_THAT(errors_of(changed("deepseek-v2", "\"n_routed_experts\": 160", "\"n_routed_experts\": null")),
              ElementsAre(HasSubstr("missing field 'n_routed_experts'")));
}

// Fields that many figures follow from are read more than once, and a layer list depends on the number of layers: the
// mistake is the field's alone.
TEST_F(Import, ReportsAFieldOnce) {
  const auto at_layers = [](const std::string& name, const std::string& value) {
    std::ifstream stream(configs / (name + ".json"));
    const std::string json{std::istreambuf_iterator<char>(stream), {}};
    const auto key = json.find("\"num_hidden_layers\": ");
    const std::string field = json.substr(key, json.find_first_of(",\n", key) - key);
    return errors_of(changed(name, field, "\"num_hidden_layers\": " + value));
  };
  for (const std::string& name : config_names()) {
    EXPECT_THAT(at_layers(name, "\"8\""),
                ElementsAre(HasSubstr("error: num_hidden_layers must be a whole number, not the text '8'")))
        << name;
    EXPECT_THAT(at_layers(name, "null"), ElementsAre(HasSubstr("missing field 'num_hidden_layers'"))) << name;
    EXPECT_THAT(at_layers(name, "0"), ElementsAre(HasSubstr("error: num_hidden_layers: must be at least 1"))) << name;
  }
  EXPECT_THAT(errors_of(of(dense("LlamaForCausalLM", ",\n \"head_dim\": -4, \"attention_bias\": 1"))),
              ElementsAre("c.json:3:14: error: head_dim must be a whole number from 0 to 2147483647, not '-4'",
                          "c.json:3:36: error: attention_bias must be true or false, not '1'"));
  EXPECT_THAT(errors_of(of(dense("LlamaForCausalLM", ",\n \"head_dim\": 3000000000"))),
              ElementsAre(HasSubstr("must be a whole number from 0 to 2147483647, not '3000000000'")));
  EXPECT_THAT(errors_of(of(dense("MistralForCausalLM", ",\n \"layer_types\": [1, {}, []]"))),
              ElementsAre("c.json:3:21: error: layer_types must be a list of words, not a mapping"));
  EXPECT_THAT(errors_of(of("{\"architectures\": [[]]}")),
              ElementsAre("c.json:1:20: error: architectures must be a list of texts, not of a list"));
  EXPECT_THAT(errors_of(of(dense("LlamaForCausalLM", ",\n \"text_config\": 3"))),
              ElementsAre("c.json:3:17: error: text_config must be a mapping, not '3'"));
}

TEST_F(Import, KnowsWhichLayersThereAre) {
  EXPECT_THAT(errors_of(changed("qwen3-30b-a3b", "\"mlp_only_layers\": []", "\"mlp_only_layers\": [0, 48]")),
              ElementsAre(HasSubstr("error: mlp_only_layers: there is no layer 48")));
  EXPECT_THAT(changed("qwen3-30b-a3b", "\"mlp_only_layers\": []", "\"mlp_only_layers\": [0, 48]").errors,
              HasSubstr("layers are 0 to 47"));
  EXPECT_EQ(
      changed("qwen3-30b-a3b", "\"mlp_only_layers\": []", "\"mlp_only_layers\": [0]").model->moe->first_dense_layers,
      1);
  EXPECT_THAT(errors_of(changed("deepseek-v3", "\"first_k_dense_replace\": 3", "\"first_k_dense_replace\": 61")),
              ElementsAre(HasSubstr("error: first_k_dense_replace: none of 61 layers has experts")));
}

// Each published number is compared by itself. A token of Qwen3-30B that visits 6 experts of 8 has 2 · 48 · 3 · 2048 ·
// 768 = 0.45 B parameters less, and all together as many as before.
TEST_F(Import, ComparesTotalAndActiveParameters) {
  const auto fewer = changed("qwen3-30b-a3b", "\"num_experts_per_tok\": 8", "\"num_experts_per_tok\": 6");
  EXPECT_EQ(fewer.imported->total, Agreement::as_counted);
  EXPECT_EQ(fewer.imported->active, Agreement::none);
  EXPECT_FALSE(fewer.model->published);
  // Its publisher counts the embedding, 2048 · 151936 = 0.31 B, and DeepSeek does not.
  EXPECT_EQ(imported("qwen3-30b-a3b").imported->active, Agreement::with_embedding);
  EXPECT_EQ(imported("deepseek-v3").imported->active, Agreement::as_counted);
  EXPECT_EQ(imported("glm-4.5-air").imported->active, Agreement::without_vocabulary);
  const auto wider = changed("deepseek-v3", "\"moe_intermediate_size\": 2048", "\"moe_intermediate_size\": 2304");
  EXPECT_EQ(wider.imported->total, Agreement::none);
}

// A published model's name is for what has its figures.
TEST_F(Import, NamesNoOtherModelLikeAPublishedOne) {
  const auto name = [](const std::string& from, const std::string& to, const std::string& file) {
    return changed("deepseek-v3", from, to, file).model->name;
  };
  EXPECT_EQ(name("7168", "7168", "deepseek-v3.json"), "DeepSeek-V3");
  EXPECT_EQ(name("7168", "7168", "mine.json"), "DeepSeek-V3");
  EXPECT_EQ(name("7168", "6144", "deepseek-v3.json"), "variant of DeepSeek-V3");
  EXPECT_EQ(name("7168", "6144", "mine.json"), "mine");
  EXPECT_EQ(name("\"moe_intermediate_size\": 2048", "\"moe_intermediate_size\": 2304", "mine.json"), "mine");
  EXPECT_EQ(name("7168", R"(6144, "_name_or_path": "deepseek-ai/DeepSeek-V3-0324")", "mine.json"),
            "variant of DeepSeek-V3");
  EXPECT_EQ(name("7168", R"(6144, "_name_or_path": "deepseek-ai/DeepSeek-V3.5")", "mine.json"), "DeepSeek-V3.5");
}

TEST_F(Import, NamesUnknownFieldsAndNoOthers) {
  const auto warnings = [](const std::string& more) { return of(dense("LlamaForCausalLM", more)).warnings; };
  EXPECT_THAT(warnings(R"(, "rope_theta": 1e6, "_name_or_path": "a/b", "pad_token_id": null)"), IsEmpty());
  EXPECT_THAT(warnings(",\n \"new_idea\": {\"x\": [1]}"),
              ElementsAre("c.json:3:2: unknown field 'new_idea' is left out"));
  // What one class reads, another may not: Llama has no experts.
  EXPECT_THAT(warnings(",\n \"num_experts\": 3"), ElementsAre("c.json:3:2: unknown field 'num_experts' is left out"));
}

TEST_F(Import, TakesTheLanguageModelOfAMultimodalOne) {
  const ImportResult result =
      of(R"({"architectures": ["Mistral3ForConditionalGeneration"], "vision_config": {"layers": 4},
  "text_config": {"model_type": "mistral", "num_hidden_layers": 2, "hidden_size": 64, "vocab_size": 100,
    "num_attention_heads": 4, "num_key_value_heads": 4, "intermediate_size": 128, "odd": 1}, "even": 2})");
  ASSERT_EQ(result.errors, "");
  EXPECT_EQ(result.imported->architecture, "MistralForCausalLM");
  EXPECT_EQ(result.model->layers, 2);
  EXPECT_THAT(result.warnings, ElementsAre("c.json:3:83: unknown field 'text_config.odd' is left out",
                                           "c.json:3:94: unknown field 'even' is left out"));
}

TEST_F(Import, SaysHowWeightsAreStored) {
  const auto stored = [](const std::string& more) { return of(dense("LlamaForCausalLM", more)).imported->weights; };
  EXPECT_EQ(imported("deepseek-v3").imported->weights.text, "fp8 in blocks of 128 x 128");
  EXPECT_EQ(imported("deepseek-v3").imported->weights.precision, "fp8");
  EXPECT_EQ(imported("gpt-oss-120b").imported->weights.precision, "bf16");
  EXPECT_EQ(imported("gpt-oss-120b").imported->weights.experts, "fp4");
  EXPECT_EQ(imported("llama-4-scout").imported->weights.precision, "bf16");
  EXPECT_EQ(stored("").text, "");
  const auto awq = stored(R"(, "torch_dtype": "float16", "quantization_config": {"quant_method": "awq", "bits": 4})");
  EXPECT_EQ(awq.text, "awq of 4 bits");
  EXPECT_EQ(awq.precision, "");
  const std::string nvfp4 = R"(, "quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4")";
  EXPECT_EQ(stored(nvfp4 + "}").precision, "fp4");
  EXPECT_EQ(stored(nvfp4 + "}").experts, "");
  const auto experts_alone = stored(nvfp4 + R"(, "ignore": ["lm_head", "model.layers.0.self_attn*"]})");
  EXPECT_EQ(experts_alone.precision, "bf16");
  EXPECT_EQ(experts_alone.experts, "fp4");
  EXPECT_EQ(stored(R"(, "quantization_config": {"quant_method": "compressed-tensors", "config_groups":
  {"group_0": {"weights": {"num_bits": 8, "type": "float"}}}})")
                .precision,
            "fp8");
}

TEST_F(Import, ReportsWrongQuantization) {
  const auto errors = [](const std::string& value) {
    return errors_of(of(dense("LlamaForCausalLM", ",\n \"quantization_config\": " + value)));
  };
  EXPECT_THAT(errors("\"fp8\""),
              ElementsAre("c.json:3:25: error: quantization_config must be a mapping, not the text 'fp8'"));
  EXPECT_THAT(errors("[8]"), ElementsAre("c.json:3:2: error: quantization_config must be a mapping, not a list"));
  EXPECT_THAT(errors("{\"quant_method\": 8}"),
              ElementsAre("c.json:3:42: error: quantization_config.quant_method must be a text, not '8'"));
  EXPECT_THAT(errors(R"({"quant_method": "fp8", "weight_block_size": 128})"),
              ElementsAre(HasSubstr("error: quantization_config.weight_block_size must be a list of whole numbers")));
  EXPECT_THAT(errors(R"({"quant_method": "awq", "bits": "4"})"),
              ElementsAre(HasSubstr("error: quantization_config.bits must be a whole number, not the text '4'")));
  EXPECT_THAT(
      errors(R"({"quant_method": "compressed-tensors", "config_groups": [1]})"),
      ElementsAre(HasSubstr("error: quantization_config.config_groups must be a mapping of groups, not a list")));
  EXPECT_THAT(errors("null"), IsEmpty());
  EXPECT_THAT(errors_of(of(dense("LlamaForCausalLM", ",\n \"torch_dtype\": 16"))),
              ElementsAre("c.json:3:17: error: torch_dtype must be a text, not '16'"));
  const ImportResult unknown =
      of(dense("LlamaForCausalLM", ",\n \"quantization_config\": {\"quant_method\": \"fp9\"}"));
  EXPECT_EQ(unknown.errors, "");
  EXPECT_THAT(unknown.warnings, ElementsAre("c.json:3:42: unknown quant_method 'fp9'"));
  EXPECT_EQ(unknown.imported->weights.precision, "");
}

TEST_F(Import, NamesTheModel) {
  const std::string json = dense("LlamaForCausalLM", R"(, "_name_or_path": "me/Small")");
  EXPECT_EQ(model_of(json).name, "Small");
  EXPECT_EQ(model_of(dense("LlamaForCausalLM", "")).name, "c");
  EXPECT_EQ(load_config("c.json", "Mine").model->name, "Mine");
  std::filesystem::create_directory("tiny");
  std::ofstream("tiny/config.json") << dense("LlamaForCausalLM", "");
  EXPECT_EQ(load_config("tiny/config.json", {}).model->name, "tiny");
}

// Both ways give the same deployment: a config by itself, and the YAML that it becomes.
TEST_F(Import, IsAModelOfADeployment) {
  std::filesystem::create_directory("sub");
  std::filesystem::copy(configs / "qwen3-30b-a3b.json", "sub/qwen.json");
  const std::string rest = minimal.substr(minimal.find('\n'));
  const Deployment direct = loaded("model: sub/qwen.json" + rest);
  const std::string yaml = to_yaml(load_config("sub/qwen.json", {}).imported->tree);
  std::string inner;
  for (std::size_t i = 0; i < yaml.size(); i = yaml.find('\n', i) + 1)
    inner += "  " + yaml.substr(i, yaml.find('\n', i) + 1 - i);
  EXPECT_TRUE(same(direct, loaded("model:\n" + inner + rest.substr(1))));
  EXPECT_EQ(loaded("model: sub/qwen.json" + rest, {"model.layers=3"}).model.layers, 3);
  EXPECT_EQ(loaded(minimal, {"model=sub/qwen.json"}).model.layers, 48);
  EXPECT_GT(loaded("model: {dense_of: sub/qwen.json, q: 4}" + rest).model.ffn.intermediate_size, 0);
  EXPECT_THAT(errors("model: sub/no.json" + rest), HasSubstr("sub/no.json: error: cannot be opened"));
  // Mistakes of the file and of the deployment, each in its place.
  std::ofstream("bad.json") << dense("LlamaForCausalLM", ",\n  \"head_dim\": 0.5");
  EXPECT_THAT(errors("model: bad.json" + rest),
              HasSubstr("bad.json:3:15: error: head_dim must be a whole number, not '0.5'"));
}

}  // namespace
}  // namespace ringtail
