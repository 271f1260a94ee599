#include "report/page.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace ringtail {
namespace {

constexpr const char* debian_d3 = "/usr/share/nodejs/d3/dist/d3.min.js";

/// In the order in which they need each other.
constexpr std::array<const char*, 9> scripts = {"format.js",  "theme.js", "charts.js", "page.js", "result.js",
                                                "compare.js", "qs.js",    "study.js",  "main.js"};

std::optional<std::string> text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string replaced(const std::string& text, std::string_view what, std::string_view by) {
  std::string result;
  std::size_t from = 0;
  for (std::size_t at; (at = text.find(what, from)) != std::string::npos; from = at + what.size())
    result.append(text, from, at - from).append(by);
  return result.append(text, from);
}

/// JSON inside an element `script`, which ends at the first "</script" whatever is around it.
std::string embedded(const nlohmann::ordered_json& data) {
  return replaced(data.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), "<", "\\u003c");
}

std::string title_of(const nlohmann::ordered_json& data) {
  const nlohmann::ordered_json::json_pointer name("/results/0/provenance/deployment/name");
  const std::string title = data.contains(name) && data.at(name).is_string() ? data.at(name).get<std::string>()
                            : !data["studies"].empty() ? data["studies"][0]["name"].get<std::string>()
                                                       : "Ringtail";
  return replaced(replaced(title, "&", "&amp;"), "<", "&lt;");
}

}  // namespace

Page report_page(const nlohmann::ordered_json& data, const std::filesystem::path& assets) {
  const char* const chosen = std::getenv("RINGTAIL_D3");
  const std::string library = chosen != nullptr && *chosen != '\0' ? chosen : debian_d3;
  const auto d3 = text_of(library);
  if (!d3)
    return {{},
            fmt::format("error: a report needs D3, which is not in {}\n"
                        "help: apt-get install node-d3, or set RINGTAIL_D3 to a d3.min.js of version 5\n",
                        library)};
  const auto page = text_of(assets / "page.html");
  const auto style = text_of(assets / "page.css");
  std::string script;
  for (const char* const name : scripts) {
    const auto part = text_of(assets / name);
    if (!page || !style || !part) return {{}, fmt::format("error: the report's page is not in {}\n", assets.string())};
    script += *part;
  }
  std::string html = replaced(*page, "@TITLE@", title_of(data));
  html = replaced(html, "@STYLE@", *style);
  html = replaced(html, "@SCRIPT@", script);
  html = replaced(html, "@LIBRARY@", *d3);
  return {replaced(html, "@DATA@", embedded(data)), {}};
}

}  // namespace ringtail
