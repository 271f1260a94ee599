#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/command_table.hpp"
#include "cli/exit_codes.hpp"
#include "results/version.hpp"

namespace ringtail {
namespace {

/// Text for roff: backslashes and hyphens as themselves, and no line that looks like a request.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if (c == '\n')
      result += "\n.br\n";
    else
      result += c;
  }
  return result.starts_with('.') || result.starts_with('\'') ? "\\&" + result : result;
}

std::string bold(const std::string& text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + escaped(text) + "\\fR"; }

/// The words that a value can be, unless its help names them already.
std::string choices(const ValueInfo& value, const std::string& help) {
  const auto is_named = [&](const std::string& word) {
    return (help + value.placeholder).find(word) != std::string::npos;
  };
  if (std::all_of(value.words.begin(), value.words.end(), is_named)) return {};
  return fmt::format(": {}", fmt::join(value.words, ", "));
}

std::string item(const std::string& tag, const ValueInfo& value, const std::string& help) {
  return fmt::format(".TP\n{}\n{}\n", tag, escaped(help + choices(value, help)));
}

std::string item(const OptionInfo& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.names) names.push_back(bold(name));
  const std::string value = option.value.placeholder.empty() ? "" : " " + italic(option.value.placeholder);
  return item(fmt::format("{}{}", fmt::join(names, ", "), value), option.value, option.help);
}

std::string usage(const CommandInfo& command) {
  std::string result = bold("ringtail " + command.name) + " [options]";
  for (const ArgumentInfo& argument : command.arguments) {
    const std::string name = italic(argument.name) + (argument.value.is_repeatable ? " ..." : "");
    result += argument.value.is_required ? " " + name : " [" + name + "]";
  }
  return result;
}

std::string section(const CommandInfo& command) {
  std::string result =
      fmt::format(".SS \"{}\"\n{}\n.PP\n{}.\n", escaped(command.name), usage(command), escaped(command.help));
  for (const ArgumentInfo& argument : command.arguments)
    result += item(italic(argument.name), argument.value, argument.help);
  for (const OptionInfo& option : command.options)
    if (option.names.front() != "-h") result += item(option);
  return result;
}

/// What the tables do not say.
constexpr const char* after_commands = R"(.SH ENVIRONMENT
.TP
.B RINGTAIL_DATA
The folder with
.I platforms
and
.IR workloads ,
in place of the one that came with
.BR ringtail .
.TP
.B RINGTAIL_D3
The file d3.min.js, of version 5, that reports are made with.
.TP
.BR NO_COLOR ", " TERM ", " COLUMNS
Whether and how text is coloured, and how wide it is, where stdout is a terminal.
.SH FILES
.TP
.I ../share/ringtail
Seen from the folder of the executable: platforms, models, runtimes, deployments and studies.
.SH EXAMPLES
Write a deployment, look whether it fits, simulate it, and set the closed form beside it:
.PP
.nf
ringtail init \-\-model deepseek\-v3 \-\-platform h100\-sxm \-\-gpus 64 \-o my.yaml
ringtail check my.yaml
ringtail simulate my.yaml \-\-set decode.context=128k
ringtail compare my.yaml
.fi
.SH SEE ALSO
Every key of a deployment:
.BR "ringtail schema deployment \-\-format text" .
The pages of documentation are in
.IR ../share/doc/ringtail ,
seen from the folder of the executable.
)";

}  // namespace

std::string man_page(const CommandTable& table) {
  std::string text = fmt::format(
      ".\\\" Made by `ringtail man`.\n.TH RINGTAIL 1 \"\" \"ringtail {}\" \"User Commands\"\n.SH NAME\n"
      "ringtail \\- discrete\\-event simulator of LLM decoding on GPU clusters\n.SH SYNOPSIS\n",
      version);
  for (const CommandInfo& command : table.commands) text += usage(command) + "\n.br\n";
  text += fmt::format(".SH DESCRIPTION\n{}.\nResults go to stdout, everything else to stderr.\n.SH OPTIONS\n",
                      escaped(table.description));
  for (const OptionInfo& option : table.options) text += item(option);
  text += ".SH COMMANDS\n";
  for (const CommandInfo& command : table.commands) text += section(command);
  return text + fmt::format(".SH \"EXIT STATUS\"\n{}\n", escaped(exit_codes_text())) + after_commands;
}

}  // namespace ringtail
