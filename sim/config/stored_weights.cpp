#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/import_model.hpp"

namespace ringtail {
namespace {

std::string text_at(const Node& node, std::string_view key) {
  const Node* const value = node.find(key);
  return value && value->kind == Node::Kind::scalar ? value->text : std::string();
}

/// " in blocks of 128 x 128"
std::string blocks_text(const Node& quantization) {
  const Node* const size = quantization.find("weight_block_size");
  if (!size || size->items.empty()) return {};
  std::string text;
  for (const Node& each : size->items) text += (text.empty() ? "" : " x ") + each.text;
  return " in blocks of " + text;
}

/// compressed-tensors: bits and type of the first group's weights.
StoredWeights of_groups(const Node& quantization) {
  const Node* const groups = quantization.find("config_groups");
  if (!groups || groups->entries.empty()) return {"compressed-tensors", ""};
  const Node* const weights = groups->entries.front().value.find("weights");
  if (!weights) return {"compressed-tensors", ""};
  const std::string bits = text_at(*weights, "num_bits"), type = text_at(*weights, "type");
  const bool is_float = type == "float";
  return {fmt::format("{} of {} bits", is_float ? "floating point" : type, bits), is_float && bits == "8"   ? "fp8"
                                                                                  : is_float && bits == "4" ? "fp4"
                                                                                                            : ""};
}

StoredWeights quantized(const Node& quantization) {
  const std::string method = text_at(quantization, "quant_method");
  const std::string algorithm = text_at(quantization, "quant_algo");
  if (method == "fp8") return {"fp8" + blocks_text(quantization), "fp8"};
  if (method == "fbgemm_fp8") return {"fp8", "fp8"};
  if (method == "mxfp4") return {"mxfp4, but for the parts that it does not convert", "fp4"};
  if (algorithm == "FP8") return {"fp8", "fp8"};
  if (algorithm == "NVFP4") return {"nvfp4", "fp4"};
  if (method == "compressed-tensors") return of_groups(quantization);
  const std::string bits = text_at(quantization, "bits");
  return {
      fmt::format("{}{}", method.empty() ? "an unnamed format" : method, bits.empty() ? "" : " of " + bits + " bits"),
      ""};
}

}  // namespace

StoredWeights stored_weights(const Node& config) {
  const Node* const text = config.find("text_config");
  for (const Node* const part : {&config, text ? text : &config}) {
    for (const char* const key : {"quantization_config", "compression_config"}) {
      const Node* const quantization = part->find(key);
      if (quantization && quantization->kind == Node::Kind::mapping) return quantized(*quantization);
    }
  }
  for (const Node* const part : {text ? text : &config, &config}) {
    for (const char* const key : {"torch_dtype", "dtype"}) {
      const std::string type = text_at(*part, key);
      if (!type.empty()) return {type, type == "bfloat16" || type == "float16" ? "bf16" : ""};
    }
  }
  return {};
}

}  // namespace ringtail
