#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/effective.hpp"
#include "config/load.hpp"

/// libFuzzer's entry point (https://llvm.org/docs/LibFuzzer.html): reads the bytes as a deployment, without simulating
/// it. Whatever they are, the outcome is either a deployment or errors, and a deployment survives being written and
/// read again. Models and platforms are those of tests/bad/data, the text after a line "%%" is one --set.
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
  const LoadResult result = load_deployment_text("fuzz.yaml", text, overrides, data);
  if (result.deployment.has_value() != result.errors.empty()) std::abort();
  if (!result.deployment) return 0;
  const std::string written = effective_yaml(*result.deployment);
  const LoadResult again = load_deployment_text("fuzz.yaml", written, {}, data);
  if (!again.deployment || effective_yaml(*again.deployment) != written) std::abort();
  return 0;
}
