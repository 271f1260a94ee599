#include "cli/trace_options.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>

namespace ringtail {
namespace {

void add_selection(CLI::App& app, CLI::Option* trace, const std::string& flag, Selection& selection,
                   const std::string& help) {
  app.add_option_function<std::string>(
         flag, [&selection](const std::string& text) { selection = Selection::parse(text).value(); }, help)
      ->check([](const std::string& text) {
        return Selection::parse(text) ? std::string() : "'" + text + "' is not like 3 or 0,8-11";
      })
      ->needs(trace)
      ->type_name("LIST");
}

bool is_in(const std::string& flag, const Selection& selection, int count, const std::string& what) {
  if (selection.largest() < count) return true;
  const std::string there = count == 1 ? "the only one is 0" : fmt::format("they are 0 to {}", count - 1);
  spdlog::error("{}: there is no {} {}; {}", flag, what, selection.largest(), there);
  return false;
}

}  // namespace

void add_trace(CLI::App& app, CommandLine& line) {
  line.trace.selection.steps = Selection::parse("0").value();
  auto* trace =
      app.add_option("--trace", line.trace.file,
                     "Also write the first replication as a Chrome trace, for ui.perfetto.dev (docs/reports.md)")
          ->type_name("FILE.json");
  add_selection(app, trace, "--trace-layers", line.trace.selection.layers,
                "Layers, such as 3 or 0,8-11; all and the rest of a step if not given");
  add_selection(app, trace, "--trace-gpus", line.trace.selection.gpus, "GPUs; all if not given");
  add_selection(app, trace, "--trace-steps", line.trace.selection.steps, "Measured steps, from 0; 0 if not given");
}

bool can_record(const CommandLine& line, const Deployment& deployment) {
  const TraceSelection& selection = line.trace.selection;
  if (line.detail && line.format != OutputFormat::json) {
    spdlog::error("--detail adds to the JSON: give --format json, too");
    return false;
  }
  if (line.timeline && line.format == OutputFormat::json) {
    spdlog::error("--timeline draws text; JSON has timelines with --detail");
    return false;
  }
  return is_in("--trace-layers", selection.layers, deployment.model.layers + deployment.decode.draft(), "layer") &&
         is_in("--trace-gpus", selection.gpus, deployment.gpus, "GPU") &&
         is_in("--trace-steps", selection.steps, deployment.run.steps, "measured step");
}

}  // namespace ringtail
