#include "traffic/transfers_csv.hpp"

#include <gtest/gtest.h>

#include <string>

#include "traffic/link_use.hpp"

namespace ringtail {
namespace {

const std::string header = "src,dst,bytes,start_s\n";

std::string errors(const std::string& text) { return read_transfers(text, "t.csv").errors; }

TEST(TransfersCsv, ReadsRowsAndKeepsTheirText) {
  const std::string text = "src, dst, bytes, start_s\r\n0,1,1e6,0\r\n 17 , 3 ,7168, 0.25 \r\n\r\n";
  const TransfersCsv csv = read_transfers(text, "t.csv");
  EXPECT_EQ(csv.errors, "");
  ASSERT_EQ(csv.transfers.size(), 2U);
  EXPECT_EQ(csv.transfers[1].src, 17);
  EXPECT_EQ(csv.transfers[1].dst, 3);
  EXPECT_EQ(csv.transfers[1].bytes, 7168);
  EXPECT_EQ(csv.transfers[1].start, 0.25);
  EXPECT_EQ(write_finishes(csv, {0.5, 1.25}),
            "src,dst,bytes,start_s,finish_s\n0,1,1e6,0,0.5\n 17 , 3 ,7168, 0.25 ,1.25\n");
}

TEST(TransfersCsv, NeedsAHeaderAndTransfers) {
  const std::string wanted = "t.csv:1: error: the first line must be the header src,dst,bytes,start_s";
  EXPECT_EQ(errors(""), wanted + "; it is empty\n");
  EXPECT_EQ(errors("\r\n"), wanted + "; it is empty\n");
  EXPECT_EQ(errors("0,1,1,0\n"), wanted + ", not '0,1,1,0'\n");
  EXPECT_EQ(errors("src,dst,start_s,bytes\n0,1,1,0\n"), wanted + ", not 'src,dst,start_s,bytes'\n");
  EXPECT_EQ(errors(header), "t.csv:1: error: there are no transfers after the header\n");
}

TEST(TransfersCsv, NamesEachMistakeWithItsLine) {
  EXPECT_EQ(errors(header + "0,0,1,0\n0,1,0,0\n0,1,-5,0\n0,1,inf,0\n0,1,nan,-1\n"),
            "t.csv:2: error: no route: src and dst are both GPU 0\n"
            "t.csv:3: error: bytes: '0' is out of range: it must be above 0 and at most 1e18\n"
            "t.csv:4: error: bytes: '-5' is out of range: it must be above 0 and at most 1e18\n"
            "t.csv:5: error: bytes: 'inf' is out of range: it must be above 0 and at most 1e18\n"
            "t.csv:6: error: bytes: 'nan' is out of range: it must be above 0 and at most 1e18\n"
            "t.csv:6: error: start_s: '-1' is out of range: it must be from 0 to 1e6\n");
  EXPECT_EQ(errors(header + "0,1,1\n0,1,1,0,9\n\n0,1,1,0\n"),
            "t.csv:2: error: 3 columns instead of 4: src,dst,bytes,start_s\n"
            "t.csv:3: error: 5 columns instead of 4: src,dst,bytes,start_s\n"
            "t.csv:4: error: an empty line\n");
  EXPECT_EQ(errors(header + "a,-1,1x,\n1.5,99999999999,1e400,1e7\n"),
            "t.csv:2: error: src: 'a' is not the number of a GPU\n"
            "t.csv:2: error: dst: GPU -1 is out of range: it must be from 0 to 65535\n"
            "t.csv:2: error: bytes: '1x' is not a number\n"
            "t.csv:2: error: start_s: '' is not a number\n"
            "t.csv:3: error: src: '1.5' is not the number of a GPU\n"
            "t.csv:3: error: dst: '99999999999' is not the number of a GPU\n"
            "t.csv:3: error: bytes: '1e400' is not a number\n"
            "t.csv:3: error: start_s: '1e7' is out of range: it must be from 0 to 1e6\n");
}

TEST(TransfersCsv, ShowsTwentyMistakesAndNoControlCharacters) {
  std::string text = header;
  for (int i = 0; i < 25; ++i) text += "\x1b[31m,1,1,0\n";
  const std::string shown = errors(text);
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_NE(shown.find("t.csv:21: "), std::string::npos);
  EXPECT_EQ(shown.find("t.csv:22: "), std::string::npos);
  EXPECT_NE(shown.find("and 5 more errors\n"), std::string::npos);
}

TEST(TransfersCsv, KnowsTheGpusThereAre) {
  const std::string text = header + "0,1,1,0\n8,1,6e11,0\n";
  const TransfersCsv csv = read_transfers(text, "t.csv");
  EXPECT_EQ(check_transfers(csv, "t.csv", 9, NetworkSolver::fluid), "");
  EXPECT_EQ(check_transfers(csv, "t.csv", 8, NetworkSolver::fluid),
            "t.csv:3: error: src: there is no GPU 8: they are numbered from 0 to 7\n");
  EXPECT_EQ(check_transfers(csv, "t.csv", 9, NetworkSolver::simgrid),
            "t.csv:3: error: bytes: with --solver simgrid a transfer can have at most 5e11\n");
}

TEST(Summary, CountsBytesAndBusyTimeOfEachLink) {
  // 100 B/s ports, latency 1 s. 0 -> 1: 100 bytes from 0 on, in [1, 2]; twice 0 -> 2: 50 bytes in [1.5, 2.5] and
  // [5, 5.5].
  Platform platform;
  platform.island = {4, 100, 1.0, 1.0};
  platform.fabric.bandwidth = 1;
  const TrafficSummary summary =
      summarise({{0, 1, 100, 0}, {0, 2, 50, 0.5}, {0, 2, 50, 4}}, {2, 2.5, 5.5}, platform, 4);
  EXPECT_DOUBLE_EQ(summary.makespan, 5.5);
  EXPECT_DOUBLE_EQ(summary.bytes, 200);
  ASSERT_EQ(summary.links.size(), 3U);
  EXPECT_EQ(summary.links[0].name, "gpu0.nvlink.out");
  EXPECT_DOUBLE_EQ(summary.links[0].bytes, 200);
  EXPECT_DOUBLE_EQ(summary.links[0].busy, 2.0);  // [1, 2.5] and [5, 5.5].
  EXPECT_DOUBLE_EQ(summary.links[0].load, 2 / 5.5);
  EXPECT_EQ(summary.links[1].name, "gpu1.nvlink.in");  // As loaded as gpu2's, and before it by name.
  EXPECT_DOUBLE_EQ(summary.links[1].busy, 1.0);
  EXPECT_EQ(summary.links[2].name, "gpu2.nvlink.in");
  EXPECT_DOUBLE_EQ(summary.links[2].busy, 1.5);
}

}  // namespace
}  // namespace ringtail
