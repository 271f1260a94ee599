#include "qs/sensitivity.hpp"

namespace ringtail {

const std::vector<HardwareKnob>& hardware_knobs() {
  static const std::vector<HardwareKnob> knobs = {
      {"hbm_capacity", [](Platform& p, double factor) { p.gpu.hbm.capacity *= factor; }},
      {"hbm_bandwidth", [](Platform& p, double factor) { p.gpu.hbm.bandwidth *= factor; }},
      {"link_bandwidth",
       [](Platform& p, double factor) {
         p.island.bandwidth *= factor;
         p.fabric.bandwidth *= factor;
         if (p.fabric.link_bandwidth) *p.fabric.link_bandwidth *= factor;
       }},
      {"startup_latency",
       [](Platform& p, double factor) {
         p.island.latency *= factor;
         p.fabric.latency *= factor;
         p.fabric.switch_latency *= factor;
       }},
  };
  return knobs;
}

}  // namespace ringtail
