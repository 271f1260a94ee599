#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "config/catalog.hpp"
#include "config/load.hpp"
#include "network/topology.hpp"
#include "traffic/link_use.hpp"
#include "traffic/transfers_csv.hpp"

namespace ringtail {
namespace {

/// Whole islands, as many as the transfers need; a torus has as many as its dimensions say.
int gpus_for(const TransfersCsv& csv, const Platform& platform) {
  int needed = 1;
  for (const TimedTransfer& transfer : csv.transfers) needed = std::max({needed, transfer.src + 1, transfer.dst + 1});
  const Fabric& fabric = platform.fabric;
  const int size = platform.island.size;
  if (needed > size && fabric.topology == Fabric::Topology::torus) {
    double gpus = static_cast<double>(fabric.nics_per_router) * size / fabric.nics_per_island.value_or(size);
    for (const int n : fabric.dimensions) gpus *= n;
    if (gpus >= needed && gpus <= most_ranks) return static_cast<int>(gpus);
  }
  return (needed + size - 1) / size * size;
}

/// The errors in the number of GPUs, which stands nowhere or on the command line.
std::string gpus_errors(int gpus, int island) {
  if (gpus > most_ranks) return fmt::format("error: {} GPUs: traffic can have at most {}\n", gpus, most_ranks);
  if (gpus <= island || gpus % island == 0) return {};
  return fmt::format("--gpus {}: error: it does not fill islands of {}\nhelp: use a multiple such as {} or {}\n", gpus,
                     island, gpus / island * island, (gpus / island + 1) * island);
}

}  // namespace

ExitCode run_traffic(const CommandLine& line) {
  const auto refuse = [](const std::string& errors) {
    fmt::print(stderr, "{}", errors);
    return ExitCode::bad_input;
  };
  if (line.network.sharing == Sharing::coupled && line.network.solver == NetworkSolver::simgrid)
    return refuse("--sharing coupled: error: not possible with --solver simgrid, which is max-min fair\n");
  const PlatformResult loaded = load_platform(line.platform, line.overrides, data_directory());
  const auto text = read_file(line.file);
  const std::string name = line.file.string();
  const TransfersCsv csv = text ? read_transfers(*text, name) : TransfersCsv{};
  const std::string csv_errors = text ? csv.errors : fmt::format("{}: error: cannot be read\n", name);
  if (!loaded.platform || !csv_errors.empty()) return refuse(loaded.errors + csv_errors);
  const Platform& platform = *loaded.platform;
  const int gpus = line.gpus > 0 ? line.gpus : gpus_for(csv, platform);
  if (const auto errors = gpus_errors(gpus, platform.island.size); !errors.empty()) return refuse(errors);
  const std::string errors = platform_errors(loaded, gpus) + check_transfers(csv, name, gpus, line.network.solver);
  if (!errors.empty()) return refuse(errors);
  try {
    const std::vector<Seconds> finish = carry(csv.transfers, platform, gpus, line.network);
    return write_result(
        line.summary ? to_text(summarise(csv.transfers, finish, platform, gpus)) : write_finishes(csv, finish),
        ExitCode::ok);
  } catch (const std::exception& error) {
    spdlog::error("{}", error.what());
    return ExitCode::failure;
  }
}

}  // namespace ringtail
