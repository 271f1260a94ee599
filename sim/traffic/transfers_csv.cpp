#include "traffic/transfers_csv.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/csv.hpp"

namespace ringtail {
namespace {

constexpr std::array<std::string_view, 4> columns{"src", "dst", "bytes", "start_s"};
constexpr int most_gpus = 65536;
constexpr Bytes most_bytes = 1e18;
constexpr Seconds latest_start = 1e6;  // Beyond, a double of seconds is coarser than 0.1 ns.

/// Collects the mistakes of a file.
class Errors {
 public:
  explicit Errors(std::string_view name) : name_(name) {}

  void add(int line, std::string_view message) {
    if (++count_ <= most_shown) text_ += fmt::format("{}:{}: error: {}\n", name_, line, message);
  }

  [[nodiscard]] std::string text() const {
    return count_ <= most_shown ? text_ : text_ + fmt::format("and {} more errors\n", count_ - most_shown);
  }

 private:
  static constexpr int most_shown = 20;
  std::string_view name_;
  std::string text_;
  int count_ = 0;
};

/// The first line without its end; takes it off the text.
std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// The fields of a line; the count is right even if there are more than four.
std::size_t split(std::string_view line, std::array<std::string_view, 4>& fields) {
  std::size_t count = 0;
  for (;;) {
    const std::size_t comma = line.find(',');
    if (count < fields.size()) fields[count] = trim(line.substr(0, comma));
    ++count;
    if (comma == line.npos) return count;
    line.remove_prefix(comma + 1);
  }
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<int> read_gpu(std::string_view column, std::string_view text, int line, Errors& errors) {
  const auto gpu = parse<int>(text);
  if (!gpu) {
    errors.add(line, fmt::format("{}: {} is not the number of a GPU", column, shown(text)));
  } else if (*gpu < 0 || *gpu >= most_gpus) {
    errors.add(line, fmt::format("{}: GPU {} is out of range: it must be from 0 to {}", column, *gpu, most_gpus - 1));
  } else {
    return gpu;
  }
  return std::nullopt;
}

/// A finite number; `is_allowed` and `expected` say which.
template <class Allowed>
std::optional<double> read_number(std::string_view column, std::string_view text, std::string_view expected,
                                  const Allowed& is_allowed, int line, Errors& errors) {
  const auto number = parse<double>(text);
  if (number && std::isfinite(*number) && is_allowed(*number)) return number;
  errors.add(line, number ? fmt::format("{}: {} is out of range: it must be {}", column, shown(text), expected)
                          : fmt::format("{}: {} is not a number", column, shown(text)));
  return std::nullopt;
}

std::optional<TimedTransfer> read_transfer(std::string_view row, int line, Errors& errors) {
  std::array<std::string_view, 4> fields;
  const std::size_t count = split(row, fields);
  if (count != fields.size()) {
    errors.add(line, row.empty() ? "an empty line"
                                 : fmt::format("{} columns instead of 4: {}", count, fmt::join(columns, ",")));
    return std::nullopt;
  }
  const auto src = read_gpu("src", fields[0], line, errors);
  const auto dst = read_gpu("dst", fields[1], line, errors);
  const auto bytes = read_number(
      "bytes", fields[2], "above 0 and at most 1e18", [](Bytes b) { return b > 0 && b <= most_bytes; }, line, errors);
  const auto start = read_number(
      "start_s", fields[3], "from 0 to 1e6", [](Seconds s) { return s >= 0 && s <= latest_start; }, line, errors);
  if (src && dst && *src == *dst) errors.add(line, fmt::format("no route: src and dst are both GPU {}", *src));
  if (!src || !dst || *src == *dst || !bytes || !start) return std::nullopt;
  return TimedTransfer{*src, *dst, *bytes, *start};
}

bool is_header(std::string_view line) {
  std::array<std::string_view, 4> fields;
  return split(line, fields) == fields.size() && fields == columns;
}

}  // namespace

TransfersCsv read_transfers(std::string_view text, std::string_view name) {
  TransfersCsv csv;
  Errors errors(name);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const std::string_view header = next_line(text);
  if (!is_header(header)) {
    errors.add(1, fmt::format("the first line must be the header {}{}", fmt::join(columns, ","),
                              header.empty() ? "; it is empty" : ", not " + shown(header)));
  } else if (text.empty()) {
    errors.add(1, "there are no transfers after the header");
  }
  for (int line = 2; !text.empty(); ++line) {
    const std::string_view row = next_line(text);
    if (const auto transfer = read_transfer(row, line, errors)) {
      csv.transfers.push_back(*transfer);
      csv.rows.push_back(row);
      csv.lines.push_back(line);
    }
  }
  csv.errors = errors.text();
  return csv;
}

std::string check_transfers(const TransfersCsv& csv, std::string_view name, int gpus, NetworkSolver solver) {
  constexpr Bytes most_for_simgrid = 5e11;
  Errors errors(name);
  for (std::size_t i = 0; i < csv.transfers.size(); ++i) {
    const TimedTransfer& transfer = csv.transfers[i];
    for (const auto& [column, gpu] : {std::pair("src", transfer.src), std::pair("dst", transfer.dst)})
      if (gpu >= gpus)
        errors.add(csv.lines[i],
                   fmt::format("{}: there is no GPU {}: they are numbered from 0 to {}", column, gpu, gpus - 1));
    if (solver == NetworkSolver::simgrid && transfer.bytes > most_for_simgrid)
      errors.add(csv.lines[i], "bytes: with --solver simgrid a transfer can have at most 5e11");
  }
  return errors.text();
}

std::string write_finishes(const TransfersCsv& csv, const std::vector<Seconds>& finish) {
  std::string text = fmt::format("{},finish_s\n", fmt::join(columns, ","));
  for (std::size_t i = 0; i < csv.rows.size(); ++i) text += fmt::format("{},{}\n", csv.rows[i], finish[i]);
  return text;
}

}  // namespace ringtail
