#include "results/table.hpp"

#include <gtest/gtest.h>

namespace ringtail {
namespace {

const TableRows rows = {{"a", "±"}, {"b,\"c\"", "10|2"}};

// Columns of 5 and 4 characters, 2 apart; "±" is two bytes and one character wide.
TEST(Table, Text) { EXPECT_EQ(table_text(rows), "a         ±\nb,\"c\"  10|2\n"); }

TEST(Table, CsvQuotes) { EXPECT_EQ(table_csv(rows), "a,±\n\"b,\"\"c\"\"\",10|2\n"); }

TEST(Table, MarkdownEscapesBars) {
  EXPECT_EQ(table_markdown(rows), "| a | ± |\n| --- | ---: |\n| b,\"c\" | 10\\|2 |\n");
}

}  // namespace
}  // namespace ringtail
