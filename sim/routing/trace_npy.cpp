#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "routing/trace_reader.hpp"

namespace ringtail {
namespace {

// The .npy format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
constexpr std::string_view magic = "\x93NUMPY";

struct Array {
  std::array<std::size_t, 3> shape = {};
  std::vector<std::int64_t> values;
};

/// The text behind `'key':` in the header, which is a Python dictionary.
std::string_view value_of(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(fmt::format("'{}':", key));
  if (at == std::string_view::npos) return {};
  const std::size_t begin = header.find_first_not_of(' ', at + key.size() + 3);
  return begin == std::string_view::npos ? std::string_view{} : header.substr(begin);
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string read_shape(std::string_view text, Array& array) {
  if (text.empty() || text.front() != '(') return "its shape is missing";
  text.remove_prefix(1);
  for (std::size_t& n : array.shape) {
    text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || n == 0 || n > 1'000'000'000)
      return "its shape is not [tokens, layers, experts per token]";
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
  return !text.empty() && text.front() == ')' ? "" : "its shape is not [tokens, layers, experts per token]";
}

std::string read_array(std::string_view bytes, Array& array) {
  if (bytes.size() < 12 || bytes.substr(0, magic.size()) != magic) return "it is not in the .npy format";
  const std::size_t width = bytes[6] == 1 ? 2 : 4;  // of the header's length
  const std::uint64_t length = little_endian(bytes.substr(8, width));
  if (length > bytes.size() - 8 - width) return "it ends within its header";
  const std::string_view header = bytes.substr(8 + width, length);
  std::string_view data = bytes.substr(8 + width + length);
  const std::string_view type = value_of(header, "descr").substr(0, 5);
  const std::size_t size = type.size() == 5 && type[3] >= '1' && type[3] <= '8' ? std::size_t(type[3] - '0') : 0;
  const bool is_integer = size > 0 && (type[2] == 'i' || type[2] == 'u') && (type[1] == '<' || size == 1);
  if (!is_integer) return fmt::format("its type {} is not a little-endian integer, such as '<i4'", type);
  if (value_of(header, "fortran_order").substr(0, 5) != "False") return "it is not in C order";
  if (std::string error = read_shape(value_of(header, "shape"), array); !error.empty()) return error;
  const std::size_t row = array.shape[1] * array.shape[2];
  if (row > data.size() || array.shape[0] * row * size != data.size())
    return fmt::format("it has {} bytes of data, not those of {} x {} x {} numbers of {}", data.size(), array.shape[0],
                       array.shape[1], array.shape[2], size);
  for (; !data.empty(); data.remove_prefix(size)) {
    const std::uint64_t value = little_endian(data.substr(0, size));
    if (value > 65535) return "an expert's number is not from 0 to 65535";  // negative ones are larger, too
    array.values.push_back(static_cast<std::int64_t>(value));
  }
  return {};
}

/// Which layers are MoE layers: some token has a choice other than 0.
std::vector<std::size_t> moe_layers(const std::vector<Array>& arrays) {
  const auto [tokens, layers, k] = arrays.front().shape;
  std::vector<bool> is_moe(layers, k == 1);
  for (const Array& array : arrays)
    for (std::size_t i = 0; i < array.values.size(); ++i)
      if (array.values[i] != 0) is_moe[i / k % layers] = true;
  std::vector<std::size_t> result;
  for (std::size_t layer = 0; layer < layers; ++layer)
    if (is_moe[layer]) result.push_back(layer);
  return result;
}

std::string add_sequence(const Array& array, const std::vector<std::size_t>& layers, RoutingTrace& trace) {
  const std::size_t k = array.shape[2];
  std::vector<std::uint16_t> sequence;
  for (std::size_t token = 0; token < array.shape[0]; ++token) {
    for (const std::size_t layer : layers) {
      std::vector<std::uint16_t> experts;
      for (std::size_t i = 0; i < k; ++i)
        experts.push_back(static_cast<std::uint16_t>(array.values[(token * array.shape[1] + layer) * k + i]));
      sequence.insert(sequence.end(), experts.begin(), experts.end());
      std::sort(experts.begin(), experts.end());
      if (std::adjacent_find(experts.begin(), experts.end()) != experts.end())
        return fmt::format("token {} has an expert twice in layer {}", token, layer);
      trace.experts = std::max(trace.experts, experts.back() + 1);
    }
  }
  trace.sequences.push_back(std::move(sequence));
  return {};
}

}  // namespace

TraceRead read_trace_npy(const std::vector<std::pair<std::string, std::string>>& files) {
  TraceRead result;
  std::vector<Array> arrays;
  const auto fail = [&](const std::string& name, const std::string& error) {
    result.error = fmt::format("{}: {}", name, error);
    return result;
  };
  for (const auto& [name, bytes] : files) {
    if (std::string error = read_array(bytes, arrays.emplace_back()); !error.empty()) return fail(name, error);
    if (arrays.back().shape[1] != arrays.front().shape[1] || arrays.back().shape[2] != arrays.front().shape[2])
      return fail(name, "it has other layers or experts per token than " + files.front().first);
  }
  const std::vector<std::size_t> layers = arrays.empty() ? std::vector<std::size_t>{} : moe_layers(arrays);
  if (layers.empty()) {
    result.error = "no token chose an expert";
    return result;
  }
  result.trace.layers = static_cast<int>(layers.size());
  result.trace.experts_per_token = static_cast<int>(arrays.front().shape[2]);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    result.trace.names.push_back(files[i].first);
    if (std::string error = add_sequence(arrays[i], layers, result.trace); !error.empty())
      return fail(files[i].first, error);
  }
  return result;
}

}  // namespace ringtail
