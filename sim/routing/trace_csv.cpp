#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>

#include "base/csv.hpp"
#include "routing/trace_reader.hpp"

namespace ringtail {
namespace {

constexpr int most_experts = 65536;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::optional<int> whole(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

bool has_repeat(std::vector<std::uint16_t> experts) {
  std::sort(experts.begin(), experts.end());
  return std::adjacent_find(experts.begin(), experts.end()) != experts.end();
}

using Choices = std::vector<std::uint16_t>;

class Reader {
 public:
  std::string read(const std::string& text) {
    std::size_t line_number = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line(text.data() + begin, end - begin);
      begin = end + 1;
      ++line_number;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      const std::string error = columns_ == 0 ? read_header(split_cells(line)) : read_row(split_cells(line));
      if (!error.empty()) return fmt::format("line {}: {}", line_number, error);
    }
    if (columns_ == 0) return "it has no header";
    return sequences_.empty() ? "it has no rows" : "";
  }

  /// The sequences in the order in which they began, once all rows are read.
  std::string make(int experts_per_token, RoutingTrace& trace) const {
    std::vector<const Sequence*> in_order(sequences_.size());
    for (const auto& [name, sequence] : sequences_) in_order[sequence.number] = &sequence;
    trace.names.resize(sequences_.size());
    for (const auto& [name, sequence] : sequences_) trace.names[sequence.number] = name;
    for (std::size_t s = 0; s < in_order.size(); ++s)
      if (std::string error = add_sequence(*in_order[s], trace); !error.empty())
        return fmt::format("sequence {}: {}", trace.names[s], error);
    return is_route() ? divide_routes(experts_per_token, trace) : std::string();
  }

 private:
  struct Sequence {
    std::size_t number = 0;
    std::map<int, std::map<int, Choices>> tokens;  ///< [token][layer]; of routes one layer with all choices.
  };

  [[nodiscard]] bool is_route() const { return route_.has_value(); }

  std::string read_header(const std::vector<std::string_view>& names) {
    const auto column = [&](std::string_view name) -> std::optional<std::size_t> {
      const auto at = std::find(names.begin(), names.end(), name);
      if (at == names.end()) return std::nullopt;
      return static_cast<std::size_t>(at - names.begin());
    };
    token_ = column("token");
    route_ = column("route");
    layer_ = column("layer");
    expert_ = column("expert");
    columns_ = names.size();
    if (token_ && (route_ || (layer_ && expert_))) return {};
    return "the header must have columns token, and layer and expert, or route; the others name the sequence";
  }

  std::string read_row(const std::vector<std::string_view>& cells) {
    if (cells.size() != columns_) return fmt::format("{} values, but the header has {}", cells.size(), columns_);
    std::string name;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (i != token_ && i != route_ && (is_route() || (i != layer_ && i != expert_)))
        name += fmt::format("{}{}", name.empty() ? "" : "/", cells[i]);
    const auto token = whole(cells[*token_]);
    if (!token) return fmt::format("'{}' is not the number of a token", cells[*token_]);
    Sequence& sequence = sequences_.try_emplace(name, Sequence{sequences_.size(), {}}).first->second;
    return is_route() ? add_route(sequence.tokens[*token], cells[*route_])
                      : add_choice(sequence.tokens[*token], cells[*layer_], cells[*expert_]);
  }

  static std::string add_route(std::map<int, Choices>& token, std::string_view route) {
    if (!token.empty()) return "the token is there twice";
    for (const char c : route) {
      const std::size_t expert = alphabet.find(c);
      if (expert == std::string_view::npos) return fmt::format("'{}' is not a character of the base64 alphabet", c);
      token[0].push_back(static_cast<std::uint16_t>(expert));
    }
    return token.empty() ? "the route is empty" : "";
  }

  static std::string add_choice(std::map<int, Choices>& token, std::string_view layer, std::string_view expert) {
    const auto l = whole(layer);
    const auto e = whole(expert);
    if (!l) return fmt::format("'{}' is not the number of a layer", layer);
    if (!e || *e >= most_experts)
      return fmt::format("'{}' is not the number of an expert: from 0 to {}", expert, most_experts - 1);
    Choices& choices = token[*l];
    if (std::find(choices.begin(), choices.end(), *e) != choices.end())
      return fmt::format("the token has expert {} twice in layer {}", *e, *l);
    choices.push_back(static_cast<std::uint16_t>(*e));
    return {};
  }

  /// Appends a sequence whose tokens all have the layers and number of choices of the first of all.
  static std::string add_sequence(const Sequence& sequence, RoutingTrace& trace) {
    const auto& first = sequence.tokens.begin()->second;
    if (trace.sequences.empty()) {
      trace.layers = static_cast<int>(first.size());
      trace.experts_per_token = static_cast<int>(first.begin()->second.size());
    }
    Choices all;
    int expected = sequence.tokens.begin()->first;
    for (const auto& [token, layers] : sequence.tokens) {
      if (token != expected++) return fmt::format("token {} is missing", expected - 1);
      if (layers.size() != static_cast<std::size_t>(trace.layers))
        return fmt::format("token {} has {} layers, the first {}", token, layers.size(), trace.layers);
      for (const auto& [layer, choices] : layers) {
        if (choices.size() != static_cast<std::size_t>(trace.experts_per_token))
          return fmt::format("token {} has {} experts, the first {}", token, choices.size(), trace.experts_per_token);
        all.insert(all.end(), choices.begin(), choices.end());
        trace.experts = std::max(trace.experts, *std::max_element(choices.begin(), choices.end()) + 1);
      }
    }
    trace.sequences.push_back(std::move(all));
    return {};
  }

  static bool fits(const RoutingTrace& trace, int k) {
    const int route = trace.experts_per_token;
    for (const Choices& sequence : trace.sequences)
      for (auto at = sequence.begin(); at != sequence.end(); at += k)
        if (has_repeat({at, at + k})) return false;
    return route % k == 0;
  }

  static std::string divide_routes(int wanted, RoutingTrace& trace) {
    const int route = trace.experts_per_token;
    if (wanted > 0 && route % wanted != 0)
      return fmt::format("routes of {} choices are not layers of {} experts per token", route, wanted);
    int k = wanted;
    if (wanted == 0)
      for (k = std::min(route, static_cast<int>(alphabet.size())); route % k != 0 || !fits(trace, k);) --k;
    if (!fits(trace, k)) return fmt::format("with {} experts per token some token has an expert twice", k);
    trace.layers = route / k;
    trace.experts_per_token = k;
    return {};
  }

  std::size_t columns_ = 0;
  std::optional<std::size_t> token_, route_, layer_, expert_;
  std::map<std::string, Sequence, std::less<>> sequences_;
};

}  // namespace

TraceRead read_trace_csv(const std::string& text, int experts_per_token) {
  Reader reader;
  TraceRead result;
  result.error = reader.read(text);
  if (result.error.empty()) result.error = reader.make(experts_per_token, result.trace);
  return result;
}

}  // namespace ringtail
