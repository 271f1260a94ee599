#include "results/key_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "config/text.hpp"
#include "results/key_rules.hpp"

namespace ringtail {
namespace {

using Json = nlohmann::ordered_json;

/// Sums of shares may miss zero by rounding; no figure of a result is anywhere near the other end.
constexpr double least = -1e-9;
constexpr double largest = 1e30;

/// A table as a tree: what is below a key.
struct Branch {
  bool is_row = false;
  ValueRule rule;
  int list_depth = 0;  ///< Of "detail.busy_us[][]" 2.
  std::map<std::string_view, Branch> named;
  std::unique_ptr<Branch> any;  ///< Under keys that are not named.
};

Branch tree_of(const std::vector<ResultKey>& table) {
  Branch root;
  for (const ResultKey& row : table) {
    Branch* branch = &root;
    for (const std::string_view word : words_of(row.key)) {
      if (stands_for_any(word)) {
        if (!branch->any) branch->any = std::make_unique<Branch>();
        branch = branch->any.get();
      } else {
        branch = &branch->named[without_index(word)];
      }
      branch->list_depth = static_cast<int>(std::count(word.begin(), word.end(), '['));
    }
    branch->is_row = true;
    branch->rule = rule_of(row);
  }
  return root;
}

/// Where a value stands: nothing is written down unless it is wrong.
struct Place {
  const Place* parent = nullptr;
  std::string_view key;
  std::size_t index = 0;  ///< In a list, if there is no key.

  [[nodiscard]] std::string path() const {
    if (!parent) return {};
    const std::string before = parent->path();
    if (key.empty()) return fmt::format("{}[{}]", before, index);
    return before + (before.empty() ? "" : ".") + printable(std::string(key));
  }
};

class Checker {
 public:
  Checker(MissingKeys missing, bool is_feasible) : missing_(missing), is_feasible_(is_feasible) {}

  void check_keys(const Json& json, const Branch& branch, const Place& place) {
    for (const auto& [name, below] : branch.named) {
      if (json.contains(name))
        check_value(json.at(std::string(name)), below, below.list_depth, {&place, name});
      else if (is_needed(below))
        fail(fmt::format("there is no {}", Place{&place, name}.path()));
    }
    if (!branch.any) return;
    for (const auto& [key, value] : json.items())
      if (branch.named.count(key) == 0) check_value(value, *branch.any, branch.any->list_depth, {&place, key});
  }

  [[nodiscard]] const std::string& mistake() const { return mistake_; }

 private:
  void fail(const std::string& mistake) {
    if (mistake_.empty()) mistake_ = mistake;
  }

  [[nodiscard]] bool is_needed(const Branch& branch) const {
    if (missing_ == MissingKeys::allowed || !branch.is_row) return false;
    return branch.rule.presence == ValueRule::Presence::always ||
           (branch.rule.presence == ValueRule::Presence::if_feasible && is_feasible_);
  }

  /// `depth` lists are still to be opened.
  void check_value(const Json& value, const Branch& branch, int depth, const Place& place) {
    if (!mistake_.empty() || !branch.is_row) return;
    const ValueRule& rule = branch.rule;
    if (value.is_null() && rule.may_be_null && depth == branch.list_depth) return;
    if (depth == 0) {
      if (value.is_null() && rule.items_may_be_null) return;
      check_single(value, rule, place);
      if (mistake_.empty() && value.is_object()) check_keys(value, branch, place);
    } else if (!value.is_array()) {
      refuse(value, "a list", place);
    } else {
      if (place.key.ends_with("ci95")) check_interval(value, place);
      for (std::size_t i = 0; i < value.size(); ++i) check_value(value[i], branch, depth - 1, {&place, {}, i});
    }
  }

  void check_interval(const Json& ends, const Place& place) {
    if (ends.size() != 2) refuse(ends, "a list of two ends", place);
    if (ends.size() == 2 && ends[0].is_number() && ends[1].is_number() && ends[0] > ends[1])
      refuse(ends, "two ends in order", place);
  }

  void check_single(const Json& value, const ValueRule& rule, const Place& place) {
    if (rule.type == "any") return;
    if (rule.type == "text") return require(value.is_string(), value, "text", place);
    if (rule.type == "true or false") return require(value.is_boolean(), value, "true or false", place);
    if (rule.type == "object") return require(value.is_object(), value, "an object", place);
    if (!value.is_number()) return refuse(value, "a number" + in_brackets(rule.type), place);
    const auto number = value.get<double>();
    require(std::abs(number) < largest, value, "below 1e30" + in_brackets(rule.type), place);
    require(number >= least || rule.may_be_negative, value, "zero or more" + in_brackets(rule.type), place);
  }

  void require(bool holds, const Json& value, const std::string& wanted, const Place& place) {
    if (!holds) refuse(value, wanted, place);
  }

  static std::string in_brackets(std::string_view unit) { return unit == "number" ? "" : fmt::format(" ({})", unit); }

  void refuse(const Json& value, const std::string& wanted, const Place& place) {
    fail(fmt::format("{} is {}; it must be {}", place.path(), printable(value.dump().substr(0, 40)), wanted));
  }

  MissingKeys missing_;
  bool is_feasible_;
  std::string mistake_;
};

}  // namespace

std::string wrong_key(const Json& json, const std::vector<ResultKey>& table, MissingKeys missing) {
  const Branch root = tree_of(table);
  Checker checker(missing, json.value("/feasible"_json_pointer, Json()) == true);
  checker.check_keys(json, root, {});
  return checker.mistake();
}

}  // namespace ringtail
