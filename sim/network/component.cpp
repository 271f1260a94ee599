#include "network/component.hpp"

#include <algorithm>
#include <utility>

namespace ringtail {
namespace {

/// Flows per port, under way and of one exchange, from which steps are cheaper
/// (docs/decisions/0004-fast-flow-solver.md). Steps do not pay for the starts and finishes of small exchanges, each of
/// which wants to be known.
constexpr std::size_t many_flows = 2;
/// Ports per side of components that are always solved exactly, for the same reason: an NVLink island's switch.
constexpr std::size_t few_ports = 8;

std::variant<Crossbar, LinkNetwork> exact_solver(const ComponentLinks& links) {
  if (links.is_crossbar()) return Crossbar(links.egress, links.ingress);
  return LinkNetwork(links.capacity, links.routes(), links.longest);
}

}  // namespace

Component::Component(ComponentLinks links, double tolerance)
    : links_(std::make_unique<const ComponentLinks>(std::move(links))),
      exact_(exact_solver(*links_)),
      many_flows_(many_flows * std::max(links_->egress.size(), links_->ingress.size())) {
  if (tolerance > 0 && std::max(links_->egress.size(), links_->ingress.size()) > few_ports)
    stepped_ = std::make_unique<SteppedNetwork>(*links_, tolerance);
}

void Component::start(const Flow& flow, const Path& path, Bytes bytes, std::size_t together, Seconds t) {
  if (is_stepped_ && stepped_->is_idle()) is_stepped_ = false;
  if (stepped_ && !is_stepped_ && together >= many_flows_ &&
      std::visit([](const auto& exact) { return exact.flows(); }, exact_) >= many_flows_)
    become_stepped(t);
  if (is_stepped_) {
    stepped_->start(flow, path, bytes, t);
    return;
  }
  if (stepped_) stepped_->forget(flow, path.ingress);
  start_exact(flow, path, bytes, t);
}

void Component::start_exact(const Flow& flow, const Path& path, Bytes bytes, Seconds t) {
  if (auto* crossbar = std::get_if<Crossbar>(&exact_))
    crossbar->start(flow, path, bytes, t);
  else
    std::get<LinkNetwork>(exact_).start(flow, path, links_->links(path.route), bytes, t);
}

void Component::become_stepped(Seconds t) {
  is_stepped_ = true;
  const auto take = [&](const Flow& flow, const Path& path, Bytes left) {
    stepped_->expect(flow, path.ingress);
    stepped_->start(flow, path, left, t);
  };
  std::visit([&](auto& exact) { exact.hand_over(t, take); }, exact_);
}

Seconds Component::next_event() {
  return is_stepped_ ? stepped_->next_event() : std::visit([](auto& exact) { return exact.next_finish(); }, exact_);
}

void Component::advance(Seconds t, std::vector<Finished>& finished) {
  if (is_stepped_) {
    stepped_->advance(t, finished);
    return;
  }
  flows_.clear();
  std::visit([&](auto& exact) { exact.finish(flows_); }, exact_);
  for (const Flow& flow : flows_) {
    finished.push_back({Finished::Kind::sent, flow.exchange, flow.src, 1, -1});
    finished.push_back({Finished::Kind::received, flow.exchange, flow.dst, 1, flow.src});
  }
}

}  // namespace ringtail
