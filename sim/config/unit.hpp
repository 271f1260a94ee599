#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringtail {

/// "GB" = 1 · 10^9 bytes, "GiB" = 2^30 · 10^0 bytes, "Gb/s" = 1/8 · 10^9 bytes per second. `factor` is a power of two,
/// so that a value in any unit is the double nearest to what is written.
struct UnitOfMeasure {
  std::string_view name;
  int exponent = 0;
  double factor = 1;
};

/// A kind of quantity with the ways to write it.
struct UnitKind {
  std::string_view noun;             ///< "a bandwidth"
  std::string_view example;          ///< "900 GB/s"
  bool plain = false;                ///< Whether a number without unit is allowed.
  bool binary_output = false;        ///< Whether units with a factor are written as well as read.
  std::vector<UnitOfMeasure> units;  ///< Of rising size, the base unit among them; "" stands for a plain number.

  /// The units' names.
  [[nodiscard]] std::vector<std::string> names() const;
};

/// The kinds. Each returns the same object every time.
namespace unit {
const UnitKind& time();        ///< seconds
const UnitKind& bytes();       ///< decimal (GB) and binary (GiB)
const UnitKind& bandwidth();   ///< bytes per second; bits per second with a small b
const UnitKind& flop_rate();   ///< FLOP per second
const UnitKind& tokens();      ///< k = 1024, M = 1024²; plain numbers too
const UnitKind& parameters();  ///< 671 B = 671 · 10^9; plain numbers too
const UnitKind& share();       ///< 1% = 0.01; plain numbers too
}  // namespace unit

/// What is wrong with a text, and what to write instead.
struct Mistake {
  std::string message;  ///< Follows the text: "needs a unit".
  std::string help;     ///< May be empty.
};

/// Reads a decimal number as JSON defines it: no leading zeros, hexadecimals, `+`, `.5`, infinities.
[[nodiscard]] std::variant<double, Mistake> parse_number(std::string_view text);

/// Reads "900 GB/s" (with or without space) into the base unit.
[[nodiscard]] std::variant<double, Mistake> parse_quantity(std::string_view text, const UnitKind& kind);

/// Writes a number so that parse_number returns the same double, in the fewest digits.
[[nodiscard]] std::string format_number(double value);

/// Writes a quantity in its most readable unit so that parse_quantity returns the same double: "900 GB/s".
[[nodiscard]] std::string format_quantity(double value, const UnitKind& kind);

}  // namespace ringtail
