#pragma once

#include "cli/options.hpp"

namespace CLI {
class App;
}

/// Options of the commands that simulate many deployments.
namespace ringtail {

void add_sweep(CLI::App& app, CommandLine& line);
void add_worker(CLI::App& app, CommandLine& line);
void add_merge(CLI::App& app, CommandLine& line);

}  // namespace ringtail
