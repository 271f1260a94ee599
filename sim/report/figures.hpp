#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ringtail {

/// A chart of a report as a picture.
struct Figure {
  std::string name;
  std::string svg;  ///< A whole file.
};

/// The pictures in the page that a browser has drawn with #figures at the end of its address.
[[nodiscard]] std::vector<Figure> figures_in(const std::string& dom);

/// Draws a report's charts with headless Chromium, and writes each as SVG and, by rsvg-convert, as PDF into a folder,
/// which is made. Returns what went wrong, with help; empty if nothing did.
[[nodiscard]] std::string write_figures(const std::filesystem::path& report, const std::filesystem::path& folder);

}  // namespace ringtail
