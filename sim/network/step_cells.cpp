#include "network/step_cells.hpp"

#include <algorithm>

namespace ringtail {

StepCells::StepCells(const InnerLinks& inner)
    : inner_(inner),
      position_(inner.ports == 0 ? 0 : (inner.first.size() - 1) / inner.ports, none),
      link_position_(inner.capacity.size(), none) {}

void StepCells::begin(std::vector<StepRow>& rows, const StepPorts& ingress, std::size_t width) {
  width_ = width;
  find_origins(rows);
  for (const std::uint32_t link : links_.port) link_position_[link] = none;
  links_.clear();
  cells_.clear();
  cell_links_.clear();
  cell_.resize(flows_.size());
  for (std::size_t o = 0; o < origins_.size(); ++o)
    for (std::size_t column = 0; column < ingress.port.size(); ++column)
      if (flows_[o * width_ + column] > 0) add_cell(o * width_ + column, origins_[o], column, ingress.port[column]);
}

/// Numbers the rows' origins and counts their flows by column.
void StepCells::find_origins(std::vector<StepRow>& rows) {
  for (const std::uint32_t origin : origins_) position_[origin] = none;
  origins_.clear();
  for (const StepRow& row : rows) {
    if (position_[row.origin] != none) continue;
    position_[row.origin] = static_cast<std::uint32_t>(origins_.size());
    origins_.push_back(row.origin);
  }
  for (auto* values : {&flows_, &limit_, &moved_, &above_, &most_}) values->assign(origins_.size() * width_, 0.0F);
  for (StepRow& row : rows) {
    const std::size_t at = position_[row.origin] * width_;
    row.limit = limit_.data() + at;
    row.passed = {moved_.data() + at, above_.data() + at, most_.data() + at};
    for (std::size_t j = 0; j < row.width; ++j) flows_[at + j] += row.left[j] > 0 ? 1.0F : 0.0F;
  }
}

void StepCells::add_cell(std::size_t at, std::size_t origin, std::size_t column, std::size_t ingress) {
  const auto links = inner_.between(origin, ingress);
  cell_[at] = static_cast<std::uint32_t>(cells_.size());
  cells_.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(column),
                    static_cast<std::uint32_t>(cell_links_.size()), static_cast<std::uint32_t>(links.size()), none});
  for (const std::uint32_t link : links) {
    std::uint32_t& position = link_position_[link];
    if (position == none) {
      position = static_cast<std::uint32_t>(links_.port.size());
      links_.port.push_back(link);
      links_.flows.push_back(0);
    }
    links_.flows[position] += flows_[at];
    cell_links_.push_back(position);
  }
}

void StepCells::set_limits(const Floats& ingress, const Floats& inner) {
  for (Cell& cell : cells_) {
    float least = ingress[cell.column];
    cell.least = none;
    for (const std::uint32_t link : links_of(cell)) {
      if (inner[link] >= least) continue;
      least = inner[link];
      cell.least = link;
    }
    limit_[cell.at] = least;
  }
  std::fill(moved_.begin(), moved_.end(), 0.0F);
  std::fill(above_.begin(), above_.end(), 0.0F);
  std::fill(most_.begin(), most_.end(), 0.0F);
}

void StepCells::pass_on(const Passed& ingress, const Passed& inner) const {
  for (const Cell& cell : cells_) {
    const float moved = moved_[cell.at];
    const float most = most_[cell.at];
    ingress.moved[cell.column] += moved;
    ingress.most[cell.column] = std::max(ingress.most[cell.column], most);
    for (const std::uint32_t link : links_of(cell)) {
      inner.moved[link] += moved;
      inner.most[link] = std::max(inner.most[link], most);
    }
    float& limited = cell.least == none ? ingress.above[cell.column] : inner.above[cell.least];
    limited += above_[cell.at];
  }
}

}  // namespace ringtail
