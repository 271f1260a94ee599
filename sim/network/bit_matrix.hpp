#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringtail {

/// Rows of bits, in words of 64.
class BitMatrix {
 public:
  BitMatrix(std::size_t rows, std::size_t columns) : words_((columns + 63) / 64), bits_(rows * words_) {}

  [[nodiscard]] std::size_t words() const { return words_; }
  [[nodiscard]] const std::uint64_t* row(std::size_t r) const { return bits_.data() + r * words_; }
  [[nodiscard]] std::uint64_t* row(std::size_t r) { return bits_.data() + r * words_; }

  [[nodiscard]] bool test(std::size_t r, std::size_t c) const { return (row(r)[c / 64] >> (c % 64) & 1) != 0; }
  void set(std::size_t r, std::size_t c) { row(r)[c / 64] |= std::uint64_t{1} << (c % 64); }
  void reset(std::size_t r, std::size_t c) { row(r)[c / 64] &= ~(std::uint64_t{1} << (c % 64)); }
  void assign(std::size_t r, std::size_t c, bool value) { value ? set(r, c) : reset(r, c); }
  void clear() { bits_.assign(bits_.size(), 0); }

 private:
  std::size_t words_;
  std::vector<std::uint64_t> bits_;
};

/// Calls `visit(c)` for each set bit of word number `w` of a row.
template <class Visit>
void for_each_bit(std::uint64_t word, std::size_t w, const Visit& visit) {
  for (; word != 0; word &= word - 1) visit(64 * w + static_cast<std::size_t>(std::countr_zero(word)));
}

}  // namespace ringtail
