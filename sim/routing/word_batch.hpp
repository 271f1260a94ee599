#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "routing/random.hpp"

namespace ringtail {

/// The random words of several tokens of one layer and step, computed side by side: the first `words` of each token,
/// and more where one asks for them. They are RandomStream::block's.
class WordBatch {
 public:
  static constexpr std::size_t lanes = 32;  ///< Tokens at a time.
  static constexpr std::size_t blocks = 3;
  static constexpr std::size_t words = 4 * blocks;

  WordBatch(const RandomStream& stream, int layer, std::uint32_t token_index)
      : stream_(stream), layer_(static_cast<std::uint32_t>(layer)), token_index_(token_index) {}

  /// Computes the words of at most `lanes` tokens, one of each sequence.
  void fill(std::span<const std::uint32_t> sequences);

  /// One word of a token after the other.
  class Cursor {
   public:
    Cursor(const WordBatch& batch, std::size_t lane) : batch_(batch), lane_(lane) {}

    std::uint32_t next() {
      const std::size_t n = next_++;
      if (n < words) return batch_.words_[n][lane_];
      if (n % 4 == 0) block_ = batch_.block(lane_, static_cast<std::uint32_t>(n / 4));
      return block_[n % 4];
    }

    /// Whether the next word is the first of a block.
    [[nodiscard]] bool at_block() const { return next_ % 4 == 0; }

   private:
    const WordBatch& batch_;
    std::size_t lane_;
    std::size_t next_ = 0;
    RandomBlock block_ = {};
  };

 private:
  [[nodiscard]] RandomBlock block(std::size_t lane, std::uint32_t number) const {
    return stream_.block({layer_, sequences_[lane], token_index_, number});
  }

  const RandomStream& stream_;
  std::uint32_t layer_;
  std::uint32_t token_index_;
  std::array<std::uint32_t, lanes> sequences_ = {};
  std::array<std::array<std::uint32_t, lanes>, words> words_ = {};
};

}  // namespace ringtail
