#include "cli/option_groups.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

namespace ringtail {

void add_verbosity(CLI::App& app, CommandLine& line) {
  auto* group = app.add_option_group("Messages");
  group->add_flag_callback(
      "-q,--quiet", [&line] { line.verbosity = Verbosity::quiet; }, "Only errors on stderr");
  group->add_flag_callback(
      "-v,--verbose", [&line] { line.verbosity = Verbosity::verbose; }, "Say on stderr what is being done");
}

void add_overrides(CLI::App& app, CommandLine& line, const std::string& example) {
  app.add_option("--set", line.overrides, "Change a value: path=value, e.g. " + example + " (repeatable)")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
}

void add_deployment(CLI::App& app, CommandLine& line) {
  app.add_option("FILE", line.file, "Deployment in YAML")->required();
  add_overrides(app, line, "decode.context=128k");
}

void add_shorthand(CLI::App& app, CommandLine& line, const std::string& flag, const std::string& path,
                   const std::string& help) {
  app.add_option_function<std::string>(
         flag, [&line, path](const std::string& value) { line.overrides.push_back(path + "=" + value); }, help)
      ->take_last()
      ->type_name("N");
}

void add_format(CLI::App& app, CommandLine& line, const std::string& help, std::size_t count) {
  static const std::vector<std::pair<std::string, OutputFormat>> all = {{"text", OutputFormat::text},
                                                                        {"json", OutputFormat::json},
                                                                        {"csv", OutputFormat::csv},
                                                                        {"markdown", OutputFormat::markdown}};
  std::vector<std::string> words;
  for (std::size_t i = 0; i < count; ++i) words.push_back(all[i].first);
  app.add_option_function<std::string>(
         "--format",
         [&line](const std::string& word) {
           for (const auto& [name, format] : all)
             if (word == name) line.format = format;
         },
         help)
      ->check(CLI::IsMember(words))
      ->type_name(fmt::format("{}", fmt::join(words, "|")));
}

void add_run(CLI::App& app, CommandLine& line) {
  add_shorthand(app, line, "--steps", "run.steps", "Measured steps per replication");
  add_shorthand(app, line, "--replications", "run.replications", "Independent replications");
  add_shorthand(app, line, "--seed", "run.seed", "Seed of all random draws");
}

void add_jobs(CLI::App& app, CommandLine& line) {
  app.add_option("-j,--jobs", line.jobs, "Replications simulated at the same time; one per core if not given")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
}

CLI::Validator number_range(double low, double high) {
  const auto mistake = [low, high](const std::string& text) {
    double number = 0;
    if (CLI::detail::lexical_cast(text, number) && number >= low && number <= high) return std::string();
    return fmt::format("{} is not in the range {} to {}", text, low, high);
  };
  return {mistake, fmt::format("in [{} - {}]", low, high)};
}

}  // namespace ringtail
