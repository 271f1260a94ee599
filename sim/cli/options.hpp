#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "network/network_config.hpp"
#include "timeline/selection.hpp"

namespace ringtail {

enum class Command {
  none,
  simulate,
  check,
  list,
  schema,
  init,
  traffic,
  diff,
  compare,
  paper,
  qs,
  tune,
  routing,
  routing_fit,
  validate,
  sweep,
  worker,
  merge,
  report,
  import_model,
  reference,
  completion,
  man
};  ///< none: help or a mistake was printed; exit with exit_code.
enum class OutputFormat { text, json, csv, markdown };
enum class Verbosity { quiet, normal, verbose };

/// Options of sweep and merge.
struct SweepOptions {
  std::filesystem::path output;  ///< Folder; empty: that of the study's name.
  std::string shard;             ///< "2/8", "env", or empty: everything.
  double timeout_s = 0;          ///< Of a point; 0: none.
  std::string memory;            ///< Of a process, such as "4 GB"; empty: no limit.
  int remote_workers = 0;        ///< Who simulate points elsewhere; 0: this machine does.
  bool retry_failed = false;
  bool dry_run = false;
  bool summary = false;
  std::vector<std::filesystem::path> stores;  ///< merge: files, or folders with files.
};

/// Options of tune.
struct TuneChoice {
  std::string goal = "throughput";  ///< Or tpot.
  std::string tpot_limit;           ///< Such as "50ms"; empty: none.
  double margin = 1.5;
  int simulations = 60;
};

/// Options of import-model.
struct ImportOptions {
  std::string name;              ///< Empty: the model's own.
  std::filesystem::path output;  ///< Empty: stdout.
};

/// Options of simulate for a trace.
struct TraceOptions {
  std::filesystem::path file;  ///< Empty: none is written.
  TraceSelection selection;
};

/// Options of report.
struct ReportOptions {
  std::vector<std::filesystem::path> inputs;  ///< Results of other commands: files, or folders of studies.
  std::filesystem::path output;               ///< The HTML; the first input's name with .html if empty.
  std::filesystem::path figures;              ///< Folder for SVG and PDF; empty: none.
};

/// What the user asked for.
struct CommandLine {
  Command command = Command::none;
  int exit_code = 0;
  std::filesystem::path file;
  std::vector<std::string> overrides;  ///< "path=value", in order; --steps and the like become such too.
  OutputFormat format = OutputFormat::text;
  Verbosity verbosity = Verbosity::normal;
  int jobs = 0;      ///< 0: one per core.
  std::string what;  ///< list: models, platforms, runtimes, deployments, or empty for all; schema: the type of file.
  bool details = false;  ///< list: a table of figures.
  bool advise = false;   ///< simulate: also say what to change.
  std::string explain;   ///< simulate: key of results to explain instead.
  TraceOptions trace;
  bool detail = false;    ///< simulate: JSON with `detail`.
  bool timeline = false;  ///< simulate: also draw one layer's timeline.
  std::filesystem::path
      other_file;  ///< diff: the second result; `file` is the first. compare: the second deployment, may be empty.
  std::vector<std::string> closed_form;  ///< compare: words for its switches, in order.
  bool ladder = false;                   ///< compare: by rungs from the closed form to the simulation.
  std::vector<int> tables;               ///< paper: numbers; all if empty.
  bool closed_form_only = false;         ///< paper: nothing is simulated.
  // qs; without `file` model, platform, gpus and context
  double q = 5;                       ///< The paper's assumption for its tables.
  std::vector<std::string> contexts;  ///< Of the map; a default if empty, as is `sizes`.
  std::vector<int> sizes;             ///< Numbers of GPUs of the map.
  std::vector<std::string> parts;     ///< break-even, map, sensitivity; all if empty.
  std::string layout = "given";       ///< given or fastest.
  double accuracy = 0.02;             ///< Of break-evens, relative.
  TuneChoice tune;
  // init; `file` is what to write, stdout if empty.
  std::string model;
  std::string context = "4k";
  bool force = false;
  // init and traffic; of the latter `file` has the transfers.
  std::string platform;
  int gpus = 0;  ///< traffic: 0 is as many as the transfers need.
  NetworkConfig network;
  bool summary = false;
  // routing
  std::vector<int> ep;      ///< Numbers of EP ranks; the deployment's if empty.
  int tokens_per_rank = 0;  ///< 0: the deployment's.
  std::filesystem::path counts;
  std::string rows;
  int slots = 0;          ///< 0: the deployment's.
  std::string placement;  ///< Empty: the deployment's; so is `replica`.
  std::string replica;
  bool pairs = false;
  // routing fit; `file` is the trace.
  int experts_per_token = 0;  ///< 0: what the trace suggests; so is `experts`.
  int experts = 0;
  std::filesystem::path fitted_output;  ///< Of the YAML; empty: none.
  SweepOptions sweep;
  ReportOptions report;
  ImportOptions import;
};

/// Parses the command line; prints help to stdout and mistakes to stderr.
CommandLine parse_command_line(int argc, char** argv);

}  // namespace ringtail
