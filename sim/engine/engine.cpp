#include "engine/engine.hpp"

#include <fmt/format.h>

#include <memory>
#include <simgrid/s4u.hpp>

#include "engine/cluster.hpp"
#include "engine/degraded_program.hpp"
#include "engine/executor.hpp"
#include "engine/fluid_gpus.hpp"
#include "engine/fluid_transport.hpp"
#include "engine/simgrid_compat.hpp"
#include "engine/simgrid_gpus.hpp"
#include "engine/simgrid_transport.hpp"
#include "engine/timed_exchanges.hpp"

namespace ringtail {
namespace {

namespace sg4 = simgrid::s4u;

void run_fluid(sg4::Engine& engine, const Cluster& cluster, int block_ranks, const NetworkConfig& network,
               Executor& executor) {
  const auto gpus = std::make_shared<FluidGpus>(cluster.gpus(), executor);
  const auto transport = std::make_shared<FluidTransport>(cluster, block_ranks, network, executor);
  const auto timed = std::make_shared<TimedExchanges>(*transport, executor);
  engine.add_model(gpus);
  engine.add_model(transport);
  engine.add_model(timed);
  // SimGrid's run() returns when no model has an event to come.
  executor.start(*gpus, *timed, [&] {
    gpus->stop();
    transport->stop();
    timed->stop();
  });
  engine.run();
}

void run_simgrid(sg4::Engine& engine, const Cluster& cluster, Executor& executor) {
  SimgridGpus gpus(cluster, executor);
  SimgridTransport transport(cluster, executor);
  const auto timed = std::make_shared<TimedExchanges>(transport, executor);
  engine.add_model(timed);
  executor.start(gpus, *timed, [&] {
    gpus.stop();
    transport.stop();
    timed->stop();
  });
  engine.run();
}

}  // namespace

void execute(Program& program, const Platform& platform, const NetworkConfig& network, Observer& observer,
             const std::vector<int>& gpu_of_rank, const EndpointLimits& limits, const TakenShares& taken) {
  sg4::Engine engine("ringtail");
  const Cluster cluster(engine, platform, program.ranks(), gpu_of_rank, limits);
  DegradedProgram degraded(program, platform, gpu_of_rank);
  Executor executor(degraded, observer, taken);
  if (network.solver == NetworkSolver::fluid)
    run_fluid(engine, cluster, program.block_ranks(), network, executor);
  else
    run_simgrid(engine, cluster, executor);
  if (!executor.done()) throw Unfinished("the simulated program cannot go on: " + executor.stuck());
}

std::string simgrid_version() { return fmt::format("{}.{}", SIMGRID_VERSION_MAJOR, SIMGRID_VERSION_MINOR); }

std::string running_simgrid_version() {
  int major = 0;
  int minor = 0;
  int patch = 0;
  sg_version_get(&major, &minor, &patch);
  return fmt::format("{}.{}", major, minor);
}

}  // namespace ringtail
