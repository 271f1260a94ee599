#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "config/effective.hpp"
#include "config/load.hpp"
#include "config/study.hpp"

namespace {

/// Reads the text as a study, and its first points unless they are many.
void read_as_study(const std::string& text, const std::string& data) {
  using namespace ringtail;
  const StudyResult result = load_study_text("fuzz.yaml", text, data);
  if (result.study.has_value() != result.errors.empty()) std::abort();
  if (!result.study) return;
  constexpr double most_points = 1000;
  double points = 1;
  for (const Axis& axis : result.study->axes) points *= static_cast<double>(axis.levels.size());
  if (points > most_points) return;
  constexpr std::size_t most_loaded = 3;
  const auto levels = study_points(*result.study);
  for (std::size_t i = 0; i < std::min(most_loaded, levels.size()); ++i) {
    const LoadResult loaded = load_point(*result.study, result.sources, levels[i], {}, data);
    if (loaded.deployment.has_value() != loaded.errors.empty()) std::abort();
  }
}

}  // namespace

/// libFuzzer's entry point (https://llvm.org/docs/LibFuzzer.html): reads the bytes as a deployment, without simulating
/// it, and as a study. Whatever they are, the outcome is either a deployment or errors, and a deployment survives being
/// written and read again. Models and platforms are those of tests/bad/data, the text after a line "%%" is one --set.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace ringtail;
  static const std::string data = RINGTAIL_SOURCE_DIR "/tests/bad/data";
  std::string text(reinterpret_cast<const char*>(bytes), size);
  std::vector<std::string> overrides;
  const std::string separator = "\n%%\n";
  if (const auto at = text.find(separator); at != std::string::npos) {
    overrides.push_back(text.substr(at + separator.size()));
    text.resize(at);
  }
  read_as_study(text, data);
  const LoadResult result = load_deployment_text("fuzz.yaml", text, overrides, data);
  if (result.deployment.has_value() != result.errors.empty()) std::abort();
  if (!result.deployment) return 0;
  const std::string written = effective_yaml(*result.deployment);
  const LoadResult again = load_deployment_text("fuzz.yaml", written, {}, data);
  if (!again.deployment || effective_yaml(*again.deployment) != written) std::abort();
  return 0;
}
