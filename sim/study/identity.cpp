#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "config/effective.hpp"
#include "results/version.hpp"
#include "routing/routing_trace.hpp"
#include "study/point.hpp"

namespace ringtail {
namespace {

/// http://www.isthe.com/chongo/tech/comp/fnv/, FNV-1a with 64 bits.
class Fnv {
 public:
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    add_byte(0);  // so that two texts are not one
  }
  void add(std::uint64_t word) {
    for (unsigned shift = 0; shift < 64; shift += 8) add_byte((word >> shift) & 0xFFU);
  }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  void add_byte(std::uint64_t byte) { hash_ = (hash_ ^ byte) * 1099511628211U; }
  std::uint64_t hash_ = 14695981039346656037U;
};

}  // namespace

std::string point_identity(const Deployment& deployment) {
  Deployment unnamed = deployment;
  unnamed.name = "point";
  Fnv hash;
  hash.add(version);
  hash.add(git_commit);
  hash.add(effective_yaml(unnamed));
  for (const auto& layer : deployment.routing.popularity.counts.counts)
    for (const double count : layer) hash.add(std::bit_cast<std::uint64_t>(count));
  if (const auto& trace = deployment.routing.trace)
    for (const auto& sequence : trace->trace->sequences) {
      hash.add(std::uint64_t{sequence.size()});
      for (const std::uint16_t expert : sequence) hash.add(std::uint64_t{expert});
    }
  for (const auto& [input, output] : deployment.decode.context.trace.requests) {
    hash.add(static_cast<std::uint64_t>(input));
    hash.add(static_cast<std::uint64_t>(output));
  }
  return fmt::format("{:016x}", hash.value());
}

}  // namespace ringtail
