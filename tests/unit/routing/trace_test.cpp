// Traces: read from small files made by hand, replayed, resampled.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <numeric>

#include "routing/expert_sampler.hpp"
#include "routing/routing_trace.hpp"
#include "routing/sampling_error.hpp"
#include "routing/token_index.hpp"
#include "routing/trace_reader.hpp"

namespace ringtail {
namespace {

using Sequences = std::vector<std::vector<std::uint16_t>>;
using testing::HasSubstr;

// Two sequences, two layers (numbered 3 and 5), two experts per token, rows in no order.
constexpr const char* choices =
    "# comment\n"
    "request,token,layer,expert\n"
    "b,0,3,1\nb,0,3,2\nb,0,5,0\nb,0,5,7\n"
    "a,11,5,4\na,11,3,2\na,11,3,1\na,11,5,3\n"
    "a,10,3,0\na,10,3,5\na,10,5,6\na,10,5,1\n";

TEST(Trace, ReadsARowPerChoice) {
  const TraceRead read = read_trace_csv(choices, 0);
  ASSERT_EQ(read.error, "");
  EXPECT_EQ(read.trace.layers, 2);
  EXPECT_EQ(read.trace.experts_per_token, 2);
  EXPECT_EQ(read.trace.experts, 8);
  EXPECT_EQ(read.trace.names, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(read.trace.sequences, (Sequences{{1, 2, 0, 7}, {0, 5, 6, 1, 2, 1, 4, 3}}));
}

// 4 choices are one layer of 4, two of 2 or four of 1; ABAC has A twice, so that 4 is not possible, and 2 is.
TEST(Trace, ReadsRoutes) {
  const TraceRead read = read_trace_csv("task,seq,token,route\nx,0,0,AB/+\nx,0,1,ABAC\ny,0,0,ab09\n", 0);
  ASSERT_EQ(read.error, "");
  EXPECT_EQ(read.trace.layers, 2);
  EXPECT_EQ(read.trace.experts_per_token, 2);
  EXPECT_EQ(read.trace.names, (std::vector<std::string>{"x/0", "y/0"}));
  EXPECT_EQ(read.trace.sequences, (Sequences{{0, 1, 63, 62, 0, 1, 0, 2}, {26, 27, 52, 61}}));
  EXPECT_EQ(read_trace_csv("token,route\n0,ABCD\n", 0).trace.experts_per_token, 4);
  EXPECT_EQ(read_trace_csv("token,route\n0,ABCD\n", 1).trace.layers, 4);
}

TEST(Trace, SaysWhatIsWrongWithCsv) {
  const auto error = [](const std::string& text, int k = 0) { return read_trace_csv(text, k).error; };
  EXPECT_THAT(error("sequence,layer,expert\n"), HasSubstr("line 1: the header must have columns token"));
  EXPECT_THAT(error(""), HasSubstr("no header"));
  EXPECT_THAT(error("token,layer,expert\n"), HasSubstr("no rows"));
  EXPECT_THAT(error("token,layer,expert\n0,0\n"), HasSubstr("line 2: 2 values"));
  EXPECT_THAT(error("token,layer,expert\n0,0,-1\n"), HasSubstr("line 2: '-1' is not the number of an expert"));
  EXPECT_THAT(error("token,layer,expert\n0,0,1\n0,0,1\n"), HasSubstr("line 3: the token has expert 1 twice"));
  EXPECT_THAT(error("token,layer,expert\n0,0,1\n2,0,1\n"), HasSubstr("token 1 is missing"));
  EXPECT_THAT(error("token,layer,expert\n0,0,1\n1,0,1\n1,0,2\n"), HasSubstr("token 1 has 2 experts"));
  EXPECT_THAT(error("token,layer,expert\n0,0,1\n1,0,1\n1,1,2\n"), HasSubstr("token 1 has 2 layers"));
  EXPECT_THAT(error("token,route\n0,A_\n"), HasSubstr("line 2: '_' is not a character"));
  EXPECT_THAT(error("token,route\n0,AB\n0,AB\n"), HasSubstr("line 3: the token is there twice"));
  EXPECT_THAT(error("token,route\n0,AB\n", 4), HasSubstr("not layers of 4 experts per token"));
  EXPECT_THAT(error("token,route\n0,AA\n", 2), HasSubstr("an expert twice"));
}

/// An array in the format of numpy.lib.format, version 1: its header padded with spaces to a multiple of 64 bytes.
std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                const std::string& order = "False") {
  std::string header = "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size() % 256) +
         static_cast<char>(header.size() / 256) + header + data;
}

std::string int32s(const std::vector<int>& values) {
  std::string data;
  for (const int value : values) data += {static_cast<char>(value % 256), static_cast<char>(value / 256), 0, 0};
  return data;
}

// Layer 0 is dense, all zeros; of layer 1 token 0 has experts 0 and 300, token 1 2 and 1.
TEST(Trace, ReadsNumpyArrays) {
  const std::string a = npy("<i4", "(2, 2, 2)", int32s({0, 0, 0, 300, 0, 0, 2, 1}));
  const std::string b = npy("|u1", "(1, 2, 2)", std::string("\0\0\5\0", 4));
  const TraceRead read = read_trace_npy({{"a", a}, {"b", b}});
  ASSERT_EQ(read.error, "");
  EXPECT_EQ(read.trace.layers, 1);
  EXPECT_EQ(read.trace.experts_per_token, 2);
  EXPECT_EQ(read.trace.experts, 301);
  EXPECT_EQ(read.trace.sequences, (Sequences{{0, 300, 2, 1}, {5, 0}}));
}

TEST(Trace, SaysWhatIsWrongWithNumpyArrays) {
  const auto error = [](const std::string& bytes) { return read_trace_npy({{"x", bytes}}).error; };
  EXPECT_THAT(error("hello"), HasSubstr("x: it is not in the .npy format"));
  EXPECT_THAT(error(npy("<f4", "(1, 1, 1)", "abcd")), HasSubstr("'<f4' is not a little-endian integer"));
  EXPECT_THAT(error(npy("<i4", "(1, 1)", "abcd")), HasSubstr("shape is not"));
  EXPECT_THAT(error(npy("<i4", "(1, 1, 1)", "abcd", "True")), HasSubstr("C order"));
  EXPECT_THAT(error(npy("<i4", "(2, 1, 1)", "abcd")), HasSubstr("4 bytes of data"));
  EXPECT_THAT(error(npy("<i4", "(1, 1, 1)", "\xff\xff\xff\xff")), HasSubstr("not from 0 to 65535"));
  EXPECT_THAT(error(npy("<i4", "(1, 1, 2)", int32s({3, 3}))), HasSubstr("an expert twice"));
  EXPECT_THAT(error(npy("<i4", "(1, 1, 2)", int32s({0, 0}))), HasSubstr("no token chose an expert"));
  const std::string whole = npy("<i4", "(1, 1, 1)", "abcd");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_NE(error(whole.substr(0, size)), "") << size;
}

// One layer, one choice: sequences 7 7 1 2, 7 7 3, 7 7 1 4 and 5. All of the first three begin with 7 7; the first and
// third have 7 7 1 in common. 3 + 2 + 3 tokens go.
TEST(Trace, DropsCommonPrefixes) {
  const RoutingTrace trace = {1, 1, 8, {"a", "b", "c", "d"}, {{7, 7, 1, 2}, {7, 7, 3}, {7, 7, 1, 4}, {5}}};
  std::size_t dropped = 0;
  const RoutingTrace rest = without_common_prefixes(trace, dropped);
  EXPECT_EQ(dropped, 8U);
  EXPECT_EQ(rest.sequences, (Sequences{{2}, {3}, {4}, {5}}));
  const RoutingTrace twice = {1, 1, 8, {"a", "b"}, {{1, 2}, {1, 2}}};
  EXPECT_TRUE(without_common_prefixes(twice, dropped).sequences.empty());
}

Routing replay(const RoutingTrace& trace, bool bootstrap) {
  Routing routing;
  routing.trace = TraceFile{"", bootstrap, std::make_shared<const RoutingTrace>(trace)};
  return routing;
}

RoutingTrace three_sequences() { return {2, 1, 8, {"a", "b", "c"}, {{0, 1, 2, 3, 4, 5}, {6, 7}, {3, 0, 5, 0}}}; }

// In order, sequence and step are those of the trace: exactly, and from the start again behind its end.
TEST(Trace, IsReplayedExactly) {
  const RoutingTrace trace = three_sequences();
  const ExpertSampler sampler({2, 8, 1}, replay(trace, false), 1, 5);
  for (std::uint32_t s = 0; s < 6; ++s) {
    const std::size_t at = s % 3;
    for (int step = 0; step < 5; ++step) {
      for (int layer = 0; layer < 2; ++layer) {
        std::vector<std::uint16_t> out(1);
        sampler.draw(layer, token_index(step, 0), std::vector{s}, out);
        EXPECT_EQ(out[0], trace.chosen(at, static_cast<std::size_t>(step) % trace.tokens(at), layer)[0]);
      }
    }
  }
}

// The bootstrap draws a token's choices in all layers together, goes on within a sequence, and in each step has any
// token of the trace with equal probability: at the start by construction, later since it starts stationary.
TEST(Trace, BootstrapKeepsFrequencies) {
  constexpr std::uint32_t n = 60'000;
  const RoutingTrace trace = three_sequences();
  const ExpertSampler sampler({2, 8, 1}, replay(trace, true), 1, 5);
  std::vector<std::uint32_t> ids(n);
  std::iota(ids.begin(), ids.end(), 0U);
  for (const int step : {0, 1, 7, 30}) {
    std::vector<std::uint16_t> first(n), second(n), next(n);
    sampler.draw(0, token_index(step, 0), ids, first);
    sampler.draw(1, token_index(step, 0), ids, second);
    sampler.draw(0, token_index(step + 1, 0), ids, next);
    std::map<std::pair<int, int>, int> tokens;
    for (std::size_t i = 0; i < n; ++i) {
      ++tokens[{first[i], second[i]}];
      if (first[i] == 0 && second[i] == 1) {
        EXPECT_EQ(next[i], 2);  // sequence a goes on
      }
    }
    EXPECT_EQ(tokens.size(), 6U);
    for (const auto& [token, count] : tokens)
      EXPECT_NEAR(count, n / 6.0, sampling_error(n * (1 / 6.0) * (5 / 6.0), 1e-9)) << step;
  }
  const std::vector<double> inclusion = sampler.inclusion(0);  // layer 0 has 0, 2, 4, 6, 3, 5
  EXPECT_NEAR(inclusion[2], 1 / 6.0, 1e-12);
  EXPECT_EQ(inclusion[1], 0);
}

TEST(Trace, OtherReplicationsResampleAnew) {
  std::vector<std::uint32_t> ids(50);
  std::iota(ids.begin(), ids.end(), 0U);
  std::vector<std::uint16_t> a(50), b(50);
  ExpertSampler({2, 8, 1}, replay(three_sequences(), true), 1, 0).draw(0, 3, ids, a);
  ExpertSampler({2, 8, 1}, replay(three_sequences(), true), 1, 1).draw(0, 3, ids, b);
  EXPECT_NE(a, b);
}

TEST(Trace, OfAnotherShapeIsRefused) {
  EXPECT_THROW(ExpertSampler({1, 8, 1}, replay(three_sequences(), true), 1, 0), std::invalid_argument);
  EXPECT_THROW(ExpertSampler({2, 8, 2}, replay(three_sequences(), true), 1, 0), std::invalid_argument);
  EXPECT_THROW(ExpertSampler({2, 7, 1}, replay(three_sequences(), true), 1, 0), std::invalid_argument);
}

}  // namespace
}  // namespace ringtail
