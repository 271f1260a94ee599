#include <mpi.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "mpi/rank.hpp"

namespace ringtail {
namespace {

constexpr const char* usage =
    "mpirun -np N ringtail-mpi STUDY.yaml [OPTIONS of ringtail sweep]\n\n"
    "Simulates the points of a study, N at a time, on all machines of an MPI job; results are those of ringtail "
    "sweep,\n"
    "byte for byte. The first process hands out points and is the only one who writes. Run again, it goes on where it\n"
    "was stopped. Without -j and --shard: the number of processes says how many points are simulated at a time.\n"
    "ringtail is taken from the folder of ringtail-mpi, or else from PATH. docs/clusters.md\n";

/// The executable beside this one, if there is one.
std::string ringtail_program() {
  std::error_code error;
  const auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / "ringtail";
  return !error && std::filesystem::exists(beside, error) ? beside.string() : "ringtail";
}

RankCommands commands_of(int argc, char** argv, int ranks) {
  RankCommands commands;
  commands.worker = {ringtail_program(), "worker"};
  commands.manager = {ringtail_program(), "sweep"};
  for (auto* const words : {&commands.worker, &commands.manager}) words->insert(words->end(), argv + 1, argv + argc);
  commands.manager.insert(commands.manager.end(), {"--remote-workers", std::to_string(ranks)});
  return commands;
}

}  // namespace
}  // namespace ringtail

int main(int argc, char** argv) {
  if (argc < 2 || std::string(argv[1]) == "--help" || std::string(argv[1]) == "-h") {
    std::fputs(ringtail::usage, argc < 2 ? stderr : stdout);
    return argc < 2 ? 2 : 0;
  }
  // Messages are few and small. Transports that register memory are not safe beside processes that start others.
  ::setenv("OMPI_MCA_pml", "ob1", 0);
  ::setenv("OMPI_MCA_btl", "self,vader,tcp", 0);
  ::signal(SIGPIPE, SIG_IGN);
  MPI_Init(&argc, &argv);
  try {
    int ranks = 1;
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    const int code = ringtail::Rank(ringtail::commands_of(argc, argv, ranks)).run();
    MPI_Finalize();
    return code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "ringtail-mpi: %s\n", error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  return 1;
}
