#include "network/component.hpp"

#include <algorithm>

namespace ringtail {
namespace {

/// Flows per port up to which the exact crossbar is the cheaper one (docs/decisions/0004-fast-flow-solver.md).
constexpr std::size_t few_flows = 2;
/// Ports per side of components that are always solved exactly, for the same reason: an NVLink island's switch.
constexpr std::size_t few_ports = 8;

}  // namespace

Component::Component(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress,
                     double tolerance)
    : exact_(egress, ingress), most_exact_flows_(few_flows * std::max(egress.size(), ingress.size())) {
  if (tolerance > 0 && std::max(egress.size(), ingress.size()) > few_ports)
    stepped_ = std::make_unique<SteppedCrossbar>(egress, ingress, tolerance);
}

void Component::start(const Flow& flow, std::size_t egress, std::size_t ingress, Bytes bytes, Seconds t) {
  if (is_stepped_ && stepped_->is_idle()) is_stepped_ = false;
  if (stepped_ && !is_stepped_ && exact_.flows() >= most_exact_flows_) become_stepped(t);
  if (is_stepped_) {
    stepped_->start(flow, egress, ingress, bytes, t);
    return;
  }
  if (stepped_) stepped_->forget(flow, ingress);
  exact_.start(flow, egress, ingress, bytes, t);
}

void Component::become_stepped(Seconds t) {
  is_stepped_ = true;
  exact_.hand_over(t, [&](const Flow& flow, std::size_t egress, std::size_t ingress, Bytes left) {
    stepped_->expect(flow, ingress);
    stepped_->start(flow, egress, ingress, left, t);
  });
}

void Component::advance(Seconds t, std::vector<Finished>& finished) {
  if (is_stepped_) {
    stepped_->advance(t, finished);
    return;
  }
  flows_.clear();
  exact_.finish(flows_);
  for (const Flow& flow : flows_) {
    finished.push_back({Finished::Kind::sent, flow.exchange, flow.src, 1, -1});
    finished.push_back({Finished::Kind::received, flow.exchange, flow.dst, 1, flow.src});
  }
}

}  // namespace ringtail
