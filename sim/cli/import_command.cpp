#include <fmt/format.h>

#include <cmath>

#include "cli/commands.hpp"
#include "cli/write_file.hpp"
#include "config/catalog.hpp"
#include "config/load.hpp"
#include "model/parameters.hpp"

namespace ringtail {
namespace {

std::string billions(double parameters) { return fmt::format("{:.4g} B", parameters / 1e9); }

std::string agreement_text(Agreement agreement, double counted, double published, double unit) {
  switch (agreement) {
    case Agreement::as_counted: return "agrees";
    case Agreement::with_embedding: return "agrees, the embedding counted";
    case Agreement::without_vocabulary: return "agrees, embedding and LM head not counted";
    case Agreement::none: break;
  }
  return fmt::format("off by {:+.1f} %, more than a last digit of {}", 100 * (counted / published - 1), billions(unit));
}

/// "published: 671 B: agrees; 37 B active: agrees (arXiv:2412.19437 abstract)"
std::string published_text(const ImportedModel& imported, const ParameterCount& count) {
  if (!imported.known) return "published: no figure is known for this shape\n";
  const KnownModel& known = *imported.known;
  std::string text = fmt::format("published: {}: {}", billions(known.total),
                                 agreement_text(imported.total, count.total(), known.total, known.total_unit));
  if (known.active > 0)
    text += fmt::format("; {} active: {}", billions(known.active),
                        agreement_text(imported.active, count.active(), known.active, known.active_unit));
  text += fmt::format(" ({})\n", known.source);
  if (imported.is_known()) return text;
  return text + fmt::format("this is another model than {}, whose layers, vocabulary and number of experts it has\n",
                            known.name);
}

std::string weights_text(const StoredWeights& weights) {
  if (weights.text.empty()) return {};
  if (weights.precision.empty())
    return fmt::format("weights are stored as {}, which no precision.weights is: choose one of fp4, fp8, bf16\n",
                       weights.text);
  return fmt::format("weights are stored as {}: precision: {{weights: {}{}}}\n", weights.text, weights.precision,
                     weights.experts.empty() ? "" : ", experts: " + weights.experts);
}

/// What stderr says: the parameters, which a user knows of a model, first.
std::string summary(const ImportResult& result) {
  const ParameterCount count = count_parameters(*result.model);
  std::string text = fmt::format("{} ({}): {} parameters, {} active\n", result.model->name,
                                 result.imported->architecture, billions(count.total()), billions(count.active()));
  text += published_text(*result.imported, count);
  if (!result.imported->variant_of.empty())
    text += fmt::format("it is named after {}, but is not it: --name gives another\n", result.imported->variant_of);
  return text + weights_text(result.imported->weights);
}

std::string file_text(const ImportResult& result) {
  const auto schema = data_directory() / "docs" / "schema" / "model.json";
  std::string text = fmt::format("# yaml-language-server: $schema={}\n", schema.string());
  text += "# Written by `ringtail import-model` from a config.json of Hugging Face's.\n";
  if (result.imported->is_known()) text += fmt::format("# published: {}\n", result.imported->known->source);
  if (const std::string weights = weights_text(result.imported->weights); !weights.empty()) text += "# " + weights;
  return text + to_yaml(result.imported->tree);
}

}  // namespace

ExitCode run_import(const CommandLine& line) {
  const ImportResult result = load_config(line.file, line.import.name);
  if (!result.model) {
    fmt::print(stderr, "{}", result.errors);
    return ExitCode::bad_input;
  }
  if (line.verbosity != Verbosity::quiet) {
    fmt::print(stderr, "{}", summary(result));
    for (const std::string& warning : result.warnings) fmt::print(stderr, "warning: {}\n", warning);
  }
  const std::string text = file_text(result);
  if (line.import.output.empty()) return write_result(text, ExitCode::ok);
  const std::string failure = write_file(line.import.output, text, line.force);
  if (failure.empty()) return ExitCode::ok;
  fmt::print(stderr, "{}: error: {}\n", line.import.output.string(), failure);
  return ExitCode::bad_input;
}

}  // namespace ringtail
