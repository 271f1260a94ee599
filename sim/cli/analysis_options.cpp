#include "cli/analysis_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

#include "base/csv.hpp"
#include "cli/option_groups.hpp"
#include "closed_form/switches.hpp"

namespace ringtail {

namespace {

void add_routing_fit(CLI::App& routing, CommandLine& line) {
  auto* fit = routing.add_subcommand(
      "fit", "Estimate routing.correlation from a trace of tokens' experts, and score it on sequences held out");
  fit->add_option("TRACE", line.file, "CSV, .npy, or a folder of .npy files (docs/correlation.md)")->required();
  fit->add_option("--output", line.fitted_output,
                  "Write the routing section to this YAML file, and the expert counts that it names beside it")
      ->type_name("FILE.yaml");
  fit->add_option("--experts-per-token", line.experts_per_token,
                  "How many choices of a CSV trace's route belong to a layer; what fits if not given")
      ->check(CLI::Range(1, 65536))
      ->type_name("N");
  fit->add_option("--experts", line.experts, "Experts of a layer; up to the last that is chosen if not given")
      ->check(CLI::Range(1, 65536))
      ->type_name("N");
  fit->add_flag("--force", line.force, "Replace files that are there already");
  add_format(*fit, line, "text or json", 2);
  add_verbosity(*fit, line);
  fit->callback([&line] { line.command = Command::routing_fit; });
}

/// A list such as 8,16,32.
struct NumberList {
  std::vector<int> numbers;
  std::string mistake;  ///< Empty if it is one.
};

NumberList numbers_in(const std::string& text) {
  constexpr int most = 4096;
  NumberList list;
  for (const std::string_view cell : split_cells(text)) {
    int number = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    if (cell.empty()) return {{}, fmt::format("'{}' has an empty item; write it like 8,16,32", text)};
    if (error != std::errc() || end != cell.data() + cell.size() || number < 1 || number > most)
      return {{}, fmt::format("{} is not a number from 1 to {}", shown(cell), most)};
    if (std::find(list.numbers.begin(), list.numbers.end(), number) != list.numbers.end())
      return {{}, fmt::format("'{}' has {} twice", text, number)};
    list.numbers.push_back(number);
  }
  return list;
}

}  // namespace

void add_routing(CLI::App& app, CommandLine& line) {
  auto* routing = app.add_subcommand(
      "routing", "Say how unevenly tokens fall on experts and ranks, before and after placement, without the network");
  auto* const file = routing->add_option("FILE", line.file, "Deployment in YAML");
  add_overrides(*routing, line, "decode.context=128k");
  add_shorthand(*routing, line, "--seed", "run.seed", "Seed of all random draws");
  add_routing_fit(*routing, line);
  routing->require_subcommand(0, 1);
  routing
      ->add_option_function<std::string>(
          "--ep", [&line](const std::string& text) { line.ep = numbers_in(text).numbers; },
          "Numbers of expert-parallel ranks: 8,16,32; the deployment's if not given")
      ->check([](const std::string& text) { return numbers_in(text).mistake; })
      ->type_name("LIST");
  routing->add_option("--tokens-per-rank", line.tokens_per_rank, "Tokens of each rank; the deployment's if not given")
      ->check(CLI::Range(1, 65536))
      ->type_name("N");
  auto* const counts =
      routing->add_option("--counts", line.counts, "Expert counts that give the popularity, in CSV or JSON");
  counts->type_name("FILE");
  routing->add_option("--rows", line.rows, "Which of several tables in --counts")->needs(counts)->type_name("TEXT");
  routing
      ->add_option("--slots", line.slots,
                   "Places for experts on all ranks, beyond the experts for replicas; the deployment's if not given")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  routing
      ->add_option(
          "--placement", line.placement,
          "contiguous, round-robin, random, eplb, eplb-hierarchical, spread; the deployment's if not given, or "
          "eplb if that is contiguous")
      ->check(CLI::IsMember({"contiguous", "round-robin", "random", "eplb", "eplb-hierarchical", "spread"}))
      ->type_name("NAME");
  routing
      ->add_option("--replica", line.replica,
                   "Which replica a token visits: random, nearest (island first), "
                   "least-loaded-oracle (knows all ranks' loads); the deployment's if not given")
      ->check(CLI::IsMember({"random", "nearest", "least-loaded-oracle"}))
      ->type_name("NAME");
  routing->add_flag("--pairs", line.pairs,
                    "Also the bytes between all pairs of ranks, in text of up to 16 and in JSON");
  add_format(*routing, line, "text, json, or csv with a row per layer", 3);
  add_verbosity(*routing, line);
  routing->callback([&line, routing, file] {
    if (line.command == Command::routing_fit || !routing->get_subcommands().empty()) return;
    if (file->count() == 0) throw CLI::RequiredError("FILE");
    line.command = Command::routing;
  });
}

void add_compare(CLI::App& app, CommandLine& line) {
  auto* compare = app.add_subcommand(
      "compare", "Put the closed form beside the simulation, of one deployment or of two side by side");
  compare->add_option("A", line.file, "Deployment in YAML")->required();
  compare->add_option("B", line.other_file, "A second one, such as the dense counterpart of the first");
  add_overrides(*compare, line, "decode.context=128k; of both deployments");
  std::vector<std::string> switches;
  for (const auto& [name, values] : closed_form::switch_infos())
    switches.push_back(name == "batch" ? "batch=equation|ledger|N"
                                       : fmt::format("{}={}", name, fmt::join(values, "|")));
  auto* const reading =
      compare
          ->add_option(
              "--closed-form", line.closed_form,
              fmt::format("Reading of the closed form (docs/closed-form.md): physical, the default; paper; or a "
                          "switch: {} (repeatable, applied in order)",
                          fmt::join(switches, ", ")))
          ->type_name("WORD")
          ->expected(1)
          ->take_all();
  compare
      ->add_flag("--ladder", line.ladder,
                 "From the paper's closed form to the simulation in rungs, one kind of effect each, in tokens/s "
                 "(docs/ladder.md)")
      ->excludes(reading);
  add_run(*compare, line);
  add_format(*compare, line, "text and markdown are for people, json and csv for programs", 4);
  add_jobs(*compare, line);
  add_verbosity(*compare, line);
  compare->callback([&line] { line.command = Command::compare; });
}

void add_paper(CLI::App& app, CommandLine& line) {
  auto* paper = app.add_subcommand(
      "paper", "Put the tables of arXiv:2603.08960 as printed beside the closed form and the simulation");
  paper->add_option("--table", line.tables, "Number of a table: 1, 3, 4, 5 or 6; all if not given (repeatable)")
      ->delimiter(',')
      ->type_name("N");
  paper->add_flag("--no-simulation", line.closed_form_only, "Leave out cells that take a simulation");
  add_run(*paper, line);
  add_format(*paper, line, "text and markdown are for people, json and csv for programs", 4);
  add_jobs(*paper, line);
  add_verbosity(*paper, line);
  paper->callback([&line] { line.command = Command::paper; });
}

void add_qs(CLI::App& app, CommandLine& line) {
  auto* qs = app.add_subcommand(
      "qs", "Set a mixture of experts against the dense model of its quality: who wins, where they are even, and why");
  qs->add_option("FILE", line.file, "Deployment of the mixture of experts in YAML; or give --model instead");
  add_overrides(*qs, line, "routing.popularity='{zipf: 0.8}'");
  qs->add_option("--model", line.model, "Name of a model (ringtail list models) or a path, in place of FILE")
      ->type_name("MODEL");
  qs->add_option("--platform", line.platform, "With --model: name of a platform (ringtail list platforms) or a path")
      ->type_name("PLATFORM");
  qs->add_option("--gpus", line.gpus, "With --model: number of GPUs")->check(CLI::Range(1, 4096))->type_name("N");
  qs->add_option("--context", line.context, "With --model: cached tokens of each sequence; 4k if not given")
      ->type_name("TOKENS");
  qs->add_option("--q", line.q, "Dense parameters of equal quality, as a multiple of the active ones; 5 if not given")
      ->check(number_range(0.01, 1e5))
      ->type_name("Q");
  qs->add_option("--part", line.parts,
                 "verdict (always there), break-even, map or sensitivity; all if not given (repeatable)")
      ->check(CLI::IsMember({"verdict", "break-even", "map", "sensitivity"}))
      ->delimiter(',')
      ->type_name("PART");
  qs->add_option("--contexts", line.contexts, "Contexts of the map: 1k,32k,1M")->delimiter(',')->type_name("LIST");
  qs->add_option("--sizes", line.sizes, "Numbers of GPUs of the map: 16,32,64")
      ->delimiter(',')
      ->check(CLI::Range(1, 4096))
      ->type_name("LIST");
  qs->add_option(
        "--layout", line.layout,
        "given, the default with FILE: its layout for both models, stretched for other numbers of GPUs; fastest: "
        "of each model the layout in which the closed form decodes fastest")
      ->check(CLI::IsMember({"given", "fastest"}))
      ->type_name("given|fastest");
  qs->add_option("--accuracy", line.accuracy, "Of break-evens, relative; 0.02 if not given")
      ->check(number_range(0.0001, 0.5))
      ->type_name("FRACTION");
  add_run(*qs, line);
  add_format(*qs, line, "text and markdown are for people, json and csv for programs", 4);
  add_jobs(*qs, line);
  add_verbosity(*qs, line);
  qs->callback([&line] { line.command = Command::qs; });
}

void add_tune(CLI::App& app, CommandLine& line) {
  auto* tune = app.add_subcommand(
      "tune", "Search layout, overlap, redundant experts and batch of a deployment's GPUs for the best, by simulating");
  add_deployment(*tune, line);
  TuneChoice& choice = line.tune;
  tune->add_option("--goal", choice.goal, "throughput, the default: most tokens per second; tpot: shortest per token")
      ->check(CLI::IsMember({"throughput", "tpot"}))
      ->type_name("throughput|tpot");
  tune->add_option("--tpot-limit", choice.tpot_limit, "Only what stays within this time per output token: 50ms")
      ->type_name("TIME");
  tune->add_option("--margin", choice.margin,
                   "Designs that cannot win even if so many times as good as the closed form says are not simulated; "
                   "1.5 if not given")
      ->check(number_range(1.0, 1e6))
      ->type_name("FACTOR");
  tune->add_option("--simulations", choice.simulations, "At most so many to find the best; 60 if not given")
      ->check(CLI::Range(1, 1000000))
      ->type_name("N");
  add_run(*tune, line);
  add_format(*tune, line, "text; json; or csv with a row per simulation of the search", 3);
  add_jobs(*tune, line);
  add_verbosity(*tune, line);
  tune->callback([&line] { line.command = Command::tune; });
}

}  // namespace ringtail
