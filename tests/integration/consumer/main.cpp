#include <iostream>
#include <ringtail/ringtail.hpp>

/// Simulates a deployment of JSON text, and says what is wrong with another.
int main() {
  using namespace ringtail::api;
  const std::string text =
      R"({"model": "llama-3.1-8b", "platform": "h100-sxm", "gpus": 1, "decode": {"context": "4k"}})";
  const Outcome outcome = Deployment::from_text(text, {.set = {"run.steps=2", "run.replications=2"}}).simulate();
  std::cout << version() << ' ' << outcome.headline.batch_total << ' ' << outcome.headline.tokens_per_s << '\n'
            << outcome.json;
  try {
    Deployment::from_text(text, {.set = {"decode.contxt=8k"}});
  } catch (const InputError& error) {
    std::cerr << error.what();
    return outcome.headline.feasible ? 0 : 1;
  }
  return 1;
}
