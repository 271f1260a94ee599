#include "config/effective.hpp"

#include <fmt/format.h>

#include <cstdint>

#include "config/schema.hpp"

namespace ringtail {

Node effective_tree(const Deployment& deployment) { return deployment_format().write(deployment); }

std::string effective_yaml(const Deployment& deployment) { return to_yaml(effective_tree(deployment)); }

std::string config_hash(const Deployment& deployment) {
  constexpr std::uint64_t offset_basis = 14695981039346656037U;
  constexpr std::uint64_t prime = 1099511628211U;
  std::uint64_t hash = offset_basis;
  for (const char c : effective_yaml(deployment)) hash = (hash ^ static_cast<unsigned char>(c)) * prime;
  return fmt::format("{:016x}", hash);
}

}  // namespace ringtail
