#include "config/unit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "config/suggest.hpp"
#include "config/text.hpp"

namespace ringtail {

namespace {

constexpr double kibi = 1024.0;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Length of the digits at the start of the text.
std::size_t digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

/// A number as written: its digits with sign and point, and its power of ten.
struct Decimal {
  std::string digits;
  int exponent = 0;
  std::size_t length = 0;  ///< Characters of the text it takes up.
};

/// What a text that is no number should have been, if that is clear.
Mistake not_a_number(std::string_view text) {
  if (text.substr(0, 2) == "0x" || text.substr(0, 2) == "0o") return {"is not a decimal number", "write it in decimal"};
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1]))
    return {"has a leading zero, which YAML versions read differently (octal or decimal)",
            "write it without leading zeros"};
  if (text.substr(0, 1) == "+") return {"must not begin with '+'", ""};
  if (text.substr(0, 1) == ".") {
    const bool is_fraction = text.size() > 1 && is_digit(text[1]);
    return is_fraction ? Mistake{"needs a digit before the point", fmt::format("write 0{}", printable(text))}
                       : Mistake{"is not a finite number", ""};
  }
  return {"is not a number", ""};
}

/// The number that a text begins with.
std::variant<Decimal, Mistake> leading_decimal(std::string_view text) {
  const std::size_t sign = !text.empty() && text[0] == '-' ? 1 : 0;
  const auto rest = text.substr(sign);
  const std::size_t whole = digits(rest);
  const bool leading_zero =
      rest.size() > 1 && rest[0] == '0' && (is_digit(rest[1]) || rest[1] == 'x' || rest[1] == 'o');
  if (whole == 0 || leading_zero) return not_a_number(rest);
  std::size_t length = sign + whole;
  if (length < text.size() && text[length] == '.') {
    const std::size_t fraction = digits(text.substr(length + 1));
    if (fraction == 0) return Mistake{"needs a digit after the point", ""};
    length += 1 + fraction;
  }
  Decimal decimal{std::string(text.substr(0, length)), 0, length};
  const auto tail = text.substr(length);
  const std::size_t exponent_sign = tail.size() > 1 && (tail[1] == '-' || tail[1] == '+') ? 1 : 0;
  if (!tail.empty() && (tail[0] == 'e' || tail[0] == 'E') && digits(tail.substr(1 + exponent_sign)) > 0) {
    const std::size_t first = tail[1] == '+' ? 2 : 1;
    const std::size_t end = 1 + exponent_sign + digits(tail.substr(1 + exponent_sign));
    const auto [stop, error] = std::from_chars(tail.data() + first, tail.data() + end, decimal.exponent);
    if (error != std::errc() || std::abs(decimal.exponent) > 1000) return Mistake{"is not a finite number", ""};
    decimal.length += end;
  }
  return decimal;
}

/// The double nearest to digits · 10^exponent · factor, for a factor that is a power of two.
std::variant<double, Mistake> value_of(const Decimal& decimal, const UnitOfMeasure& unit) {
  const std::string text = fmt::format("{}e{}", decimal.digits, decimal.exponent + unit.exponent);
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  value *= unit.factor;
  if (error != std::errc() || !std::isfinite(value))
    return Mistake{"is not a finite number", "it is too large or too small"};
  return value;
}

/// Shortest digits of a double and their power of ten: 12.5 is 1.25 and 1.
Decimal shortest(double value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  Decimal decimal{std::string(text.substr(0, e)), 0, text.size()};
  const std::size_t first = text[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(text.data() + first, text.data() + text.size(), decimal.exponent);
  return decimal;
}

/// The digits with the point moved by the exponent, in scientific form only if that is much shorter.
std::string positional(const Decimal& decimal) {
  const bool negative = decimal.digits[0] == '-';
  std::string figures;
  std::copy_if(decimal.digits.begin(), decimal.digits.end(), std::back_inserter(figures), is_digit);
  const int point = 1 + decimal.exponent;  // digits before the point
  const int count = static_cast<int>(figures.size());
  if (point > 21 || point < -5) return fmt::format("{}e{}", decimal.digits, decimal.exponent);
  if (point <= 0)
    figures = "0." + std::string(static_cast<std::size_t>(-point), '0') + figures;
  else if (point >= count)
    figures += std::string(static_cast<std::size_t>(point - count), '0');
  else
    figures.insert(static_cast<std::size_t>(point), ".");
  return (negative ? "-" : "") + figures;
}

/// The kind of quantity that has this unit, other than the one asked for.
const UnitKind* kind_with(std::string_view name) {
  for (const UnitKind* kind : {&unit::time(), &unit::bytes(), &unit::bandwidth(), &unit::flop_rate()}) {
    for (const UnitOfMeasure& candidate : kind->units) {
      if (candidate.name == name) return kind;
    }
  }
  return nullptr;
}

Mistake wrong_unit(std::string_view number, std::string_view name, const UnitKind& kind) {
  if (const UnitKind* other = kind_with(name)) {
    return {fmt::format("must be {}, not {}", kind.noun, other->noun), fmt::format("write it like {}", kind.example)};
  }
  if (name.empty()) {
    const auto unit_of_example = kind.example.substr(kind.example.rfind(' ') + 1);
    return {"needs a unit",
            fmt::format("write {} {} (units: {})", number, unit_of_example, fmt::join(kind.names(), ", "))};
  }
  return {fmt::format("has the unknown unit {}", in_quotes(name)),
          suggestion(name, kind.names(), kind.plain ? "units, or none" : "units")};
}

}  // namespace

namespace unit {

const UnitKind& time() {
  static const UnitKind kind{"a time", "5 us", false, false, {{"ns", -9}, {"us", -6}, {"ms", -3}, {"s"}}};
  return kind;
}

const UnitKind& bytes() {
  static const UnitKind kind{"a size in bytes",
                             "80 GB",
                             false,
                             true,
                             {{"B"},
                              {"kB", 3},
                              {"KiB", 0, kibi},
                              {"MB", 6},
                              {"MiB", 0, kibi * kibi},
                              {"GB", 9},
                              {"GiB", 0, kibi * kibi * kibi},
                              {"TB", 12},
                              {"TiB", 0, kibi * kibi * kibi * kibi},
                              {"PB", 15}}};
  return kind;
}

const UnitKind& bandwidth() {
  static const UnitKind kind{"a bandwidth",
                             "900 GB/s",
                             false,
                             false,
                             {{"B/s"},
                              {"kB/s", 3},
                              {"Mb/s", 6, 0.125},
                              {"MB/s", 6},
                              {"Gb/s", 9, 0.125},
                              {"GB/s", 9},
                              {"Tb/s", 12, 0.125},
                              {"TB/s", 12},
                              {"PB/s", 15}}};
  return kind;
}

const UnitKind& flop_rate() {
  static const UnitKind kind{"a rate in FLOP per second",
                             "989 TFLOPS",
                             false,
                             false,
                             {{"FLOPS"}, {"GFLOPS", 9}, {"TFLOPS", 12}, {"PFLOPS", 15}, {"EFLOPS", 18}}};
  return kind;
}

const UnitKind& tokens() {
  static const UnitKind kind{"a number of tokens", "128k", true, true, {{""}, {"k", 0, kibi}, {"M", 0, kibi * kibi}}};
  return kind;
}

const UnitKind& parameters() {
  static const UnitKind kind{
      "a number of parameters", "671 B", true, false, {{""}, {"K", 3}, {"M", 6}, {"B", 9}, {"T", 12}}};
  return kind;
}

const UnitKind& share() {
  static const UnitKind kind{"a share", "1%", true, false, {{"%", -2}, {""}}};
  return kind;
}

}  // namespace unit

std::vector<std::string> UnitKind::names() const {
  std::vector<std::string> result;
  for (const UnitOfMeasure& unit : units) {
    if (!unit.name.empty()) result.emplace_back(unit.name);
  }
  return result;
}

std::variant<double, Mistake> parse_number(std::string_view text) {
  const auto parsed = leading_decimal(text);
  if (const auto* mistake = std::get_if<Mistake>(&parsed)) return *mistake;
  const auto& decimal = std::get<Decimal>(parsed);
  if (decimal.length < text.size()) return Mistake{"is not a number", ""};
  return value_of(decimal, UnitOfMeasure{});
}

std::variant<double, Mistake> parse_quantity(std::string_view text, const UnitKind& kind) {
  const auto parsed = leading_decimal(text);
  if (const auto* mistake = std::get_if<Mistake>(&parsed)) {
    return Mistake{mistake->message,
                   mistake->help.empty() ? fmt::format("write it like {}", kind.example) : mistake->help};
  }
  const auto& decimal = std::get<Decimal>(parsed);
  auto name = text.substr(decimal.length);
  while (!name.empty() && name[0] == ' ') name.remove_prefix(1);
  for (const UnitOfMeasure& unit : kind.units) {
    if (unit.name == name && (kind.plain || !name.empty())) return value_of(decimal, unit);
  }
  return wrong_unit(text.substr(0, decimal.length), name, kind);
}

std::string format_number(double value) { return positional(shortest(value)); }

std::string format_quantity(double value, const UnitKind& kind) {
  const auto written = [&](const UnitOfMeasure& unit) {
    Decimal decimal = shortest(value / unit.factor);
    decimal.exponent -= unit.exponent;
    return fmt::format("{}{}{}", positional(decimal), kind.plain ? "" : " ", unit.name);
  };
  const auto is_base = [](const UnitOfMeasure& unit) { return unit.factor == 1 && unit.exponent == 0; };
  const UnitOfMeasure* decimal = &kind.units.front();  // the largest power of ten that is not larger than the value
  const UnitOfMeasure* binary = nullptr;               // the largest power of 1024 that divides the value
  for (const UnitOfMeasure& unit : kind.units) {
    const double multiple = value / unit.factor;
    if (unit.factor != 1) {
      if (kind.binary_output && value != 0 && multiple == std::floor(multiple)) binary = &unit;
    } else if (value == 0 ? is_base(unit) : std::abs(value) >= std::pow(10.0, unit.exponent)) {
      decimal = &unit;
    }
  }
  std::string text = written(*decimal);
  if (!binary) return text;
  std::string binary_text = written(*binary);
  if (binary_text.size() < text.size()) return binary_text;
  return text;
}

}  // namespace ringtail
