#pragma once

#include <cstdint>
#include <span>

namespace ringtail {

/// A way to choose the k experts of tokens, in every MoE layer. Choices are pure functions of layer, sequence and token
/// index.
class ExpertChoice {
 public:
  ExpertChoice() = default;
  ExpertChoice(const ExpertChoice&) = delete;
  ExpertChoice& operator=(const ExpertChoice&) = delete;
  virtual ~ExpertChoice() = default;

  /// The tokens of one layer and step that are drawn together, one of each sequence.
  struct Tokens {
    std::uint32_t token_index = 0;
    std::span<const std::uint32_t> sequences;
    std::span<const std::uint16_t> topics;  ///< Of each; empty if there is one topic only.

    [[nodiscard]] std::size_t topic(std::size_t token) const { return topics.empty() ? 0 : topics[token]; }
  };

  /// See ExpertSampler::draw; `out` has k entries per token.
  virtual void draw(int layer, const Tokens& tokens, std::span<std::uint16_t> out) const = 0;
};

}  // namespace ringtail
