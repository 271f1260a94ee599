#include "cli/option_reference.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "config/key_markdown.hpp"

namespace ringtail {
namespace {

/// "-o,--output FILE", "FILE"
std::string name_of(const CLI::Option& option) {
  const std::string name = option.get_name(false, true);
  const bool takes_value = option.get_type_size() != 0 && !option.get_positional();
  const std::string type = option.get_type_name();  // what checks the value follows after a colon
  return takes_value && !type.empty() ? name + " " + type.substr(0, type.find(':')) : name;
}

void add_options(const CLI::App& app, std::string& text) {
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_name() == "--help") continue;
    const bool is_needed = option->get_required();
    text += fmt::format("| `{}` | {}{} |\n", in_cell(name_of(*option)), in_cell(option->get_description()),
                        is_needed ? " (required)" : "");
  }
  for (const CLI::App* const group : app.get_subcommands({}))
    if (group->get_name().empty()) add_options(*group, text);  // an option group
}

void add_command(const CLI::App& command, const std::string& prefix, std::string& text) {
  const std::string name = prefix + command.get_name();
  text += fmt::format("### {}\n\n{}.\n\n", name, command.get_description());
  std::string rows;
  add_options(command, rows);
  if (!rows.empty()) text += "| argument | meaning |\n| --- | --- |\n" + rows + "\n";
  for (const CLI::App* const inner : command.get_subcommands({}))
    if (!inner->get_name().empty()) add_command(*inner, name + " ", text);
}

}  // namespace

std::string commands_markdown(const CLI::App& app) {
  std::string text;
  for (const CLI::App* const command : app.get_subcommands({}))
    if (!command->get_group().empty()) add_command(*command, "", text);  // without one it is hidden from --help
  return text;
}

}  // namespace ringtail
