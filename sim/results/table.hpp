#pragma once

#include <string>
#include <vector>

namespace ringtail {

/// Cells of text, equally many in each row; the first row is the header.
using TableRows = std::vector<std::vector<std::string>>;

/// In columns two spaces apart: the first column to the left, the others to the right.
[[nodiscard]] std::string table_text(const TableRows& rows);

/// As CSV (RFC 4180, lines ending in a line feed): cells with a comma, quote or line feed are quoted.
[[nodiscard]] std::string table_csv(const TableRows& rows);

/// As a GitHub-flavoured Markdown table: the first column to the left, the others to the right.
[[nodiscard]] std::string table_markdown(const TableRows& rows);

}  // namespace ringtail
