#include "decode/request_trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ringtail {
namespace {

using testing::HasSubstr;

/// "10+3 20+1", or the error.
std::string read(std::string_view text, const std::string& input = "", const std::string& output = "") {
  const RequestTraceText trace = read_request_trace(text, input, output);
  std::string result;
  for (const Request& request : trace.requests)
    result += std::to_string(request.input) + "+" + std::to_string(request.output) + " ";
  return trace.error.empty() ? result : trace.error;
}

TEST(RequestTrace, FindsTheColumnsOfPublishedTraces) {
  EXPECT_EQ(read("TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n"), "374+44 ");
  EXPECT_EQ(read("timestamp,input_length,output_length,hash_ids\n27482,6955,52,\"46, 47\"\n"), "6955+52 ");
  EXPECT_EQ(read("Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18,490,x\n"),
            "472+18 ");
  EXPECT_EQ(read("num_prefill_tokens,num_decode_tokens,pd_ratio\n100,7,14.28\n"), "100+7 ");
  EXPECT_EQ(read("output_tokens , input_tokens\r\n 7 ,9\r\n"), "9+7 ");
}

TEST(RequestTrace, ReadsColumnsByName) {
  EXPECT_EQ(read("in,out,input_length,output_length\n1,2,3,4\n", "in", "out"), "1+2 ");
  EXPECT_EQ(read("a,b\n1,2\n", "a", "c"), "line 1: the header has no column 'c'");
  EXPECT_EQ(read("a,b,b\n1,2,3\n", "a", "b"), "line 1: the header has the column 'b' twice");
  EXPECT_THAT(read("a,b\n1,2\n"), HasSubstr("none of the known pairs of columns: ContextTokens and GeneratedTokens"));
}

TEST(RequestTrace, LeavesOutWhatNeverDecodes) {
  EXPECT_EQ(read("\xEF\xBB\xBFinput_length,output_length\n# a comment\n\n5,0\n6,1\n"), "6+1 ");
  EXPECT_EQ(read("input_length,output_length\n5,0\n"), "no request has any output, so none is ever decoded");
  EXPECT_EQ(read("input_length,output_length\n"), "it has no requests");
  EXPECT_EQ(read(""), "it has no header");
  EXPECT_EQ(read("\n# nothing\n"), "it has no header");
}

TEST(RequestTrace, SaysWhichLineIsWrong) {
  const std::string header = "input_length,output_length\n1,1\n";
  const auto bad = [](std::string_view cell) {
    return "input_length: '" + std::string(cell) +
           "' is not a number of tokens: it must be a whole number from 1 to 1073741824";
  };
  for (const std::string cell : {"", "NaN", "inf", "1.5", "1e3", "-4", "0", "12q", "1073741825", "99999999999"})
    EXPECT_EQ(read(header + cell + ",1\n"), "line 3: " + bad(cell)) << cell;
  EXPECT_THAT(read(header + "1,-1\n"), HasSubstr("line 3: output_length: '-1' is not a number of tokens"));
  EXPECT_EQ(read(header + "1\n"), "line 3: 1 columns, but the header has 2");
  EXPECT_EQ(read(header + "1,2,3\n"), "line 3: 3 columns, but the header has 2");
  EXPECT_EQ(read(header + "\"1,2\n"), "line 3: a quote is not closed");
  EXPECT_EQ(read(header + "1073741824,1\n"), "line 3: 1073741824 and 1 tokens are more than 1073741824 together");
}

}  // namespace
}  // namespace ringtail
