#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

#include "cli/commands.hpp"
#include "cli/loaded.hpp"
#include "cli/study_results.hpp"
#include "cli/sweep_progress.hpp"
#include "config/catalog.hpp"
#include "config/unit.hpp"
#include "results/table.hpp"
#include "simulation/ledger_text.hpp"
#include "study/plan_change.hpp"
#include "study/remote.hpp"
#include "study/runner.hpp"
#include "study/shard.hpp"

namespace ringtail {
namespace {

/// Where ringtail-mpi holds the other end of the socket to whom it relays.
constexpr int relay_socket = 3;

/// A study and its points, without mistakes.
struct Planned {
  StudySource source;
  std::vector<PlannedPoint> points;
  std::filesystem::path output;
};

/// None if mistakes were printed.
std::optional<Planned> plan(const CommandLine& line, bool estimates) {
  StudyResult loaded = load_study(line.file, data_directory());
  std::string errors = loaded.errors;
  Planned planned;
  if (loaded.study) {
    planned.source = {std::move(*loaded.study), std::move(loaded.sources), line.overrides, data_directory()};
    StudyPlan points = plan_study(planned.source, estimates);
    planned.points = std::move(points.points);
    errors = std::move(points.errors);
  }
  planned.output = line.sweep.output;
  if (planned.output.empty()) planned.output = line.file.stem().string() + ".results";
  if (errors.empty()) return planned;
  fmt::print(stderr, "{}", errors);
  return std::nullopt;
}

std::string points_text(std::size_t count) { return fmt::format("{} point{}", count, count == 1 ? "" : "s"); }

/// The points and what each may take.
std::string dry_run_text(const Planned& planned, int jobs) {
  const Study& study = planned.source.study;
  TableRows table = {{"point", "identity", "batch", "time", "memory"}};
  double wall = 0;
  Bytes largest = 0;
  for (const PlannedPoint& point : planned.points) {
    const bool feasible = point.infeasible_reason.empty();
    table.push_back({point_label(study, point.levels), point.identity,
                     feasible ? std::to_string(point.batch_total) : "infeasible",
                     feasible ? fmt::format("{:.1f} s", point.expected_wall_s) : "",
                     feasible ? bytes_text(point.expected_memory) : ""});
    wall += point.expected_wall_s;
    largest = std::max(largest, point.expected_memory);
  }
  return fmt::format("{}{}, about {:.0f} s with {} at a time, and {} of memory; within a factor of 3\n",
                     table_text(table), points_text(planned.points.size()), wall / jobs, jobs,
                     bytes_text(largest * jobs));
}

/// Opens the stores of a folder, or the files themselves.
std::vector<Store> open_stores(const std::vector<std::filesystem::path>& places) {
  std::vector<Store> stores;
  for (const auto& place : places) {
    std::error_code error;
    if (!std::filesystem::is_directory(place, error)) {
      stores.push_back(Store::open_to_read(place));
      continue;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(place, error))
      if (entry.path().extension() == ".sqlite") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) stores.push_back(Store::open_to_read(file));
  }
  return stores;
}

/// "12 points: 10 done, 1 infeasible, 1 failed", and why some failed.
std::string outcome_text(const Study& study, const std::vector<SummaryRow>& rows) {
  constexpr int most_shown = 5;
  std::map<std::string, int> counts;
  std::string reasons;
  int shown = 0;
  for (const SummaryRow& row : rows) {
    ++counts[row.outcome];
    const bool is_failure = row.outcome == "failed" || row.outcome == "timeout";
    if (is_failure && ++shown <= most_shown)
      reasons += fmt::format("  {}: {}: {}\n", row.outcome, point_label(study, row.point->levels), row.reason);
  }
  std::string text = points_text(rows.size());
  for (const auto& [outcome, count] : counts)
    text += fmt::format("{} {} {}", text.find(':') == std::string::npos ? ":" : ",", count, outcome);
  return text + "\n" + reasons + (shown > most_shown ? fmt::format("  and {} more\n", shown - most_shown) : "");
}

/// Summarises what is in the stores, as text and, if wanted, as files.
ExitCode report(const Planned& planned, const std::vector<Store>& stores, bool with_files, bool is_quiet) {
  const Study& study = planned.source.study;
  const auto folder = with_files ? std::optional(planned.output) : std::nullopt;
  const auto rows = read_results(study, planned.points, find_in(stores), folder);
  if (!is_quiet) fmt::print(stderr, "{}", outcome_text(study, rows));
  const bool is_whole =
      std::none_of(rows.begin(), rows.end(), [](const auto& row) { return row.outcome == "missing"; });
  const ExitCode code = is_whole ? ExitCode::ok : ExitCode::failure;
  return write_result(summary_text(study, rows), code);
}

/// What is left to do: points without an outcome and, if wanted, those that failed. The longest come first.
std::vector<const PlannedPoint*> left_to_do(std::vector<const PlannedPoint*> points, const Store& store,
                                            bool retry_failed) {
  const auto outcomes = store.outcomes();
  std::erase_if(points, [&](const PlannedPoint* point) {
    const auto outcome = outcomes.find(point->identity);
    if (outcome == outcomes.end()) return false;
    return !retry_failed || outcome->second == "done" || outcome->second == "infeasible";
  });
  std::stable_sort(points.begin(), points.end(), [](const PlannedPoint* a, const PlannedPoint* b) {
    return a->expected_wall_s > b->expected_wall_s;
  });
  return points;
}

/// What a point may take.
RunnerOptions limits_of(const CommandLine& line, std::optional<double> memory_limit) {
  RunnerOptions options;
  if (line.sweep.timeout_s > 0) options.timeout_s = line.sweep.timeout_s;
  options.memory_limit = memory_limit;
  return options;
}

/// False if it was interrupted.
bool run(const CommandLine& line, const Planned& planned, const std::vector<const PlannedPoint*>& points,
         std::optional<double> memory_limit, Store& store) {
  std::map<std::string, double> expected;
  double sum = 0;
  for (const PlannedPoint* point : points) sum += expected[point->identity] = point->expected_wall_s;
  SweepProgress progress(line.verbosity != Verbosity::quiet, points.size(), sum);
  RunnerOptions options = limits_of(line, memory_limit);
  options.jobs = jobs_of(line);
  options.on_record = [&](const PointRecord& record) {
    store.write(record);
    progress.add(expected[record.identity], record.outcome == "failed" || record.outcome == "timeout");
  };
  options.on_wait = [&] { progress.show(); };
  if (line.sweep.remote_workers > 0)
    return run_points_remotely(relay_socket, line.sweep.remote_workers, points, options);
  return run_points(planned.source, points, options);
}

ExitCode refuse(const std::string& message) {
  fmt::print(stderr, "{}\n", message);
  return ExitCode::bad_input;
}

ExitCode sweep(const CommandLine& line, const Planned& planned, const Shard& shard,
               std::optional<double> memory_limit) {
  const bool is_quiet = line.verbosity == Verbosity::quiet;
  std::error_code error;
  std::filesystem::create_directories(planned.output, error);
  if (error)
    return refuse(fmt::format("error: cannot make the folder {}: {}", planned.output.string(), error.message()));
  const std::string name =
      shard.count == 1 ? "points.sqlite" : fmt::format("points-{}-of-{}.sqlite", shard.index, shard.count);
  {
    Store store = Store::open(planned.output / name);
    const StoredPlan now = stored_plan(planned.source.study, planned.points);
    const std::string change = plan_change(store.plan(), now);
    if (!change.empty() && !is_quiet) fmt::print(stderr, "since the last sweep into this folder:\n{}", change);
    store.write_plan(now);
    const auto mine = points_of(shard, planned.points);
    const auto points = left_to_do(mine, store, line.sweep.retry_failed);
    if (!is_quiet && points.size() < mine.size())
      fmt::print(stderr, "{} of {} are there already\n", mine.size() - points.size(), points_text(mine.size()));
    if (!run(line, planned, points, memory_limit, store)) {
      spdlog::error("interrupted: what is finished is kept in {}; the same command goes on", planned.output.string());
      return ExitCode::interrupted;
    }
  }
  if (shard.count == 1) return report(planned, open_stores({planned.output / name}), true, is_quiet);
  if (!is_quiet)
    fmt::print(stderr, "shard {}/{} is done; ringtail merge puts all of them together\n", shard.index, shard.count);
  return ExitCode::ok;
}

/// --memory in bytes; a mistake is printed.
std::optional<ExitCode> read_memory(const CommandLine& line, std::optional<double>& limit) {
  if (line.sweep.memory.empty()) return std::nullopt;
  const auto size = parse_quantity(line.sweep.memory, unit::bytes());
  if (const auto* mistake = std::get_if<Mistake>(&size))
    return refuse(fmt::format("--memory {}: error: {}", line.sweep.memory, mistake->message));
  limit = std::get<double>(size);
  return std::nullopt;
}

}  // namespace

ExitCode run_sweep(const CommandLine& line) {
  if (line.sweep.remote_workers > 0 && (line.jobs > 0 || !line.sweep.shard.empty()))
    return refuse("ringtail-mpi: error: neither -j nor --shard: its number of processes is that of points at a time");
  const auto shard = line.sweep.shard.empty() ? Shard{} : parse_shard(line.sweep.shard);
  if (!shard)
    return refuse(line.sweep.shard == "env"
                      ? "--shard env: error: neither Open MPI nor Slurm says which part this is"
                      : fmt::format("--shard {}: error: must be I/N with I from 1 to N, or env", line.sweep.shard));
  std::optional<double> memory_limit;
  if (const auto mistake = read_memory(line, memory_limit)) return *mistake;
  const auto planned = plan(line, !line.sweep.summary);
  if (!planned) return ExitCode::bad_input;
  if (line.sweep.dry_run) return write_result(dry_run_text(*planned, jobs_of(line)), ExitCode::ok);
  try {
    if (line.sweep.summary)
      return report(*planned, open_stores({planned->output}), false, line.verbosity == Verbosity::quiet);
    return sweep(line, *planned, *shard, memory_limit);
  } catch (const StoreError& error) {
    spdlog::error("{}", error.what());
    return ExitCode::failure;
  }
}

ExitCode run_worker(const CommandLine& line) {
  std::optional<double> memory_limit;
  if (const auto mistake = read_memory(line, memory_limit)) return *mistake;
  StudyResult loaded = load_study(line.file, data_directory());
  if (!loaded.study) {
    fmt::print(stderr, "{}", loaded.errors);
    return ExitCode::bad_input;
  }
  const StudySource source{std::move(*loaded.study), std::move(loaded.sources), line.overrides, data_directory()};
  return serve_points(source, limits_of(line, memory_limit)) ? ExitCode::ok : ExitCode::interrupted;
}

ExitCode run_merge(const CommandLine& line) {
  const auto planned = plan(line, false);
  if (!planned) return ExitCode::bad_input;
  std::error_code error;
  std::filesystem::create_directories(planned->output, error);
  try {
    const auto places = line.sweep.stores.empty() ? std::vector{planned->output} : line.sweep.stores;
    return report(*planned, open_stores(places), true, line.verbosity == Verbosity::quiet);
  } catch (const StoreError& failure) {
    spdlog::error("{}", failure.what());
    return ExitCode::failure;
  }
}

}  // namespace ringtail
