#pragma once

#include <string>
#include <vector>

namespace ringtail {

/// What an option or an argument takes, as --help shows it.
struct ValueInfo {
  std::string placeholder;         ///< N, FILE, text|json and the like; empty for a flag.
  std::vector<std::string> words;  ///< The only values, if there are such.
  bool is_required = false;
  bool is_repeatable = false;

  /// FILE, FILE.json, DIR: completed with names of files.
  [[nodiscard]] bool is_file() const { return placeholder.starts_with("FILE") || placeholder == "DIR"; }
};

struct OptionInfo {
  std::vector<std::string> names;  ///< -j, --jobs.
  ValueInfo value;
  std::string help;
};

/// An argument without a dash.
struct ArgumentInfo {
  std::string name;
  ValueInfo value;
  std::string help;
};

/// A command, or one of a command: "routing fit".
struct CommandInfo {
  std::string name;
  std::string help;
  std::vector<ArgumentInfo> arguments;
  std::vector<OptionInfo> options;
};

/// The command line as --help shows it.
struct CommandTable {
  std::string description;
  std::vector<OptionInfo> options;    ///< Without a command.
  std::vector<CommandInfo> commands;  ///< In the order of --help; a command's own commands after it.
};

[[nodiscard]] CommandTable command_table();

/// The manual page ringtail(1), for man and groff.
[[nodiscard]] std::string man_page(const CommandTable& table);

/// What makes the shell complete commands, options and their values; for files named by the shells' customs: `ringtail`
/// for bash, `_ringtail` for zsh.
[[nodiscard]] std::string bash_completion(const CommandTable& table);
[[nodiscard]] std::string zsh_completion(const CommandTable& table);

}  // namespace ringtail
