#pragma once

#include "cli/options.hpp"
#include "config/deployment.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace ringtail {

/// --trace and what it shows.
void add_trace(CLI::App& app, CommandLine& line);

/// Whether what is to be recorded is there; if not, why is printed.
[[nodiscard]] bool can_record(const CommandLine& line, const Deployment& deployment);

}  // namespace ringtail
