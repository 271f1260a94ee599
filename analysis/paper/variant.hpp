#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "closed_form/evaluate.hpp"
#include "config/reference_table.hpp"
#include "simulation/simulate.hpp"

namespace ringtail {

/// A deployment or model of the tables cannot be used; what() has the diagnostics.
class ReferenceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How the tables are evaluated.
struct PaperOptions {
  std::filesystem::path data;          ///< As of data_directory().
  std::vector<std::string> overrides;  ///< Of every deployment, "run.steps=4".
  bool simulates = true;               ///< If not, only memory ledgers are asked.
  int jobs = 1;                        ///< Replications at a time.
  std::function<void(const std::string& what, const StepProgress&)> on_progress = [](const std::string&,
                                                                                     const StepProgress&) {};
};

/// The MoE of a row, or its dense counterpart: one deployment by both readings of the formula and by simulation.
struct Variant {
  Deployment deployment;
  int ledger_batch = 0;                          ///< Largest batch by the memory ledger.
  std::optional<closed_form::ClosedForm> paper;  ///< Of the printed batch,
  std::optional<closed_form::ClosedForm>
      physical;                  ///< under physical switches. Without a printed one of equation 20's.
  std::string no_closed_form;    ///< Why there is none.
  std::optional<Result> result;  ///< None if not asked for, or infeasible.
  std::string not_simulated;     ///< Why there is none.
  std::string remark;            ///< What is special about the result.
};

/// Which variant.
struct VariantKey {
  std::string deployment;
  std::string model;  ///< In YAML: a name, or {dense_of: NAME, q: Q}.
  int context = 0;
  int batch = 0;  ///< Printed; 0 without one.

  auto operator<=>(const VariantKey&) const = default;
};

/// Evaluates each variant once. Simulated is the printed batch, or the largest that fits if that is smaller.
class Variants {
 public:
  explicit Variants(PaperOptions options) : options_(std::move(options)) {}

  /// The variant with its closed forms. Throws ReferenceError.
  Variant& get(const VariantKey& key);

  /// Simulates it, if that was not done yet. Throws TaskFailed.
  void simulate(Variant& variant, const std::string& what);

 private:
  PaperOptions options_;
  std::map<VariantKey, Variant> variants_;
};

}  // namespace ringtail
