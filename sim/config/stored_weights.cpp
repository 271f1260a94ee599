#include "config/stored_weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/config_reader.hpp"
#include "config/text.hpp"

namespace ringtail {
namespace {

/// Methods of transformers' `quantization_config` that no `precision.weights` is; `quantized` knows the others.
const std::vector<std::string> other_methods = {"aqlm",   "auto-round", "awq",     "bitnet", "bitsandbytes",
                                                "eetq",   "gptq",       "higgs",   "hqq",    "quark",
                                                "quanto", "spqr",       "torchao", "vptq"};

/// Reads a section of a config: mistakes are those of the field `quantization_config`, at their own place.
class Quantization {
 public:
  Quantization(ConfigReader& config, std::string key, const Node& section)
      : config_(config), key_(std::move(key)), section_(section) {}

  const Node* find(const Node& section, std::string_view key) const {
    const Node* const node = section.find(key);
    return node && node->kind != Node::Kind::null ? node : nullptr;
  }
  const Node* find(std::string_view key) const { return find(section_, key); }

  std::string word(const Node& section, const std::string& key) const {
    const Node* const node = find(section, key);
    if (node && (node->kind != Node::Kind::scalar || !node->quoted)) wrong(*node, key, "a text");
    return node ? node->text : std::string();
  }
  std::string word(const std::string& key) const { return word(section_, key); }

  std::string number(const Node& section, const std::string& key) const {
    const Node* const node = find(section, key);
    const bool is_whole = node && node->kind == Node::Kind::scalar && !node->quoted && !node->text.empty() &&
                          node->text.find_first_not_of("0123456789") == std::string::npos;
    if (node && !is_whole) wrong(*node, key, "a whole number");
    return node ? node->text : std::string();
  }
  std::string number(const std::string& key) const { return number(section_, key); }

  void wrong(const Node& node, const std::string& key, std::string_view expected) const {
    config_.wrong(node, key_ + "." + key, expected);
  }

 private:
  ConfigReader& config_;
  std::string key_;
  const Node& section_;
};

/// " in blocks of 128 x 128"
std::string blocks_text(const Quantization& quantization) {
  const Node* const size = quantization.find("weight_block_size");
  if (!size) return {};
  const bool is_list = size->kind == Node::Kind::list && !size->items.empty();
  if (!is_list) quantization.wrong(*size, "weight_block_size", "a list of whole numbers");
  std::vector<std::string> texts;
  for (const Node& each : size->items) texts.push_back(each.text);
  return fmt::format(" in blocks of {}", fmt::join(texts, " x "));
}

/// compressed-tensors: bits and type of the first group's weights.
StoredWeights of_groups(const Quantization& quantization) {
  const StoredWeights unsaid{"compressed-tensors", ""};
  const Node* const groups = quantization.find("config_groups");
  if (!groups) return unsaid;
  const Node* const group = groups->entries.empty() ? nullptr : &groups->entries.front().value;
  if (!group || group->kind != Node::Kind::mapping)
    return quantization.wrong(*groups, "config_groups", "a mapping of groups"), unsaid;
  const Node* const weights = quantization.find(*group, "weights");
  if (!weights) return unsaid;
  const std::string bits = quantization.number(*weights, "num_bits"), type = quantization.word(*weights, "type");
  const bool is_float = type == "float";
  return {fmt::format("{} of {} bits", is_float ? "floating point" : type, bits), is_float && bits == "8"   ? "fp8"
                                                                                  : is_float && bits == "4" ? "fp4"
                                                                                                            : ""};
}

/// Whether a checkpoint of ModelOpt's lists attention among what it leaves as it was: of its other matrices nearly all
/// are the experts'.
bool leaves_attention(const Quantization& quantization) {
  for (const char* const key : {"ignore", "exclude_modules"}) {
    const Node* const names = quantization.find(key);
    if (!names) continue;
    if (names->kind != Node::Kind::list) return quantization.wrong(*names, key, "a list of texts"), false;
    for (const Node& name : names->items)
      if (name.text.find("self_attn") != std::string::npos) return true;
  }
  return false;
}

/// A method that is not simulated, or that is not known at all.
StoredWeights other(const Quantization& quantization, const std::string& method, std::vector<Note>& warnings) {
  const bool is_known = std::find(other_methods.begin(), other_methods.end(), method) != other_methods.end();
  const Node* const node = quantization.find("quant_method");
  if (node && !is_known && method != "modelopt")
    warnings.push_back({node->at, fmt::format("unknown quant_method {}", in_quotes(method))});
  const std::string bits = quantization.number("bits");
  return {
      fmt::format("{}{}", method.empty() ? "an unnamed format" : method, bits.empty() ? "" : " of " + bits + " bits"),
      ""};
}

StoredWeights quantized(const Quantization& quantization, std::vector<Note>& warnings) {
  const std::string method = quantization.word("quant_method");
  const std::string algorithm = quantization.word("quant_algo");
  if (method == "fp8") return {"fp8" + blocks_text(quantization), "fp8"};
  if (method == "fbgemm_fp8") return {"fp8", "fp8"};
  if (method == "mxfp4") return {"mxfp4 in experts alone", "bf16", "fp4"};
  if (algorithm == "FP8") return {"fp8", "fp8"};
  if (algorithm == "NVFP4" && leaves_attention(quantization)) return {"nvfp4, but for attention", "bf16", "fp4"};
  if (algorithm == "NVFP4") return {"nvfp4", "fp4"};
  if (method == "compressed-tensors") return of_groups(quantization);
  return other(quantization, method, warnings);
}

}  // namespace

StoredWeights stored_weights(ConfigReader& config, std::vector<Note>& warnings) {
  StoredWeights weights;
  for (const char* const key : {"compression_config", "quantization_config"})
    if (const Node* const section = config.section(key))
      weights = quantized(Quantization(config, key, *section), warnings);
  const bool is_quantized = !weights.text.empty();
  for (const char* const key : {"dtype", "torch_dtype"}) {
    const std::string type = config.word(key);
    if (!is_quantized && !type.empty()) weights = {type, type == "bfloat16" || type == "float16" ? "bf16" : ""};
  }
  return weights;
}

}  // namespace ringtail
