#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace ringtail {

/// A report as one file of HTML that asks for nothing else: the page of the folder `report` beside platforms and
/// workloads, with D3 (Debian's package node-d3) and the data inside.
struct Page {
  std::string html;
  std::string error;  ///< Why there is none, with help; empty if there is one.
};

/// `data` as ReportData makes it; `assets` is the folder `report`. D3 is read from the environment variable RINGTAIL_D3
/// if it is set, else from where Debian has it.
[[nodiscard]] Page report_page(const nlohmann::ordered_json& data, const std::filesystem::path& assets);

}  // namespace ringtail
