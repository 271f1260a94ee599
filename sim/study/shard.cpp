#include "study/shard.hpp"

#include <charconv>
#include <cstdlib>
#include <map>

namespace ringtail {
namespace {

std::optional<int> whole(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<int> variable(const char* name) {
  const char* const text = std::getenv(name);
  return text ? whole(text) : std::nullopt;
}

std::optional<Shard> checked(std::optional<int> index, std::optional<int> count) {
  if (!index || !count || *count < 1 || *index < 1 || *index > *count) return std::nullopt;
  return Shard{*index, *count};
}

/// Open MPI numbers ranks from 0; so does Slurm its tasks, while a job array begins where its user says. A job array of
/// jobs with several tasks each is not told apart from their tasks: give I/N then.
std::optional<Shard> from_environment() {
  const auto next = [](std::optional<int> n) { return n ? std::optional(*n + 1) : n; };
  if (const auto rank = variable("OMPI_COMM_WORLD_RANK")) return checked(next(rank), variable("OMPI_COMM_WORLD_SIZE"));
  if (const auto task = variable("SLURM_ARRAY_TASK_ID"))
    return checked(*task - variable("SLURM_ARRAY_TASK_MIN").value_or(0) + 1, variable("SLURM_ARRAY_TASK_COUNT"));
  return checked(next(variable("SLURM_PROCID")), variable("SLURM_NTASKS"));
}

}  // namespace

std::optional<Shard> parse_shard(const std::string& text) {
  if (text == "env") return from_environment();
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  return checked(whole(text.substr(0, slash)), whole(text.substr(slash + 1)));
}

std::vector<const PlannedPoint*> points_of(const Shard& shard, const std::vector<PlannedPoint>& points) {
  std::map<std::string, const PlannedPoint*> by_identity;
  for (const PlannedPoint& point : points) by_identity.emplace(point.identity, &point);
  std::vector<const PlannedPoint*> mine;
  int turn = 0;
  for (const auto& [identity, point] : by_identity) {
    if (turn == shard.index - 1) mine.push_back(point);
    turn = (turn + 1) % shard.count;
  }
  return mine;
}

}  // namespace ringtail
