#include "cli/study_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/option_groups.hpp"

namespace ringtail {
namespace {

void add_study(CLI::App& app, CommandLine& line) {
  app.add_option("STUDY", line.file, "Study in YAML (docs/studies.md)")->required();
  add_overrides(app, line, "run.steps=2; in every point, after all that the study changes");
  app.add_option("-o,--output", line.sweep.output, "Folder of results; STUDY.results in this folder if not given")
      ->type_name("DIR");
}

/// All options of sweep, which a worker shares, so that it can be started with the same words.
void add_sweep_options(CLI::App& sweep, CommandLine& line) {
  add_study(sweep, line);
  sweep.add_option("-j,--jobs", line.jobs, "Points simulated at the same time; one per core if not given")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  sweep.add_flag("--retry-failed", line.sweep.retry_failed, "Also simulate points that failed or took too long before");
  sweep
      .add_option("--shard", line.sweep.shard,
                  "The I-th of N parts, from 1; env takes both from Open MPI's or Slurm's environment")
      ->type_name("I/N|env");
  sweep.add_option("--timeout", line.sweep.timeout_s, "A point that takes longer is given up")
      ->check(number_range(1e-3, 1e9))
      ->type_name("SECONDS");
  sweep.add_option("--memory", line.sweep.memory, "A process that asks for more fails, such as 4GB")->type_name("SIZE");
  auto* dry = sweep.add_flag("--dry-run", line.sweep.dry_run,
                             "Only list the points, with the time and memory that each may take");
  sweep.add_flag("--summary", line.sweep.summary, "Only summarise what is there")->excludes(dry);
  sweep.add_option("--remote-workers", line.sweep.remote_workers, "Of ringtail-mpi, which starts this command")
      ->check(CLI::Range(1, 1 << 20))
      ->group("");  // not for people
  add_verbosity(sweep, line);
}

}  // namespace

void add_sweep(CLI::App& app, CommandLine& line) {
  auto* sweep = app.add_subcommand(
      "sweep", "Simulate all points of a study; run again, it goes on where it was stopped, in whatever way");
  add_sweep_options(*sweep, line);
  sweep->callback([&line] { line.command = Command::sweep; });
}

void add_worker(CLI::App& app, CommandLine& line) {
  auto* worker =
      app.add_subcommand("worker", "Simulate points of a study that standard input asks for: ringtail-mpi's");
  add_sweep_options(*worker, line);
  worker->group("");
  worker->callback([&line] { line.command = Command::worker; });
}

void add_merge(CLI::App& app, CommandLine& line) {
  auto* merge = app.add_subcommand("merge", "Put the shards of a sweep together into the tables of its results");
  add_study(*merge, line);
  merge->add_option("FROM", line.sweep.stores, "Folders or files of shards; the folder of results if not given");
  add_verbosity(*merge, line);
  merge->callback([&line] { line.command = Command::merge; });
}

}  // namespace ringtail
