#include "network/step_kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

namespace ringtail::testing {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// The rows of one egress port, with random bytes left and limits; some columns have no flow.
struct Rows {
  static constexpr std::size_t width = 80;

  explicit Rows(unsigned seed) : limit(width), moved(width), above(width), most(width), flows(width), bytes(width) {
    std::mt19937 random(seed);
    std::exponential_distribution<float> size(1e-4F);
    for (float& l : limit) l = size(random);
    limit[7] = infinity;
    for (const std::size_t columns : {width, std::size_t{16}, std::size_t{48}}) {
      left.emplace_back(width, std::numeric_limits<float>::quiet_NaN());  // What is beyond a row must not matter.
      next.emplace_back(width);
      std::generate_n(left.back().begin(), columns, [&] { return random() % 3 == 0 ? 0 : size(random); });
      StepRow row;
      row.width = columns;
      rows.push_back(row);
    }
    rest.resize(rows.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      rows[r].left = left[r].data();
      rows[r].next = next[r].data();
      rows[r].rest = &rest[r];
      rows[r].columns = {flows.data(), bytes.data()};
      rows[r].limit = limit.data();
      rows[r].passed = {moved.data(), above.data(), most.data()};
    }
  }

  std::vector<std::vector<float>> left;
  std::vector<std::vector<float>> next;
  std::vector<Left> rest;
  Floats limit;
  Floats moved;
  Floats above;
  Floats most;
  Floats flows;
  Floats bytes;
  std::vector<StepRow> rows;
};

double sum_at(const Rows& r, float level) {
  double sum = 0;
  for (const StepRow& row : r.rows)
    for (std::size_t j = 0; j < row.width; ++j) sum += std::min({row.left[j], row.limit[j], level});
  return sum;
}

/// The one egress port of `Rows`.
struct Egress {
  float level = 1;
  float budget = 0;
  float flows = 100;
  float moved = 0;

  [[nodiscard]] kernels::Ports ports() { return {&level, &budget, &flows, &moved}; }
};

Egress with_part_of_all(const Rows& r, double part) {
  Egress egress;
  egress.budget = static_cast<float>(part * sum_at(r, infinity));
  return egress;
}

double sum_of(const Floats& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// What a level is: the sum over flows of min(left, limit, level) is the port's budget, to the 1 % that is enough.
TEST(RowKernels, FillTheBudget) {
  for (const kernels::RowKernels& kernels : kernels::row_kernels()) {
    Rows r(1);
    Egress egress = with_part_of_all(r, 0.5);
    EXPECT_TRUE(kernels.fill_rows(r.rows.data(), r.rows.size(), egress.ports()));
    EXPECT_NEAR(sum_at(r, egress.level) / static_cast<double>(egress.budget), 1, 0.01);
    EXPECT_NEAR(sum_of(r.moved) / sum_at(r, egress.level), 1, 1e-5);
  }
}

// A port that can move all that its rows' other limits let through stays slack. One that was slack and cannot says so,
// has let all through for now, and begins the next pass with an equal share, from which its level is found.
TEST(RowKernels, FindASlackPortOverfull) {
  for (const kernels::RowKernels& kernels : kernels::row_kernels()) {
    for (const double part : {1.1, 0.5}) {
      Rows r(1);
      Egress egress = with_part_of_all(r, part);
      egress.level = infinity;
      EXPECT_EQ(kernels.fill_rows(r.rows.data(), r.rows.size(), egress.ports()), part > 1);
      EXPECT_NEAR(sum_of(r.moved) / sum_at(r, infinity), 1, 1e-5);
      EXPECT_EQ(egress.level, part > 1 ? infinity : egress.budget / egress.flows);
      EXPECT_TRUE(kernels.fill_rows(r.rows.data(), r.rows.size(), egress.ports()));
      EXPECT_NEAR(sum_at(r, egress.level) / std::min(static_cast<double>(egress.budget), sum_at(r, infinity)), 1, 0.01);
    }
  }
}

// A flow of 10 bytes that moves 4 has 6 left: 1.5 steps more; one that has moved all has none, and the row's is the
// slowest.
TEST(RowKernels, CountWhatIsLeft) {
  for (const kernels::RowKernels& kernels : kernels::row_kernels()) {
    Rows r(1);
    std::fill(r.left[1].begin(), r.left[1].end(), 0.0F);
    std::fill(r.limit.begin(), r.limit.end(), 100.0F);
    r.left[1][0] = 10;
    r.left[1][3] = 3;
    r.left[1][15] = 6;
    r.limit[15] = 2;
    Egress egress;
    egress.level = 4;
    kernels.move_rows(&r.rows[1], 1, egress.ports());
    EXPECT_EQ(egress.moved, 4 + 3 + 2);
    EXPECT_EQ(r.rest[1].flows, 2);
    EXPECT_EQ(r.rest[1].bytes, 6 + 4);
    EXPECT_EQ(r.rest[1].slowest, 2);  // Of column 15: 4 / 2.
    EXPECT_EQ(r.flows[3], 0);
    EXPECT_EQ(r.bytes[0], 6);
  }
}

/// The rows after a pass and a move.
Rows pass_and_move(const kernels::RowKernels& kernels, unsigned seed, bool is_slack, Egress& egress) {
  Rows r(seed);
  egress = with_part_of_all(r, is_slack ? 2 : 0.5);
  if (is_slack) egress.level = infinity;
  kernels.fill_rows(r.rows.data(), r.rows.size(), egress.ports());
  kernels.move_rows(r.rows.data(), r.rows.size(), egress.ports());
  return r;
}

// The same bits on every machine: what any registers give is what those of all x86-64 give.
TEST(RowKernels, GiveTheSameBits) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    for (const bool is_slack : {false, true}) {
      Egress baseline;
      const Rows expected = pass_and_move(kernels::row_kernels().front(), seed, is_slack, baseline);
      for (const kernels::RowKernels& kernels : kernels::row_kernels().subspan(1)) {
        Egress egress;
        const Rows r = pass_and_move(kernels, seed, is_slack, egress);
        EXPECT_EQ(egress.level, baseline.level);
        EXPECT_EQ(egress.moved, baseline.moved);
        for (const auto& [a, b] : {std::pair(&r.moved, &expected.moved), std::pair(&r.above, &expected.above),
                                   std::pair(&r.most, &expected.most), std::pair(&r.flows, &expected.flows),
                                   std::pair(&r.bytes, &expected.bytes)})
          EXPECT_EQ(*a, *b);
        EXPECT_EQ(r.next, expected.next);
        for (std::size_t i = 0; i < r.rest.size(); ++i) {
          EXPECT_EQ(r.rest[i].bytes, expected.rest[i].bytes);
          EXPECT_EQ(r.rest[i].slowest, expected.rest[i].slowest);
        }
      }
    }
  }
}

}  // namespace
}  // namespace ringtail::testing
