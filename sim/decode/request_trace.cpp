#include "decode/request_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include "base/csv.hpp"

namespace ringtail {
namespace {

struct ColumnNames {
  std::string_view input;
  std::string_view output;
};

/// Azure LLM inference traces (github.com/Azure/AzurePublicDataset); Mooncake's (github.com/kvcache-ai/Mooncake) as
/// CSV; BurstGPT (github.com/HPMLL/BurstGPT); Vidur (github.com/microsoft/vidur); what people make of ShareGPT.
constexpr std::array<ColumnNames, 6> known_columns = {{
    {"ContextTokens", "GeneratedTokens"},
    {"input_length", "output_length"},
    {"Request tokens", "Response tokens"},
    {"num_prefill_tokens", "num_decode_tokens"},
    {"prompt_tokens", "completion_tokens"},
    {"input_tokens", "output_tokens"},
}};

constexpr std::int64_t most_outputs = std::int64_t{1} << 50;  // their sum is exact in a double

/// The fields of a line without their quotes (a quote in quotes stays doubled: no length has one); none if a quote is
/// not closed.
std::optional<std::vector<std::string_view>> split(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < line.size() && (quoted || line[end] != ','); ++end)
      if (line[end] == '"') quoted = !quoted;
    if (quoted) return std::nullopt;
    std::string_view cell = trim(line.substr(0, end));
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') cell = cell.substr(1, cell.size() - 2);
    cells.push_back(cell);
    if (end == line.size()) return cells;
    line.remove_prefix(end + 1);
  }
}

class Reader {
 public:
  Reader(std::string_view input, std::string_view output) : input_(input), output_(output) {}

  RequestTraceText read(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    for (int number = 1; !text.empty(); ++number) {
      const std::size_t end = text.find('\n');
      std::string_view line = text.substr(0, end);
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      const auto cells = split(line);
      const std::string error = !cells ? "a quote is not closed" : columns_ == 0 ? header(*cells) : row(*cells);
      if (!error.empty()) return {{}, fmt::format("line {}: {}", number, error)};
    }
    if (columns_ == 0) return {{}, "it has no header"};
    if (rows_ == 0) return {{}, "it has no requests"};
    if (requests_.empty()) return {{}, "no request has any output, so none is ever decoded"};
    return {std::move(requests_), {}};
  }

 private:
  /// Where the columns of lengths are.
  std::string header(const std::vector<std::string_view>& names) {
    const auto at = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) - names.begin(); };
    const auto end = static_cast<std::ptrdiff_t>(names.size());
    if (input_.empty()) {
      const auto known = std::find_if(known_columns.begin(), known_columns.end(), [&](const ColumnNames& each) {
        return at(each.input) < end && at(each.output) < end;
      });
      if (known == known_columns.end())
        return fmt::format("the header has none of the known pairs of columns: {}; name yours as input and output",
                           known_trace_columns());
      input_ = known->input;
      output_ = known->output;
    }
    for (const std::string_view name : {input_, output_}) {
      if (at(name) == end) return fmt::format("the header has no column {}", shown(name));
      if (std::count(names.begin(), names.end(), name) > 1)
        return fmt::format("the header has the column {} twice", shown(name));
    }
    input_at_ = static_cast<std::size_t>(at(input_));
    output_at_ = static_cast<std::size_t>(at(output_));
    columns_ = names.size();
    return {};
  }

  std::string row(const std::vector<std::string_view>& cells) {
    if (cells.size() != columns_) return fmt::format("{} columns, but the header has {}", cells.size(), columns_);
    Request request;
    for (const auto& [name, cell, least, tokens] : {std::tuple(input_, cells[input_at_], 1, &request.input),
                                                    std::tuple(output_, cells[output_at_], 0, &request.output)})
      if (std::string error = length(name, cell, least, *tokens); !error.empty()) return error;
    if (request.output > longest_context - request.input)
      return fmt::format("{} and {} tokens are more than {} together", request.input, request.output, longest_context);
    ++rows_;
    outputs_ += request.output;
    if (outputs_ > most_outputs) return "the outputs of all requests together are more than 2^50 tokens";
    if (request.output > 0) requests_.push_back(request);
    return {};
  }

  static std::string length(std::string_view name, std::string_view cell, int least, int& tokens) {
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), tokens);
    const bool is_whole = error == std::errc() && end == cell.data() + cell.size();
    if (is_whole && tokens >= least && tokens <= longest_context) return {};
    return fmt::format("{}: {} is not a number of tokens: it must be a whole number from {} to {}", name, shown(cell),
                       least, longest_context);
  }

  std::string_view input_;
  std::string_view output_;
  std::size_t input_at_ = 0;
  std::size_t output_at_ = 0;
  std::size_t columns_ = 0;  ///< 0: the header is still to come.
  std::size_t rows_ = 0;
  std::int64_t outputs_ = 0;
  std::vector<Request> requests_;
};

}  // namespace

RequestTraceText read_request_trace(std::string_view text, const std::string& input, const std::string& output) {
  return Reader(input, output).read(text);
}

std::string known_trace_columns() {
  std::string text;
  for (const ColumnNames& each : known_columns)
    text += fmt::format("{}{} and {}", text.empty() ? "" : ", ", each.input, each.output);
  return text;
}

}  // namespace ringtail
