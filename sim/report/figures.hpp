#pragma once

#include <string>
#include <vector>

namespace ringtail {

/// A chart of a report as a picture.
struct Figure {
  std::string name;
  std::string svg;  ///< A whole file,
  std::string pdf;  ///< and another.
};

/// Pictures, or why there are none, with help.
struct DrawnFigures {
  std::vector<Figure> figures;
  std::string error;
};

/// The pictures in the page that a browser has drawn with #figures at the end of its address, as SVG.
[[nodiscard]] std::vector<Figure> figures_in(const std::string& dom);

/// Draws a report's charts with headless Chromium as SVG, of which rsvg-convert makes PDF. Writes nothing that stays.
[[nodiscard]] DrawnFigures draw_figures(const std::string& html);

}  // namespace ringtail
