#pragma once

#include <functional>
#include <simgrid/kernel/routing/NetZoneImpl.hpp>
#include <simgrid/s4u.hpp>
#include <string>
// Needs macros of the headers above, and says so by not compiling before them.
#include <simgrid/version.h>

/// What SimGrid 3.32 and 4 call by different names; nothing else in Ringtail asks for SimGrid's version.
namespace ringtail::simgrid_compat {

namespace sg4 = simgrid::s4u;

#if SIMGRID_VERSION_MAJOR >= 4

inline constexpr const char* time_precision = "precision/timing";
inline constexpr const char* share_precision = "precision/work-amount";

inline sg4::Host* add_host(sg4::NetZone& zone, const std::string& name, double speed) {
  return zone.add_host(name, speed);
}
inline sg4::Link* add_link(sg4::NetZone& zone, const std::string& name, double bandwidth) {
  return zone.add_link(name, bandwidth);
}
/// Puts a zone of our own below the root that the engine has from the start.
inline void add_to_platform(sg4::Engine& engine, simgrid::kernel::routing::NetZoneImpl* zone) {
  zone->set_parent(engine.get_netzone_root()->get_impl());
}
/// An Exec that nobody waits for: it would stay for ever if it were only started.
inline void start(const sg4::ExecPtr& exec) { exec->detach(); }
/// `told` hears of each Exec that has ended,
inline void on_exec_completion(std::function<void(const sg4::Activity&)> told) {
  sg4::Exec::on_completion_cb(std::move(told));
}
/// and of each Comm.
inline void on_comm_completion(std::function<void(const sg4::Activity&)> told) {
  sg4::Comm::on_completion_cb(std::move(told));
}

#else

inline constexpr const char* time_precision = "surf/precision";
inline constexpr const char* share_precision = "maxmin/precision";

inline sg4::Host* add_host(sg4::NetZone& zone, const std::string& name, double speed) {
  return zone.create_host(name, speed);
}
inline sg4::Link* add_link(sg4::NetZone& zone, const std::string& name, double bandwidth) {
  return zone.create_link(name, bandwidth);
}
/// The first zone that is made becomes the engine's root by itself.
inline void add_to_platform(sg4::Engine& /*engine*/, simgrid::kernel::routing::NetZoneImpl* /*zone*/) {}
inline void start(const sg4::ExecPtr& exec) { exec->vetoable_start(); }
/// `told` hears of every activity that has ended, whatever its kind,
inline void on_exec_completion(const std::function<void(const sg4::Activity&)>& told) {
  sg4::Activity::on_completion_cb(told);
}
/// and so here.
inline void on_comm_completion(const std::function<void(const sg4::Activity&)>& told) {
  sg4::Activity::on_completion_cb(told);
}

#endif

}  // namespace ringtail::simgrid_compat
