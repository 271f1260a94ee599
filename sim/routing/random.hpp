#pragma once

#include <Random123/philox.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace ringtail {

/// Four 32-bit words: a counter, or the random block that belongs to it.
using RandomBlock = std::array<std::uint32_t, 4>;

/// 64-bit FNV-1a hash (Fowler, Noll and Vo, draft-eastlake-fnv) of a stream's name.
[[nodiscard]] constexpr std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

/// A bijection of 64 bits in which each input bit flips about half of the output bits: one output of SplitMix64
/// (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014, figure 17).
[[nodiscard]] constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// Philox4x32-10 (Salmon et al.: Parallel random numbers: as easy as 1, 2, 3, SC 2011): `counter` enciphered with the
/// 64-bit `key`, whose low word comes first.
[[nodiscard]] inline RandomBlock philox(std::uint64_t key, const RandomBlock& counter) {
  const philox4x32_key_t words = {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
  const philox4x32_ctr_t in = {{counter[0], counter[1], counter[2], counter[3]}};
  const philox4x32_ctr_t out = philox4x32_R(10, in, words);
  return {out.v[0], out.v[1], out.v[2], out.v[3]};
}

/// Random numbers that are a pure function of where they are used: philox(key, counter) with
///   key     = mix64(seed ^ mix64(replication ^ mix64(fnv1a(name)))),
///   counter = {layer, sequence id, token index, block}; draw number n is word n mod 4 of block n / 4.
/// There is no state, so neither the order of draws nor a new stream changes any other draw.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, int replication, std::string_view name)
      : key_(mix64(seed ^ mix64(static_cast<std::uint32_t>(replication) ^ mix64(fnv1a(name))))) {}

  [[nodiscard]] std::uint64_t key() const { return key_; }

  /// The four random words of {layer, sequence id, token index, block}.
  [[nodiscard]] RandomBlock block(const RandomBlock& counter) const { return philox(key_, counter); }

 private:
  std::uint64_t key_;
};

/// A number in (0, 1) from the first two words of a block: 52 bits, in the middle of their interval, never 0 or 1.
[[nodiscard]] inline double open_unit(const RandomBlock& words) {
  return (static_cast<double>(words[0]) + (static_cast<double>(words[1] >> 12) + 0.5) * 0x1p-20) * 0x1p-32;
}

/// Puts `items` into a random order (Durstenfeld's Fisher–Yates shuffle) by the draws of a layer.
/// A position below n is 64 random bits scaled to n, so none is preferred by more than 2^-64. At most 2^32 - 1 items.
template <class T>
void shuffle(std::span<T> items, const RandomStream& stream, std::uint32_t layer) {
  for (std::size_t n = items.size(); n > 1; --n) {
    const RandomBlock words = stream.block({layer, 0, 0, static_cast<std::uint32_t>(n)});
    // High 64 bits of n · (words as a 64-bit fraction), in two 32-bit steps because n < 2^32.
    const std::uint64_t low = n * std::uint64_t{words[1]};
    const std::uint64_t position = (n * std::uint64_t{words[0]} + (low >> 32)) >> 32;
    std::swap(items[n - 1], items[position]);
  }
}

}  // namespace ringtail
