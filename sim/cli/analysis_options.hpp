#pragma once

#include "cli/options.hpp"

namespace CLI {
class App;
}

/// Options of the commands that set something beside a simulation, or stand in for one.
namespace ringtail {

void add_compare(CLI::App& app, CommandLine& line);
void add_paper(CLI::App& app, CommandLine& line);
void add_qs(CLI::App& app, CommandLine& line);
void add_tune(CLI::App& app, CommandLine& line);
void add_routing(CLI::App& app, CommandLine& line);

}  // namespace ringtail
