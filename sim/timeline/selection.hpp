#pragma once

#include <optional>
#include <string>
#include <vector>

namespace ringtail {

/// Whole numbers from 0, as ranges.
class Selection {
 public:
  /// Everything.
  Selection() = default;

  /// Of a text such as "3,8-11"; none if it is not like that.
  [[nodiscard]] static std::optional<Selection> parse(const std::string& text);

  [[nodiscard]] bool contains(int number) const;
  [[nodiscard]] bool is_everything() const { return ranges_.empty(); }
  /// The largest number selected; -1 of everything.
  [[nodiscard]] int largest() const;

 private:
  struct Range {
    int first = 0;
    int last = 0;
  };
  std::vector<Range> ranges_;
};

/// What a trace shows.
struct TraceSelection {
  Selection layers;  ///< Everything: what is outside the layers, too.
  Selection gpus;
  Selection steps;  ///< Measured steps.
};

}  // namespace ringtail
