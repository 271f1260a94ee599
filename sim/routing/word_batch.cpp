#include "routing/word_batch.hpp"

#include <algorithm>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Vectors wider than the baseline's registers are passed between inlined functions only.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace ringtail {
namespace {

constexpr std::size_t lanes = WordBatch::lanes;
constexpr std::size_t words = WordBatch::words;
using Row = std::array<std::uint32_t, lanes>;
using Words = std::array<Row, words>;

/// What the counters of a batch have in common.
struct Counters {
  std::uint64_t key = 0;
  std::uint32_t layer = 0;
  std::uint32_t token_index = 0;
};

/// The definition, for processors without what is below.
void fill_narrow(const Counters& at, const Row& sequences, Words& out) {
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    for (std::uint32_t block = 0; block < WordBatch::blocks; ++block) {
      const RandomBlock random = philox(at.key, {at.layer, sequences[lane], at.token_index, block});
      for (std::size_t n = 0; n < random.size(); ++n) out[4 * block + n][lane] = random[n];
    }
  }
}

#if defined(__x86_64__)
// Multipliers and key increments of Philox4x32 (Salmon et al., SC 2011; see random.hpp).
constexpr std::uint32_t multiplier0 = 0xD2511F53;
constexpr std::uint32_t multiplier1 = 0xCD9E8D57;
constexpr std::uint32_t weyl0 = 0x9E3779B9;
constexpr std::uint32_t weyl1 = 0xBB67AE85;
constexpr int rounds = 10;

/// Four tokens in a register: the low half of each 64 bits is a word, the high half is whatever products left there,
/// which the next product does not see. The blocks of a token go through the rounds together.
__attribute__((target("avx2"))) void fill_wide(const Counters& at, const Row& sequences, Words& out) {
  const auto all = [](std::uint32_t word) __attribute__((target("avx2"))) { return _mm256_set1_epi64x(word); };
  for (std::size_t lane = 0; lane < lanes; lane += 4) {
    __m256i x[WordBatch::blocks][4];  // NOLINT(modernize-avoid-c-arrays): std::array hides the alignment
    const __m128i four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(&sequences[lane]));
    for (std::uint32_t block = 0; block < WordBatch::blocks; ++block) {
      x[block][0] = all(at.layer);
      x[block][1] = _mm256_cvtepu32_epi64(four);
      x[block][2] = all(at.token_index);
      x[block][3] = all(block);
    }
    auto key0 = static_cast<std::uint32_t>(at.key);
    auto key1 = static_cast<std::uint32_t>(at.key >> 32);
    for (int round = 0; round < rounds; ++round) {
      for (auto& block : x) {
        const __m256i product0 = _mm256_mul_epu32(block[0], all(multiplier0));
        const __m256i product1 = _mm256_mul_epu32(block[2], all(multiplier1));
        block[0] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product1, 32), block[1]), all(key0));
        block[2] = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product0, 32), block[3]), all(key1));
        block[1] = product1;
        block[3] = product0;
      }
      key0 += weyl0;
      key1 += weyl1;
    }
    const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    for (std::size_t n = 0; n < words; ++n)
      _mm_storeu_si128(reinterpret_cast<__m128i*>(&out[n][lane]),
                       _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(x[n / 4][n % 4], low_halves)));
  }
}

const auto fill_best = __builtin_cpu_supports("avx2") != 0 ? fill_wide : fill_narrow;
#else
constexpr auto fill_best = fill_narrow;
#endif

}  // namespace

void WordBatch::fill(std::span<const std::uint32_t> sequences) {
  std::copy(sequences.begin(), sequences.end(), sequences_.begin());
  fill_best({stream_.key(), layer_, token_index_}, sequences_, words_);
}

}  // namespace ringtail
