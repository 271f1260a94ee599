#include "closed_form/switches.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace ringtail::closed_form {
namespace {

/// A switch as text. Values are numbered as in its enum.
struct Entry {
  SwitchInfo info;
  std::function<std::size_t(const Switches&)> get;
  std::function<void(Switches&, std::size_t)> set;
};

template <class Enum>
Entry entry(std::string_view name, Enum Switches::*member, std::vector<std::string_view> values) {
  return {{name, std::move(values)},
          [member](const Switches& switches) { return static_cast<std::size_t>(switches.*member); },
          [member](Switches& switches, std::size_t value) { switches.*member = static_cast<Enum>(value); }};
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = {
      entry("expert_traffic", &Switches::expert_traffic, {"paper", "literal", "distinct"}),
      entry("reuse_floor", &Switches::reuse_floor, {"none", "one"}),
      entry("parameters", &Switches::parameters, {"sparse", "counted"}),
      entry("dense_shard", &Switches::dense_shard, {"tp", "layout", "all"}),
      entry("mla_shard", &Switches::mla_shard, {"kvp", "all"}),
      entry("latent", &Switches::latent, {"twice", "once"}),
      entry("maxima", &Switches::maxima, {"token", "phase"}),
      entry("batch", &Switches::batch, {"printed", "equation", "ledger"}),
      entry("all_to_all", &Switches::all_to_all, {"batch", "rank"}),
      entry("gathers", &Switches::gathers, {"ring", "direct", "best"}),
      entry("windows", &Switches::windows, {"none", "ring", "all"}),
      entry("islands", &Switches::islands, {"primary", "mapped"}),
  };
  return all;
}

/// "batch=244"; false if it is no number of sequences.
bool apply_batch(std::string_view value, Switches& switches) {
  double batch = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), batch);
  if (error != std::errc{} || end != value.data() + value.size() || !std::isfinite(batch) || batch < 1) return false;
  switches.batch = BatchChoice::printed;
  switches.printed_batch = batch;
  return true;
}

std::string choices(const Entry& entry) {
  if (entry.info.name == "batch") return "equation, ledger, or a number of sequences of at least 1";
  return fmt::format("{}", fmt::join(entry.info.values, ", "));
}

std::string names() {
  std::vector<std::string_view> all;
  for (const Entry& entry : entries()) all.push_back(entry.info.name);
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

Switches paper_switches() {
  return {.expert_traffic = ExpertTraffic::paper,
          .reuse_floor = ReuseFloor::none,
          .parameters = Parameters::sparse,
          .dense_shard = DenseShard::tp,
          .mla_shard = MlaShard::all,
          .latent = Latent::twice,
          .maxima = Maxima::token,
          .batch = BatchChoice::equation,
          .all_to_all = AllToAllVolume::batch,
          .gathers = Gathers::ring,
          .windows = Windows::ring,
          .islands = Islands::primary};
}

const std::vector<SwitchInfo>& switch_infos() {
  static const std::vector<SwitchInfo> infos = [] {
    std::vector<SwitchInfo> all;
    for (const Entry& entry : entries()) all.push_back(entry.info);
    return all;
  }();
  return infos;
}

std::string set_switch(const std::string& word, Switches& switches) {
  if (word == "paper" || word == "physical") {
    switches = word == "paper" ? paper_switches() : physical_switches();
    return {};
  }
  const std::size_t equals = word.find('=');
  const std::string_view name = std::string_view(word).substr(0, equals);
  const auto at = std::find_if(entries().begin(), entries().end(), [&](const Entry& e) { return e.info.name == name; });
  if (equals == std::string::npos || at == entries().end())
    return fmt::format("'{}' must be paper, physical, or one of the switches {} with a value, like maxima=token", word,
                       names());
  const std::string_view value = std::string_view(word).substr(equals + 1);
  if (name == "batch" && apply_batch(value, switches)) return {};
  const auto& values = at->info.values;
  const auto found = std::find(values.begin(), values.end(), value);
  if (found == values.end() || value == "printed")
    return fmt::format("{} must be one of: {}; '{}' is not", name, choices(*at), value);
  at->set(switches, static_cast<std::size_t>(found - values.begin()));
  return {};
}

std::vector<std::string> values_of(const Switches& switches) {
  std::vector<std::string> values;
  for (const Entry& entry : entries())
    values.push_back(entry.info.name == "batch" && switches.batch == BatchChoice::printed
                         ? fmt::format("{}", switches.printed_batch)
                         : std::string(entry.info.values[entry.get(switches)]));
  return values;
}

}  // namespace ringtail::closed_form
