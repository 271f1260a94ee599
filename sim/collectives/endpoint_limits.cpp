#include "collectives/endpoint_limits.hpp"

namespace ringtail {

EndpointLimits endpoint_limits(const Collectives& collectives, const Gpu& gpu) {
  EndpointLimits limits;
  if (!gpu.sm_copy_rate) return limits;
  if (collectives.dispatch_sms) limits.dispatch = *collectives.dispatch_sms * *gpu.sm_copy_rate;
  if (collectives.dense_sms) limits.dense = *collectives.dense_sms * *gpu.sm_copy_rate;
  return limits;
}

}  // namespace ringtail
