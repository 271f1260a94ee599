#include "config/known_models.hpp"

#include <cmath>

namespace ringtail {

const std::vector<KnownModel>& known_models() {
  // clang-format off
  static const std::vector<KnownModel> table = {
      {"DeepseekV2ForCausalLM", 27, 2048, 102400, 64, "DeepSeek-V2-Lite", 15.7e9, 0.1e9, 2.4e9, 0.1e9, "arXiv:2405.04434 appendix B"},
      {"DeepseekV2ForCausalLM", 60, 5120, 102400, 160, "DeepSeek-V2", 236e9, 1e9, 21e9, 1e9, "arXiv:2405.04434 abstract"},
      {"DeepseekV3ForCausalLM", 61, 7168, 129280, 256, "DeepSeek-V3", 671e9, 1e9, 37e9, 1e9, "arXiv:2412.19437 abstract"},
      {"DeepseekV3ForCausalLM", 61, 7168, 163840, 384, "Kimi-K2", 1e12, 0.1e12, 32e9, 1e9, "github.com/MoonshotAI/Kimi-K2 README"},
      {"Glm4MoeForCausalLM", 46, 4096, 151552, 128, "GLM-4.5-Air", 106e9, 1e9, 12e9, 1e9, "arXiv:2508.06471 table 1"},
      // With the module for multi-token prediction, 3.99 B, and without embedding and LM head, 1.55 B: the table's caption.
      {"Glm4MoeForCausalLM", 92, 5120, 151552, 160, "GLM-4.5", 355e9, 1e9, 32e9, 1e9, "arXiv:2508.06471 table 1", 2.44e9},
      {"GptOssForCausalLM", 24, 2880, 201088, 32, "gpt-oss-20b", 20.91e9, 0.01e9, 3.61e9, 0.01e9, "arXiv:2508.10925 table 1"},
      {"GptOssForCausalLM", 36, 2880, 201088, 128, "gpt-oss-120b", 116.83e9, 0.01e9, 5.13e9, 0.01e9, "arXiv:2508.10925 table 1"},
      {"LlamaForCausalLM", 32, 4096, 32000, 0, "Llama-2-7B", 6.7e9, 0.1e9, 0, 0, "arXiv:2302.13971 table 2, of the same shape"},
      {"LlamaForCausalLM", 32, 4096, 128256, 0, "Llama-3.1-8B", 8.03e9, 0.01e9, 0, 0, "huggingface.co/meta-llama/Llama-3.1-8B, model size"},
      {"LlamaForCausalLM", 80, 8192, 128256, 0, "Llama-3.1-70B", 70.6e9, 0.1e9, 0, 0, "huggingface.co/meta-llama/Llama-3.1-70B, model size"},
      {"LlamaForCausalLM", 126, 16384, 128256, 0, "Llama-3.1-405B", 405e9, 1e9, 405e9, 1e9, "arXiv:2407.21783 abstract"},
      // With the vision encoder.
      {"Llama4ForConditionalGeneration", 48, 5120, 202048, 16, "Llama-4-Scout", 109e9, 1e9, 17e9, 1e9, "huggingface.co/meta-llama/Llama-4-Scout-17B-16E", 0.9e9},
      {"Llama4ForConditionalGeneration", 48, 5120, 202048, 128, "Llama-4-Maverick", 400e9, 1e9, 17e9, 1e9, "huggingface.co/meta-llama/Llama-4-Maverick-17B-128E-Instruct"},
      {"MiniMaxM2ForCausalLM", 62, 3072, 200064, 256, "MiniMax-M2", 230e9, 10e9, 10e9, 1e9, "huggingface.co/MiniMaxAI/MiniMax-M2"},
      {"MistralForCausalLM", 32, 4096, 32000, 0, "Mistral-7B", 7.24e9, 0.01e9, 0, 0, "huggingface.co/mistralai/Mistral-7B-v0.1, model size"},
      {"MixtralForCausalLM", 32, 4096, 32000, 8, "Mixtral-8x7B", 46.7e9, 0.1e9, 12.9e9, 0.1e9, "mistral.ai/news/mixtral-of-experts"},
      {"MixtralForCausalLM", 56, 6144, 32000, 8, "Mixtral-8x22B", 141e9, 1e9, 39e9, 1e9, "mistral.ai/news/mixtral-8x22b"},
      {"Qwen2ForCausalLM", 28, 3584, 152064, 0, "Qwen2.5-7B", 7.61e9, 0.01e9, 0, 0, "huggingface.co/Qwen/Qwen2.5-7B"},
      {"Qwen2MoeForCausalLM", 24, 2048, 151936, 60, "Qwen1.5-MoE-A2.7B", 14.3e9, 0.1e9, 2.7e9, 0.1e9, "huggingface.co/Qwen/Qwen1.5-MoE-A2.7B"},
      {"Qwen3ForCausalLM", 36, 4096, 151936, 0, "Qwen3-8B", 8.2e9, 0.1e9, 0, 0, "huggingface.co/Qwen/Qwen3-8B"},
      {"Qwen3ForCausalLM", 64, 5120, 151936, 0, "Qwen3-32B", 32.8e9, 0.1e9, 0, 0, "huggingface.co/Qwen/Qwen3-32B"},
      {"Qwen3MoeForCausalLM", 48, 2048, 151936, 128, "Qwen3-30B-A3B", 30.5e9, 0.1e9, 3.3e9, 0.1e9, "huggingface.co/Qwen/Qwen3-30B-A3B"},
      {"Qwen3MoeForCausalLM", 94, 4096, 151936, 128, "Qwen3-235B-A22B", 235e9, 1e9, 22e9, 1e9, "arXiv:2505.09388 table 2"},
  };
  // clang-format on
  return table;
}

namespace {

/// Parameters, and what is counted in them.
struct Counted {
  Agreement what;
  double parameters;
};

/// The first that rounds to the published number, else the first that was cut to it: what comes nearest. One part in
/// 1e9 is for the sums of decimal fractions.
Agreement agreement(const std::vector<Counted>& ways, double published, double unit) {
  const auto units = [&](const Counted& way) { return (way.parameters - published) / unit; };
  for (const Counted& way : ways)
    if (std::abs(units(way)) <= 0.5 + 1e-9) return way.what;
  for (const Counted& way : ways)
    if (units(way) >= 0 && units(way) < 1) return way.what;
  return Agreement::none;
}

}  // namespace

Agreement total_agreement(const KnownModel& known, const ParameterCount& count) {
  const double total = count.total() + known.counted_beyond;
  return agreement(
      {{Agreement::as_counted, total}, {Agreement::without_vocabulary, total - count.embeddings - count.lm_head}},
      known.total, known.total_unit);
}

Agreement active_agreement(const KnownModel& known, const ParameterCount& count) {
  if (known.active == 0) return Agreement::as_counted;
  const double active = count.active();
  return agreement({{Agreement::as_counted, active},
                    {Agreement::with_embedding, active + count.embeddings},
                    {Agreement::without_vocabulary, active - count.active_head}},
                   known.active, known.active_unit);
}

}  // namespace ringtail
