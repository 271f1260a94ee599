#include "cli/loaded.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <thread>

#include "config/catalog.hpp"
#include "config/load.hpp"

namespace ringtail {

std::optional<Loaded> load(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  LoadResult loaded = load_deployment(file, overrides, data_directory());
  if (!loaded.deployment) {
    fmt::print(stderr, "{}", loaded.errors);
    return std::nullopt;
  }
  for (const std::string& warning : loaded.warnings) spdlog::warn("{}", warning);
  BatchPlan plan = plan_batch(*loaded.deployment);
  if (plan.error) {
    fmt::print(stderr, "{}", loaded.sources.diagnostic_at("decode.batch", plan.error->message, plan.error->help));
    return std::nullopt;
  }
  return Loaded{std::move(*loaded.deployment), std::move(plan), std::move(loaded.sources)};
}

int jobs_of(const CommandLine& line) {
  return line.jobs > 0 ? line.jobs : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace ringtail
