#pragma once

#include "cli/options.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ringtail {

/// The command `report`.
void add_report(CLI::App& app, CommandLine& line);

}  // namespace ringtail
