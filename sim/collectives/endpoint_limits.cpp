#include "collectives/endpoint_limits.hpp"

namespace ringtail {

EndpointLimits endpoint_limits(const Collectives& collectives, const Gpu& gpu) {
  EndpointLimits limits;
  if (!gpu.sm_copy_rate) return limits;
  if (collectives.dispatch_sms) limits.dispatch = *collectives.dispatch_sms * *gpu.sm_copy_rate;
  if (collectives.dense_sms) limits.dense = *collectives.dense_sms * *gpu.sm_copy_rate;
  return limits;
}

TakenShares taken_shares(const Collectives& collectives, const Gpu& gpu) {
  TakenShares shares{};
  const auto share = [&](const std::optional<int>& sms) {
    return sms && gpu.sms ? static_cast<double>(*sms) / *gpu.sms : 0.0;
  };
  shares[static_cast<std::size_t>(Copier::dispatch)] = share(collectives.dispatch_sms);
  shares[static_cast<std::size_t>(Copier::dense)] = share(collectives.dense_sms);
  return shares;
}

}  // namespace ringtail
