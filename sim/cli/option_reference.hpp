#pragma once

#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace ringtail {

/// Every command with its arguments and options as Markdown, from the tables that the command line is read with.
[[nodiscard]] std::string commands_markdown(const CLI::App& app);

}  // namespace ringtail
