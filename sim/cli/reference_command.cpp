#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/command_table.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/file_types.hpp"
#include "config/key_markdown.hpp"
#include "results/result_keys.hpp"
#include "study/exports.hpp"

namespace ringtail {
namespace {

struct YamlFile {
  const char* type;
  const char* about;
};

constexpr YamlFile yaml_files[] = {
    {"deployment",
     "Everything needed to simulate; keys below `model` and `platform` are those of their files. Pages: "
     "[overlap](overlap.md), "
     "[routing](routing.md), [correlation](correlation.md), [collectives](collectives.md), [sequence "
     "lengths](sequence-lengths.md), "
     "[statistics](statistics.md), [effects](ladder.md#effects)."},
    {"model", "See [models](models.md)."},
    {"platform", "See [platforms](platforms.md) and [topologies](topologies.md)."},
    {"runtime", "A profile for `runtime: NAME`: parts of a deployment. See [runtimes](runtimes.md)."},
    {"study", "Many deployments for `sweep`. See [studies](studies.md)."},
};

struct ColumnMeaning {
  std::string key;
  std::string meaning;
};

/// What the key of the result that a column copies says; values of the deployment are explained among its keys.
ColumnMeaning meaning_of(const ExportColumn& column) {
  constexpr std::string_view of_whole = "/../";
  constexpr std::string_view of_deployment = "provenance.deployment.";
  std::string key(column.pointer.substr(column.pointer.starts_with(of_whole) ? of_whole.size() : 1));
  std::replace(key.begin(), key.end(), '/', '.');
  if (key.starts_with(of_deployment)) return {key, "The deployment's `" + key.substr(of_deployment.size()) + "`"};
  const ResultKey* found = find_result_key(key);
  if (!found) found = find_result_key("per_replication." + key);
  return found ? ColumnMeaning{std::string(found->key), std::string(found->meaning)} : ColumnMeaning{key, {}};
}

std::string columns_markdown() {
  std::string text = "| column | key of results | meaning |\n| --- | --- | --- |\n";
  for (const ExportColumn& column : export_columns()) {
    const auto [key, meaning] = meaning_of(column);
    text += fmt::format("| `{}` | `{}` | {} |\n", column.name, key, in_cell(meaning));
  }
  return text;
}

/// "`-o,--output FILE`"
std::string option_cell(const OptionInfo& option) {
  const std::string& placeholder = option.value.placeholder;
  return in_cell(fmt::format("{}{}{}", fmt::join(option.names, ","), placeholder.empty() ? "" : " ", placeholder));
}

std::string commands_markdown(const CommandTable& table) {
  std::string text;
  const auto row = [](const std::string& name, const ValueInfo& value, const std::string& help) {
    return fmt::format("| `{}` | {}{} |\n", name, in_cell(help), value.is_required ? " (required)" : "");
  };
  for (const CommandInfo& command : table.commands) {
    text += fmt::format("### {}\n\n{}.\n\n", command.name, command.help);
    std::string rows;
    for (const ArgumentInfo& argument : command.arguments) rows += row(argument.name, argument.value, argument.help);
    for (const OptionInfo& option : command.options)
      if (option.names.back() != "--help") rows += row(option_cell(option), option.value, option.help);
    if (!rows.empty()) text += "| argument | meaning |\n| --- | --- |\n" + rows + "\n";
  }
  return text;
}

std::string exit_codes_markdown() {
  std::string text = "| code | meaning |\n| --- | --- |\n";
  for (const auto& [code, meaning] : exit_codes) text += fmt::format("| {} | {} |\n", static_cast<int>(code), meaning);
  return text;
}

}  // namespace

ExitCode run_reference(const CommandLine& /*line*/) {
  std::string text =
      "# Reference\n\nWritten by `ringtail reference` from the tables with which YAML and the command line are read "
      "and results written; a test compares it.\n"
      "Terms are those of [design, Words](design.md#words).\n\n"
      "- [Commands](#commands)\n- [Exit codes](#exit-codes)\n";
  for (const auto& [type, about] : yaml_files) text += fmt::format("- [Keys of a {0}](#keys-of-a-{0})\n", type);
  text +=
      "- [Keys of results](#keys-of-results)\n- [Columns of results.csv](#columns-of-resultscsv)\n\n## Commands\n\n";
  text += commands_markdown(command_table()) + "## Exit codes\n\n" + exit_codes_markdown();
  for (const auto& [type, about] : yaml_files)
    text += fmt::format("\n## Keys of a {}\n\n{}\n\n{}", type, about, key_markdown(file_type(type)));
  text +=
      "\n## Keys of results\n\nOf `simulate --format json`: [results](results.md). `ringtail simulate --explain KEY` "
      "prints a row and what is below it.\n\n" +
      result_keys_markdown();
  text +=
      "\n## Columns of results.csv\n\nOf a study ([studies](studies.md#results)), after its axes, `point`, `outcome`, "
      "`reason` and `replication`: one row per replication.\n\n" +
      columns_markdown();
  return write_result(text, ExitCode::ok);
}

}  // namespace ringtail
