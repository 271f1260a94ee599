#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command_table.hpp"

namespace ringtail {
namespace {

/// Names of what comes with Ringtail, asked for when they are needed.
constexpr const char* start = R"(# Completion of ringtail for bash; made by `ringtail completion bash`.
_ringtail_names() { "$1" list "$2" 2>/dev/null | cut -d' ' -f1; }

_ringtail() {
  local ringtail=$1 current=$2 previous=$3 command= options= words= files=
  local -i i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$command${command:+ }${COMP_WORDS[i]}" in
)";

constexpr const char* finish = R"(      esac
      if [[ $current == -* ]]; then words=$options files=; fi
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  if [[ $files ]]; then
    mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$current")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _ringtail ringtail
)";

/// bash that sets `words` to what the value can be, or asks for names of files.
std::string completed(const ValueInfo& value) {
  if (!value.words.empty()) return fmt::format("words='{}'", fmt::join(value.words, " "));
  if (value.placeholder == "MODEL") return "words=$(_ringtail_names \"$ringtail\" models)";
  if (value.placeholder == "PLATFORM") return "words=$(_ringtail_names \"$ringtail\" platforms)";
  if (value.is_file()) return "files=1";
  return {};
}

std::string values_of(const CommandInfo& command) {
  std::string text;
  for (const OptionInfo& option : command.options) {
    if (option.value.placeholder.empty()) continue;
    std::vector<std::string> patterns;
    for (const std::string& name : option.names) patterns.push_back(fmt::format("'{} {}'", command.name, name));
    const std::string action = completed(option.value);
    text += fmt::format("    {}) {};;\n", fmt::join(patterns, " | "), action.empty() ? action : action + " ");
  }
  return text;
}

/// What follows a command: its options, its own commands, and what its arguments can be.
std::string words_of(const CommandTable& table, const CommandInfo& command) {
  std::vector<std::string> options;
  for (const OptionInfo& option : command.options)
    options.insert(options.end(), option.names.begin(), option.names.end());
  std::string text = fmt::format("        '{}') options='{}'", command.name, fmt::join(options, " "));
  std::vector<std::string> words;
  for (const CommandInfo& other : table.commands)
    if (other.name.starts_with(command.name + " ")) words.push_back(other.name.substr(command.name.size() + 1));
  bool are_files = false;
  std::string names;
  for (const ArgumentInfo& argument : command.arguments) {
    words.insert(words.end(), argument.value.words.begin(), argument.value.words.end());
    if (argument.value.words.empty()) are_files = true;
    if (argument.name == "PLATFORM") names = " $(_ringtail_names \"$ringtail\" platforms)";
  }
  if (!words.empty() || !names.empty()) text += fmt::format(" words=\"{}{}\"", fmt::join(words, " "), names);
  if (are_files) text += " files=1";
  return text + " ;;\n";
}

}  // namespace

std::string bash_completion(const CommandTable& table) {
  std::vector<std::string> patterns;
  std::vector<std::string> options;
  std::vector<std::string> commands;
  for (const OptionInfo& option : table.options)
    options.insert(options.end(), option.names.begin(), option.names.end());
  for (const CommandInfo& command : table.commands) {
    patterns.push_back(fmt::format("'{}'", command.name));
    if (command.name.find(' ') == std::string::npos) commands.push_back(command.name);
  }
  std::string text = start;
  text += fmt::format("      {}) command+=${{command:+ }}${{COMP_WORDS[i]}} ;;\n    esac\n  done\n",
                      fmt::join(patterns, " | "));
  text += "  COMPREPLY=()\n  case \"$command $previous\" in\n";
  for (const CommandInfo& command : table.commands) text += values_of(command);
  text += fmt::format("    *)\n      case $command in\n        '') options='{}' words='{}' ;;\n",
                      fmt::join(options, " "), fmt::join(commands, " "));
  for (const CommandInfo& command : table.commands) text += words_of(table, command);
  return text + finish;
}

}  // namespace ringtail
