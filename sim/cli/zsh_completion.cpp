#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command_table.hpp"

namespace ringtail {
namespace {

constexpr const char* start = R"zsh(#compdef ringtail
# Completion of ringtail for zsh; made by `ringtail completion zsh`.
_ringtail_names() {
  local -a names=(${${(f)"$(ringtail list $1 2>/dev/null)"}%% *})
  compadd -a names
}

)zsh";

constexpr const char* finish = R"zsh(
if [[ $funcstack[1] == _ringtail ]]; then
  _ringtail "$@"
else
  compdef _ringtail ringtail
fi
)zsh";

/// Inside single quotes, in the text of a specification of _arguments.
std::string quoted(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'')
      result += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      result += std::string("\\") + c;
    else
      result += c;
  }
  return result;
}

/// The action of _arguments that completes a value.
std::string action(const ValueInfo& value, bool is_argument) {
  if (!value.words.empty()) return fmt::format("({})", fmt::join(value.words, " "));
  if (value.placeholder == "MODEL") return "_ringtail_names models";
  if (value.placeholder == "PLATFORM") return "_ringtail_names platforms";
  return value.is_file() || is_argument ? "_files" : "";
}

/// The function that completes what follows a command.
std::string function_of(const CommandTable& table, const CommandInfo& command) {
  std::string name = command.name;
  for (char& c : name)
    if (c == ' ') c = '_';
  std::string text = fmt::format("_ringtail_{}() {{\n", name);
  for (const CommandInfo& other : table.commands) {
    if (!other.name.starts_with(command.name + " ")) continue;
    const std::string word = other.name.substr(command.name.size() + 1);
    text += fmt::format(
        "  if [[ $words[2] == {} ]]; then\n    shift words\n    (( CURRENT-- ))\n    _ringtail_{}_{}\n    return\n  "
        "fi\n"
        "  (( CURRENT == 2 )) && compadd {}\n",
        word, name, word, word);
  }
  text += "  _arguments -s";
  for (const OptionInfo& option : command.options)
    for (const std::string& flag : option.names) {
      text += fmt::format(" \\\n    '{}{}[{}]", option.value.is_repeatable ? "*" : "", flag, quoted(option.help));
      if (!option.value.placeholder.empty())
        text += fmt::format(":{}:{}", quoted(option.value.placeholder), action(option.value, false));
      text += "'";
    }
  for (const ArgumentInfo& argument : command.arguments)
    text += fmt::format(" \\\n    '{}:{}:{}'", argument.value.is_repeatable ? "*" : "", quoted(argument.name),
                        argument.name == "PLATFORM" ? "_ringtail_names platforms" : action(argument.value, true));
  return text + "\n}\n\n";
}

}  // namespace

std::string zsh_completion(const CommandTable& table) {
  std::string text = start;
  for (const CommandInfo& command : table.commands) text += function_of(table, command);
  text += "_ringtail() {\n  if (( CURRENT == 2 )); then\n    local -a commands=(";
  for (const CommandInfo& command : table.commands)
    if (command.name.find(' ') == std::string::npos)
      text += fmt::format("\n      '{}:{}'", command.name, quoted(command.help));
  text += "\n    )\n    _describe -t commands command commands\n    _arguments";
  for (const OptionInfo& option : table.options)
    for (const std::string& flag : option.names) text += fmt::format(" '{}[{}]'", flag, quoted(option.help));
  text +=
      "\n    return\n  fi\n  local command=_ringtail_$words[2]\n  (( $+functions[$command] )) || return 1\n"
      "  shift words\n  (( CURRENT-- ))\n  $command\n}\n";
  return text + finish;
}

}  // namespace ringtail
