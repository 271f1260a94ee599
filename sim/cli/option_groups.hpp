#pragma once

#include <string>

#include "cli/options.hpp"

namespace CLI {
class App;
class Validator;
}  // namespace CLI

/// Options that several commands have.
namespace ringtail {

void add_verbosity(CLI::App& app, CommandLine& line);

/// --set; `example` is a path with its value.
void add_overrides(CLI::App& app, CommandLine& line, const std::string& example);

/// FILE and --set.
void add_deployment(CLI::App& app, CommandLine& line);

/// An option that is short for --set path=VALUE.
void add_shorthand(CLI::App& app, CommandLine& line, const std::string& flag, const std::string& path,
                   const std::string& help);

/// --format, one of the first `count` of text, json, csv and markdown.
void add_format(CLI::App& app, CommandLine& line, const std::string& help, std::size_t count = 2);

/// --steps, --replications and --seed.
void add_run(CLI::App& app, CommandLine& line);

/// -j.
void add_jobs(CLI::App& app, CommandLine& line);

/// An option's number must lie in [low, high]; CLI::Range lets NaN pass, which is neither below nor above.
[[nodiscard]] CLI::Validator number_range(double low, double high);

}  // namespace ringtail
