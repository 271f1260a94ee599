#include "network/row_levels.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "network/linear_system.hpp"

namespace ringtail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Passes over the unbalanced links before `solve` gives up; a hundred are rare, see the decision.
constexpr int most_passes = 2000;
/// Passes after which a link's level goes only part of the way, for each further time that so many are over:
/// alternating corrections of links that share rows can go in circles.
constexpr int undamped_passes = 40;
/// The equations are tried at every so many passes, if there are not more of them than pays.
constexpr int passes_per_correction = 4;
constexpr std::size_t most_equations = 512;

}  // namespace

RowLevels::RowLevels(std::size_t links) : level_(links, infinity), use_(links), users_(links), equation_of_(links) {}

RowLevels::Id RowLevels::add(std::span<const LinkNeed> needs) {
  if (free_.empty()) {
    free_.push_back(static_cast<Id>(rows_.size()));
    rows_.emplace_back();
    needs_.emplace_back();
  }
  const Id id = free_.back();
  free_.pop_back();
  bool is_limited = false;
  for (const auto& [link, time] : needs) {
    needs_[id].push_back({link, static_cast<std::uint32_t>(users_[link].size()), time});
    users_[link].push_back({id, static_cast<std::uint32_t>(needs_[id].size() - 1), time});
    is_limited = is_limited || level_[link] < infinity;
  }
  const auto less = [](const LinkNeed& a, const LinkNeed& b) { return a.time < b.time; };
  if (!is_limited) level_[std::max_element(needs.begin(), needs.end(), less)->link] = 1;
  rows_[id].rate = 0;
  find_limits(id);
  set_rate(id);
  return id;
}

/// The last user of each link takes the row's place.
void RowLevels::remove(Id row) {
  for (const Need& need : needs_[row]) {
    std::vector<User>& users = users_[need.link];
    use_[need.link] -= need.time * rows_[row].rate;
    users[need.user] = users.back();
    needs_[users[need.user].row][users[need.user].need].user = need.user;
    users.pop_back();
    if (!users.empty()) continue;
    use_[need.link] = 0;
    level_[need.link] = infinity;
  }
  needs_[row].clear();
  free_.push_back(row);
}

bool RowLevels::solve(double tolerance) {
  const bool is_exact = tolerance <= exact;
  tolerance = std::max(tolerance, exact);
  for (int pass = 1; pass <= most_passes; ++pass) {
    if (!find_unbalanced(tolerance)) {
      if (!is_exact) return true;
      sum_up();
      if (!find_unbalanced(tolerance)) return true;
    }
    const double damping = 1.0 / (1 + (pass - 1) / undamped_passes);
    for (const Unbalanced& unbalanced : unbalanced_)
      if (imbalance(unbalanced.link) > tolerance) balance(unbalanced.link, damping);
    if (pass % passes_per_correction == 0) correct();
  }
  return false;
}

double RowLevels::imbalance(std::uint32_t link) const {
  if (users_[link].empty()) return 0;
  return level_[link] < infinity ? std::abs(use_[link] - 1) : std::max(0.0, use_[link] - 1);
}

/// The worst comes first, so that the links' numbers decide nothing.
bool RowLevels::find_unbalanced(double tolerance) {
  unbalanced_.clear();
  for (std::uint32_t link = 0; link < level_.size(); ++link)
    if (const double by = imbalance(link); by > tolerance) unbalanced_.push_back({by, link});
  std::sort(unbalanced_.begin(), unbalanced_.end(),
            [](const Unbalanced& a, const Unbalanced& b) { return a.by != b.by ? a.by > b.by : a.link < b.link; });
  return !unbalanced_.empty();
}

/// Gives a link the level at which it is full, or infinity if it cannot be, as long as the other links keep theirs.
void RowLevels::balance(std::uint32_t link, double damping) {
  demands_.clear();
  double sum = 0;
  for (const User& user : users_[link]) {
    const Row& row = rows_[user.row];
    demands_.push_back(user.time * (row.link == link ? row.second : row.first));
    sum += demands_.back();
  }
  double level = sum > 1 ? root(level_[link]) : infinity;
  if (level < infinity && level_[link] < infinity) level = level_[link] + damping * (level - level_[link]);
  set_level(link, level);
  use_[link] = 0;
  for (const User& user : users_[link]) use_[link] += user.time * rows_[user.row].rate;
}

/// The level x with sum of min(demand, x) = 1; the demands' sum is more than 1. By Newton's method: the sum is concave
/// and piecewise linear in x, so the first step leads to the left of the root and each further one nearer to it, past
/// at least one demand; no step to the right is left when rounding decides.
double RowLevels::root(double from) const {
  const double least = 1 / static_cast<double>(demands_.size());
  double level = from < infinity ? std::max(from, least) : least;
  for (bool is_left = level == least;; is_left = true) {
    double sum = 0;
    double limited = 0;
    for (const double demand : demands_) {
      sum += demand > level ? 0 : demand;
      limited += demand > level ? 1 : 0;
    }
    const double next = limited > 0 ? std::max(least, (1 - sum) / limited) : least;
    if (is_left && next <= level * (1 + 1e-15)) return level;
    level = next;
  }
}

void RowLevels::set_level(std::uint32_t link, double level) {
  const double before = level_[link];
  level_[link] = level;
  for (const User& user : users_[link]) {
    Row& row = rows_[user.row];
    const double limit = level / user.time;
    if (row.link == link && limit <= row.second) {
      row.first = limit;
    } else if (row.link != link && limit < row.first) {
      row = {limit, row.first, row.rate, link};
    } else if (row.link != link && limit < row.second) {
      row.second = limit;
    } else if (row.link == link || before / user.time == row.second) {
      find_limits(user.row);
    }
    set_rate(user.row);
  }
}

void RowLevels::find_limits(Id row) {
  Row limits{infinity, infinity, rows_[row].rate, 0};
  for (const Need& need : needs_[row]) {
    const double limit = level_[need.link] / need.time;
    if (limit < limits.first) {
      limits.second = limits.first;
      limits.first = limit;
      limits.link = need.link;
    } else {
      limits.second = std::min(limits.second, limit);
    }
  }
  rows_[row] = limits;
}

void RowLevels::set_rate(Id row) {
  const double change = rows_[row].first - rows_[row].rate;
  if (change == 0) return;
  rows_[row].rate = rows_[row].first;
  for (const Need& need : needs_[row]) use_[need.link] += need.time * change;
}

/// All limits, rates and uses anew from the levels, without the rounding errors of many small changes.
void RowLevels::sum_up() {
  std::fill(use_.begin(), use_.end(), 0.0);
  for (Id row = 0; row < rows_.size(); ++row) {
    if (needs_[row].empty()) continue;
    find_limits(row);
    rows_[row].rate = rows_[row].first;
    for (const Need& need : needs_[row]) use_[need.link] += need.time * rows_[row].rate;
  }
}

double RowLevels::worst() const {
  double worst = 0;
  for (std::uint32_t link = 0; link < level_.size(); ++link) worst = std::max(worst, imbalance(link));
  return worst;
}

/// Newton's method on all finite levels at once: supposes that every row stays limited by the link that limits it now.
/// Exact if that is so. Keeps what it finds if it is better than what there was.
void RowLevels::correct() {
  set_up_equations();
  if (unknowns_.empty() || unknowns_.size() > most_equations || !solve_linear(matrix_, right_)) return;
  if (!std::all_of(right_.begin(), right_.end(), [](double level) { return level > 0; })) return;
  sum_up();
  const double before = worst();
  kept_ = level_;
  for (std::size_t i = 0; i < unknowns_.size(); ++i) level_[unknowns_[i]] = right_[i];
  sum_up();
  if (worst() < before) return;
  level_ = kept_;
  sum_up();
}

/// For each finite link: what it gives to its rows is 1. A link with one row has nothing to solve: its level is 1.
void RowLevels::set_up_equations() {
  constexpr std::uint32_t none = 0xffffffff;
  unknowns_.clear();
  for (std::uint32_t link = 0; link < level_.size(); ++link) {
    const bool is_unknown = level_[link] < infinity && users_[link].size() > 1;
    equation_of_[link] = is_unknown ? static_cast<std::uint32_t>(unknowns_.size()) : none;
    if (is_unknown) unknowns_.push_back(link);
  }
  const std::size_t n = unknowns_.size();
  if (n > most_equations) return;
  matrix_.assign(n * n, 0);
  right_.assign(n, 1);
  for (Id row = 0; row < rows_.size(); ++row) {
    if (needs_[row].empty()) continue;
    const std::uint32_t column = equation_of_[rows_[row].link];
    const double time = level_[rows_[row].link] / rows_[row].first;
    for (const Need& need : needs_[row]) {
      const std::uint32_t equation = equation_of_[need.link];
      if (equation == none) continue;
      if (column == none)
        right_[equation] -= need.time * rows_[row].first;
      else
        matrix_[equation * n + column] += need.time / time;
    }
  }
}

}  // namespace ringtail
