#include "cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/exit_code.hpp"
#include "cli/analysis_options.hpp"
#include "cli/exit_codes.hpp"
#include "cli/option_groups.hpp"
#include "cli/option_table.hpp"
#include "cli/report_options.hpp"
#include "cli/study_options.hpp"
#include "cli/trace_options.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"
#include "engine/engine.hpp"
#include "network/topology.hpp"
#include "results/version.hpp"

namespace ringtail {
namespace {

void add_simulate(CLI::App& app, CommandLine& line) {
  auto* simulate = app.add_subcommand("simulate", "Simulate a deployment and print the result");
  add_deployment(*simulate, line);
  add_run(*simulate, line);
  add_format(*simulate, line, "text (for people) or json");
  add_jobs(*simulate, line);
  simulate->add_flag("--advise", line.advise,
                     "Also simulate changes of hardware and deployment, and name the three that help most");
  add_trace(*simulate, line);
  auto* detail = simulate->add_flag(
      "--detail", line.detail, "With --format json: also timelines, loads and traffic by GPU, for `ringtail report`");
  CLI::Option* const file = simulate->get_option("FILE");
  simulate
      ->add_option_function<std::string>(
          "--explain",
          [&line, file](const std::string& key) {
            line.explain = key;
            file->required(false);
          },
          "Instead of simulating, explain a key of results and those below it: step.tpot_s, breakdown_s")
      ->type_name("KEY")
      ->trigger_on_parse();
  simulate->add_flag("--timeline", line.timeline, "Also draw what three GPUs do in one layer")->excludes(detail);
  add_verbosity(*simulate, line);
  simulate->callback([&line] { line.command = Command::simulate; });
}

void add_check(CLI::App& app, CommandLine& line) {
  auto* check = app.add_subcommand(
      "check", "Report every mistake in a deployment, whether it fits into memory, and what simulating it would take");
  add_deployment(*check, line);
  add_jobs(*check, line);
  add_verbosity(*check, line);
  check->callback([&line] { line.command = Command::check; });
}

void add_list(CLI::App& app, CommandLine& line) {
  auto* list = app.add_subcommand("list", "List what comes with Ringtail");
  list->add_option("WHAT", line.what, "models, platforms, runtimes, deployments or studies; all if not given")
      ->check(CLI::IsMember({"models", "platforms", "runtimes", "deployments", "studies"}));
  list->add_flag("-v,--verbose", line.details, "A table of their figures");
  list->callback([&line] { line.command = Command::list; });
}

std::string check_schema_word(const std::string& word) {
  const std::vector<std::string> words = {"deployment", "model", "platform", "runtime", "study"};
  if (std::find(words.begin(), words.end(), word) != words.end()) return {};
  return suggestion(word, words, "there are schemas for");
}

void add_schema(CLI::App& app, CommandLine& line) {
  auto* schema = app.add_subcommand("schema", "Print the JSON Schema (draft-07) of a type of YAML file");
  schema->add_option("TYPE", line.what, "deployment, model, platform, runtime or study")
      ->required()
      ->check(CLI::Validator(check_schema_word, "{deployment,model,platform,runtime,study}"));
  add_format(*schema, line, "json, or text: the keys with type, default and meaning, for people");
  schema->preparse_callback([&line](std::size_t) { line.format = OutputFormat::json; });
  schema->callback([&line] { line.command = Command::schema; });
}

void add_init(CLI::App& app, CommandLine& line) {
  auto* init = app.add_subcommand("init", "Write a deployment with a layout that fits, and say why it was chosen");
  init->add_option("--model", line.model, "Name of a model (ringtail list models), or a path: .yaml or config.json")
      ->required()
      ->type_name("MODEL");
  init->add_option("--platform", line.platform, "Name of a platform (ringtail list platforms), or a path: .yaml")
      ->required()
      ->type_name("PLATFORM");
  init->add_option("--gpus", line.gpus, "Number of GPUs")->required()->check(CLI::Range(1, most_ranks))->type_name("N");
  init->add_option("--context", line.context, "Cached tokens of each sequence; 4k if not given")->type_name("TOKENS");
  init->add_option("-o,--output", line.file, "File to write; stdout if not given")->type_name("FILE");
  init->add_flag("--force", line.force, "Replace the file if it exists");
  add_verbosity(*init, line);
  init->callback([&line] { line.command = Command::init; });
}

void add_import(CLI::App& app, CommandLine& line) {
  auto* config = app.add_subcommand("import-model", "Write a model in YAML from a config.json of Hugging Face's");
  config->add_option("CONFIG", line.file, "config.json (docs/models.md lists the architectures)")->required();
  config->add_option("-o,--output", line.import.output, "File to write; stdout if not given")->type_name("FILE");
  config
      ->add_option("--name", line.import.name,
                   "Name in results; if not given that of the published model of this shape")
      ->type_name("NAME");
  config->add_flag("--force", line.force, "Replace the file if it exists");
  add_verbosity(*config, line);
  config->callback([&line] { line.command = Command::import_model; });
}

void add_traffic(CLI::App& app, CommandLine& line) {
  auto* traffic = app.add_subcommand("traffic", "Say when each transfer of a CSV file ends on a platform");
  traffic->add_option("PLATFORM", line.platform, "Platform in YAML, or the name of one (ringtail list platforms)")
      ->required();
  traffic->add_option("TRANSFERS", line.file, "CSV with the header src,dst,bytes,start_s")->required();
  add_overrides(*traffic, line, "island.bandwidth='200 GB/s'");
  traffic->add_option("--gpus", line.gpus, "Number of GPUs; if not given, whole islands up to the highest in the file")
      ->check(CLI::Range(1, most_ranks))
      ->type_name("N");
  traffic
      ->add_option_function<std::string>(
          "--solver",
          [&line](const std::string& word) {
            line.network.solver = word == "simgrid" ? NetworkSolver::simgrid : NetworkSolver::fluid;
          },
          "fluid, or simgrid: one SimGrid Comm per transfer, slow")
      ->check(CLI::IsMember({"fluid", "simgrid"}))
      ->type_name("fluid|simgrid");
  traffic
      ->add_option_function<std::string>(
          "--sharing",
          [&line](const std::string& word) {
            line.network.sharing = word == "coupled" ? Sharing::coupled : Sharing::maxmin;
          },
          "maxmin, or coupled: transfers of one source with the same start progress in proportion")
      ->check(CLI::IsMember({"maxmin", "coupled"}))
      ->type_name("maxmin|coupled");
  line.network.tolerance = 0;
  traffic->add_option("--tolerance", line.network.tolerance, "Of the fluid solver; 0, the default, is exact")
      ->check(number_range(0.0, 0.499))
      ->type_name("FRACTION");
  traffic->add_flag("--summary", line.summary, "Print makespan and the use of each link instead of the transfers");
  add_verbosity(*traffic, line);
  traffic->callback([&line] { line.command = Command::traffic; });
}

void add_diff(CLI::App& app, CommandLine& line) {
  auto* diff = app.add_subcommand("diff", "Say what changed from one result to another");
  diff->add_option("A", line.file, "Result in JSON (ringtail simulate --format json)")->required();
  diff->add_option("B", line.other_file, "The result to compare with it")->required();
  add_format(*diff, line, "text (for people) or json");
  diff->callback([&line] { line.command = Command::diff; });
}

void add_validate(CLI::App& app, CommandLine& line) {
  auto* validate = app.add_subcommand("validate", "Put published figures beside what their deployments predict");
  validate->add_option("FILE", line.file, "Figures in YAML: docs/validation.md")->required();
  add_overrides(*validate, line, "platform=h200-sxm");
  add_format(*validate, line, "text (default) or json");
  add_jobs(*validate, line);
  add_verbosity(*validate, line);
  validate->callback([&line] { line.command = Command::validate; });
}

void add_reference(CLI::App& app, CommandLine& line) {
  auto* reference =
      app.add_subcommand("reference", "Write docs/reference.md: every command, key, column and exit code");
  reference->callback([&line] { line.command = Command::reference; });
}

void add_completion(CLI::App& app, CommandLine& line) {
  auto* completion = app.add_subcommand("completion", "Print what makes a shell complete commands, options and values");
  completion->add_option("SHELL", line.what, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  completion->callback([&line] { line.command = Command::completion; });
}

void add_man(CLI::App& app, CommandLine& line) {
  auto* man = app.add_subcommand("man", "Print the manual page: ringtail man | man -l -");
  man->callback([&line] { line.command = Command::man; });
}

/// What is wrong with the first word, if it should be a command and is none.
std::string command_error(const CLI::App& app, const std::string& word) {
  std::vector<std::string> commands;
  for (const CLI::App* const command : app.get_subcommands({})) commands.push_back(command->get_name());
  if (word.starts_with("-") || std::find(commands.begin(), commands.end(), word) != commands.end()) return {};
  return fmt::format("unknown command {}\nhelp: {}\n", in_quotes(word), suggestion(word, commands, "there are"));
}

std::string version_text() {
  const std::string compiled = simgrid_version();
  const std::string running = running_simgrid_version();
  return fmt::format("ringtail {}\nSimGrid {}{}", version, running,
                     running == compiled ? std::string() : fmt::format(" (compiled against {})", compiled));
}

void add_commands(CLI::App& app, CommandLine& line) {
  app.description("Ringtail: a discrete-event simulator of LLM decoding on GPU clusters");
  app.set_version_flag("--version", version_text());
  app.footer(exit_codes_text());
  app.require_subcommand(1);
  add_simulate(app, line);
  add_check(app, line);
  add_list(app, line);
  add_schema(app, line);
  add_init(app, line);
  add_import(app, line);
  add_traffic(app, line);
  add_diff(app, line);
  add_compare(app, line);
  add_paper(app, line);
  add_qs(app, line);
  add_tune(app, line);
  add_routing(app, line);
  add_validate(app, line);
  add_report(app, line);
  add_sweep(app, line);
  add_worker(app, line);
  add_merge(app, line);
  add_reference(app, line);
  add_completion(app, line);
  add_man(app, line);
}

}  // namespace

CommandTable command_table() {
  CommandLine unused;
  CLI::App app("", "ringtail");
  add_commands(app, unused);
  return table_of(app);
}

CommandLine parse_command_line(int argc, char** argv) {
  CommandLine line;
  CLI::App app("", "ringtail");
  add_commands(app, line);
  const std::string unknown = argc > 1 ? command_error(app, argv[1]) : std::string();
  if (!unknown.empty()) {
    fmt::print(stderr, "{}", unknown);
    line.command = Command::none;
    line.exit_code = static_cast<int>(ExitCode::bad_input);
    return line;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.command = Command::none;
    line.exit_code = app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::bad_input);
  }
  return line;
}

}  // namespace ringtail
