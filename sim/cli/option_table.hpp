#pragma once

#include "cli/command_table.hpp"

namespace CLI {
class App;
}

namespace ringtail {

[[nodiscard]] CommandTable table_of(const CLI::App& app);

}  // namespace ringtail
