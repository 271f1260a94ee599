#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

/// Ringtail as a library: read a deployment, simulate it, use the result. This is the only public header;
/// docs/install.md has an example. With the same deployment and seed a result is the same as that of `ringtail simulate
/// --format json`.
namespace ringtail::api {

/// Mistakes in a deployment. what() is what `ringtail check` prints: every mistake, with file, line, column and help.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The simulation failed, was interrupted, or its program cannot go on.
class SimulationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

#ifndef RINGTAIL_DATA_DIRECTORY  // find_package(Ringtail) defines it.
#define RINGTAIL_DATA_DIRECTORY ""
#endif

/// The folder that has `platforms` and `workloads`: RINGTAIL_DATA of the environment, else what was installed with the
/// library.
inline std::filesystem::path default_data() {
  const char* const chosen = std::getenv("RINGTAIL_DATA");
  return chosen != nullptr && *chosen != '\0' ? chosen : RINGTAIL_DATA_DIRECTORY;
}

struct ReadOptions {
  std::vector<std::string> set;                 ///< Each like "decode.context=128k", as after --set.
  std::filesystem::path data = default_data();  ///< Where names of models and platforms are looked up.
};

/// The headline of a result. All but the first three are of no meaning if it is not feasible.
struct Headline {
  bool feasible = false;
  std::string infeasible_reason;  ///< Empty if feasible.
  std::vector<std::string> warnings;
  int batch_total = 0;                    ///< Sequences.
  double step_s = 0;                      ///< Mean duration of a decode step, in seconds.
  double tpot_s = 0;                      ///< Time per output token of a sequence, in seconds.
  std::optional<double> step_ci95_low_s;  ///< 95 % confidence interval of step_s, if there are enough steps for one.
  std::optional<double> step_ci95_high_s;
  double tokens_per_s = 0;
  double tokens_per_s_per_gpu = 0;
  double tokens_per_s_per_sequence = 0;
};

struct Outcome {
  Headline headline;
  std::string json;  ///< The whole result, with the keys of docs/results.md.
};

/// A deployment that is complete, without mistakes, and whose batch fits.
class Deployment {
 public:
  /// Throws InputError.
  static Deployment from_file(const std::filesystem::path& file, const ReadOptions& options = {});
  /// Of YAML text, which may be JSON. `name` stands for a file in messages. Throws InputError.
  static Deployment from_text(const std::string& yaml, const ReadOptions& options = {},
                              const std::string& name = "deployment");

  Deployment(const Deployment&);
  Deployment(Deployment&&) noexcept;
  Deployment& operator=(const Deployment&);
  Deployment& operator=(Deployment&&) noexcept;
  ~Deployment();

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] int gpus() const;
  /// Sequences of all GPUs; 0 if not even one fits.
  [[nodiscard]] int batch_total() const;

  /// Simulates it, `jobs` replications at the same time, each in a process forked from this one: call it where forking
  /// is safe, from the only thread. SIGINT, SIGTERM and SIGHUP end it. A deployment that does not fit is an outcome,
  /// not an error. Throws SimulationError.
  [[nodiscard]] Outcome simulate(int jobs = 1) const;

 private:
  struct Content;
  explicit Deployment(std::unique_ptr<Content> content);
  std::unique_ptr<Content> content_;
};

/// Ringtail's version, like "0.1.0".
[[nodiscard]] std::string version();

}  // namespace ringtail::api
