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

  /// See ExpertSampler::draw; `out` has k entries per sequence.
  virtual void draw(int layer, std::uint32_t token_index, std::span<const std::uint32_t> sequences,
                    std::span<std::uint16_t> out) const = 0;
};

}  // namespace ringtail
