#include "config/unit.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace ringtail {
namespace {

double value(const std::string& text, const UnitKind& kind) {
  const auto parsed = parse_quantity(text, kind);
  if (const auto* mistake = std::get_if<Mistake>(&parsed)) ADD_FAILURE() << text << " " << mistake->message;
  return std::holds_alternative<double>(parsed) ? std::get<double>(parsed) : std::nan("");
}

std::string mistake(const std::string& text, const UnitKind& kind) {
  const auto parsed = parse_quantity(text, kind);
  const auto* found = std::get_if<Mistake>(&parsed);
  return found ? found->message + " | " + found->help : "none";
}

// A literal such as 5e-6 is the double nearest to the decimal number; 5 * 1e-6 is not always. Equality is exact.
TEST(Quantity, IsTheNearestDouble) {
  EXPECT_EQ(value("5us", unit::time()), 5e-6);
  EXPECT_EQ(value("1.5 ms", unit::time()), 1.5e-3);
  EXPECT_EQ(value("2 s", unit::time()), 2.0);
  EXPECT_EQ(value("20ns", unit::time()), 20e-9);
  EXPECT_EQ(value("2.3us", unit::time()), 2.3e-6);
  EXPECT_EQ(value("900 GB/s", unit::bandwidth()), 900e9);
  EXPECT_EQ(value("8 TB/s", unit::bandwidth()), 8e12);
  EXPECT_EQ(value("4.5 PFLOPS", unit::flop_rate()), 4.5e15);
  EXPECT_EQ(value("989 TFLOPS", unit::flop_rate()), 989e12);
  EXPECT_EQ(value("1e3 GB", unit::bytes()), 1e12);
  EXPECT_EQ(value("5EFLOPS", unit::flop_rate()), 5e18);  // E is no exponent without digits
}

// 8 bits are a byte; 1 GiB = 2^30 bytes; k = 1024 and M = 1024² tokens.
TEST(Quantity, KnowsBitsAndBinaryUnits) {
  EXPECT_EQ(value("400 Gb/s", unit::bandwidth()), 50e9);
  EXPECT_EQ(value("80 GB", unit::bytes()), 80e9);
  EXPECT_EQ(value("80 GiB", unit::bytes()), 85899345920.0);
  EXPECT_EQ(value("128k", unit::tokens()), 131072.0);
  EXPECT_EQ(value("1M", unit::tokens()), 1048576.0);
  EXPECT_EQ(value("4096", unit::tokens()), 4096.0);
  EXPECT_EQ(value("671 B", unit::parameters()), 671e9);
  EXPECT_EQ(value("671B", unit::parameters()), 671e9);
  EXPECT_EQ(value("671e9", unit::parameters()), 671e9);
}

// The double nearest to 0.01, not 1 / 100 rounded twice; written as it was read.
TEST(Quantity, KnowsPercent) {
  EXPECT_EQ(value("1%", unit::share()), 0.01);
  EXPECT_EQ(value("0.7 %", unit::share()), 0.007);
  EXPECT_EQ(value("0.05", unit::share()), 0.05);
  EXPECT_EQ(format_quantity(0.007, unit::share()), "0.7%");
  EXPECT_EQ(format_quantity(1, unit::share()), "1");
}

TEST(Quantity, SaysHowToWriteItRight) {
  EXPECT_EQ(mistake("900", unit::bandwidth()),
            "needs a unit | write 900 GB/s (units: B/s, kB/s, Mb/s, MB/s, Gb/s, GB/s, Tb/s, TB/s, PB/s)");
  EXPECT_EQ(mistake("80 GB", unit::bandwidth()), "must be a bandwidth, not a size in bytes | write it like 900 GB/s");
  EXPECT_EQ(mistake("5 uss", unit::time()), "has the unknown unit 'uss' | did you mean 'us'? units: ns, us, ms, s");
  EXPECT_EQ(mistake("900 GBs", unit::bandwidth()).substr(0, 54),
            "has the unknown unit 'GBs' | did you mean 'GB/s'? unit");
  EXPECT_EQ(mistake("fast", unit::bandwidth()), "is not a number | write it like 900 GB/s");
  EXPECT_EQ(mistake("", unit::bandwidth()), "is not a number | write it like 900 GB/s");
  EXPECT_EQ(mistake("1e400 s", unit::time()), "is not a finite number | it is too large or too small");
  EXPECT_EQ(mistake("1e99999999999 s", unit::time()), "is not a finite number | write it like 5 us");
}

// The grammar of RFC 8259 section 6, since YAML's own (octal, hexadecimal, sexagesimal, .inf) depends on its version.
TEST(Number, IsWrittenAsInJson) {
  for (const char* text : {"0", "-0", "1", "-12.5", "0.25", "1e3", "1E-3", "1.5e+3"}) {
    EXPECT_TRUE(std::holds_alternative<double>(parse_number(text))) << text;
  }
  for (const char* text : {"",      "-",   "010", "-01",  "0x10",  "0o17", "+1",  ".5",   "5.",  "1e", "1e+",
                           "1_000", "1,5", "nan", ".inf", "-.inf", ".nan", "inf", "1:30", "1 2", " 1", "١"}) {
    EXPECT_TRUE(std::holds_alternative<Mistake>(parse_number(text))) << text;
  }
  EXPECT_EQ(std::get<double>(parse_number("1.5e+3")), 1500.0);
}

// Written by hand from the rule: the largest unit that is not larger than the value, or binary where that is shorter.
TEST(FormatQuantity, ChoosesAReadableUnit) {
  EXPECT_EQ(format_quantity(900e9, unit::bandwidth()), "900 GB/s");
  EXPECT_EQ(format_quantity(3.35e12, unit::bandwidth()), "3.35 TB/s");
  EXPECT_EQ(format_quantity(80e9, unit::bytes()), "80 GB");
  EXPECT_EQ(format_quantity(80.0 * 1073741824.0, unit::bytes()), "80 GiB");
  EXPECT_EQ(format_quantity(5e-6, unit::time()), "5 us");
  EXPECT_EQ(format_quantity(2.3e-6, unit::time()), "2.3 us");
  EXPECT_EQ(format_quantity(5e-12, unit::time()), "0.005 ns");
  EXPECT_EQ(format_quantity(0, unit::time()), "0 s");
  EXPECT_EQ(format_quantity(-1e-6, unit::time()), "-1 us");
  EXPECT_EQ(format_quantity(131072, unit::tokens()), "128k");
  EXPECT_EQ(format_quantity(1000, unit::tokens()), "1000");
  EXPECT_EQ(format_quantity(671e9, unit::parameters()), "671B");
}

// Any double must come back bit by bit: splitmix64 (Steele, Lea, Flood 2014) makes 20000 bit patterns of all
// magnitudes.
TEST(FormatQuantity, IsReadBackExactly) {
  std::uint64_t state = 1;
  const auto next = [&] {
    std::uint64_t z = state += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  };
  const std::vector<const UnitKind*> kinds = {&unit::time(),      &unit::bytes(),  &unit::bandwidth(),
                                              &unit::flop_rate(), &unit::tokens(), &unit::parameters()};
  for (int i = 0; i < 20000; ++i) {
    const auto number = std::bit_cast<double>(next());
    if (!std::isfinite(number) || std::abs(number) > 1e290) continue;  // larger ones times 2^40 are no doubles
    EXPECT_EQ(std::get<double>(parse_number(format_number(number))), number);
    for (const UnitKind* kind : kinds) {
      const std::string text = format_quantity(number, *kind);
      const auto parsed = parse_quantity(text, *kind);
      ASSERT_TRUE(std::holds_alternative<double>(parsed)) << text;
      EXPECT_EQ(std::get<double>(parsed), number) << text;
    }
  }
}

}  // namespace
}  // namespace ringtail
