#include "network/component.hpp"

#include <algorithm>
#include <cstdlib>

namespace ringtail {

Component::Component(const std::vector<BytesPerSecond>& egress, const std::vector<BytesPerSecond>& ingress,
                     double tolerance)
    : exact_(egress, ingress),
      stepped_(tolerance > 0 ? std::make_unique<SteppedCrossbar>(egress, ingress, tolerance) : nullptr),
      most_exact_flows_((getenv("FPP") ? atoi(getenv("FPP")) : 8) * std::max(egress.size(), ingress.size())),
      least_stepped_flows_((getenv("FPL") ? atoi(getenv("FPL")) : 3) * std::max(egress.size(), ingress.size())) {}

void Component::start(const Flow& flow, std::size_t egress, std::size_t ingress, Bytes bytes, Seconds t) {
  if (stepped_ && !is_stepped_ && exact_.flows() >= most_exact_flows_) {
    exact_.hand_over(t, [&](const Flow& f, std::size_t e, std::size_t i, Bytes left) {
      stepped_->expect(f, i);
      stepped_->start(f, e, i, left, t);
    });
    is_stepped_ = true;
  }
  if (is_stepped_) {
    stepped_->start(flow, egress, ingress, bytes, t);
    return;
  }
  if (stepped_) stepped_->forget(flow, ingress);
  exact_.start(flow, egress, ingress, bytes, t);
}

void Component::advance(Seconds t, std::vector<Finished>& finished) {
  if (stepped_ && stepped_->next_event() <= t) {
    stepped_->advance(t, finished);
    if (is_stepped_ && stepped_->is_between_steps() && stepped_->flows() <= least_stepped_flows_) {
      stepped_->hand_over([&](const Flow& flow, std::size_t egress, std::size_t ingress, Bytes left) {
        exact_.start(flow, egress, ingress, left, t);
      });
      is_stepped_ = false;
    }
  }
  if (exact_.next_finish() > t) return;
  flows_.clear();
  exact_.finish(t, flows_);
  for (const Flow& flow : flows_) {
    finished.push_back({Finished::Kind::sent, flow.exchange, flow.src, 1, -1});
    finished.push_back({Finished::Kind::received, flow.exchange, flow.dst, 1, flow.src});
  }
}

}  // namespace ringtail
