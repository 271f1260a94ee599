#include "cli/option_table.hpp"

#include <CLI/CLI.hpp>

namespace ringtail {
namespace {

/// From the type that --help shows: "text|json:{text,json}", "N:INT in [1 - 4096]", "TEXT".
ValueInfo value_of(const CLI::Option& option) {
  ValueInfo value;
  value.is_required = option.get_required();
  if (option.get_items_expected_max() == 0) return value;
  value.is_repeatable = option.get_items_expected_max() > 1;
  const std::string type = option.get_type_name();
  const std::size_t colon = type.find(':');
  value.placeholder = type.substr(0, colon);
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}');
  if (open == std::string::npos || close == std::string::npos) return value;
  for (std::string& word : CLI::detail::split(type.substr(open + 1, close - open - 1), ','))
    value.words.push_back(std::move(word));
  return value;
}

void add_options(const CLI::App& app, std::vector<ArgumentInfo>& arguments, std::vector<OptionInfo>& options) {
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_group().empty()) continue;  // not in --help
    if (option->get_positional()) {
      arguments.push_back({option->get_name(true), value_of(*option), option->get_description()});
      continue;
    }
    if (app.get_name().empty() && option == app.get_help_ptr()) continue;  // a group's own
    OptionInfo info;
    for (const std::string& name : option->get_snames()) info.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) info.names.push_back("--" + name);
    info.value = value_of(*option);
    info.help = option->get_description();
    options.push_back(std::move(info));
  }
  for (const CLI::App* const group : app.get_subcommands({}))
    if (group->get_name().empty()) add_options(*group, arguments, options);
}

void add_commands(const CLI::App& app, const std::string& before, std::vector<CommandInfo>& commands) {
  for (const CLI::App* const command : app.get_subcommands({})) {
    if (command->get_name().empty() || command->get_group().empty()) continue;
    CommandInfo info{before + command->get_name(), command->get_description(), {}, {}};
    add_options(*command, info.arguments, info.options);
    commands.push_back(std::move(info));
    add_commands(*command, before + command->get_name() + " ", commands);
  }
}

}  // namespace

CommandTable table_of(const CLI::App& app) {
  CommandTable table;
  table.description = app.get_description();
  std::vector<ArgumentInfo> none;
  add_options(app, none, table.options);
  add_commands(app, "", table.commands);
  return table;
}

}  // namespace ringtail
