#include "config/platform_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "config/suggest.hpp"
#include "config/text.hpp"
#include "fabric/problem.hpp"
#include "fabric/wiring.hpp"

namespace ringtail {

namespace {

/// One name of each kind: gpu0.nvlink.out, nic0.out, leaf0.spine0.up.
std::string name_examples(const std::vector<Link>& links) {
  std::set<std::string> kinds;
  std::vector<std::string> examples;
  for (const Link& link : links) {
    std::string kind = link.name;
    std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
    if (kinds.insert(kind).second) examples.push_back(link.name);
  }
  return fmt::format("{}", fmt::join(examples, ", "));
}

std::string link_help(std::string_view wanted, const std::vector<Link>& links) {
  std::set<std::string> names;
  for (const Link& link : links) {
    names.insert(link.name);
    names.insert(link.name.substr(0, link.name.find('.')));
  }
  for (const Link& link : links) {  // Words in the middle: leaf0.spine3.up.
    const std::size_t first = link.name.find('.');
    const std::size_t second = link.name.find('.', first + 1);
    if (second != std::string::npos) names.insert(link.name.substr(first + 1, second - first - 1));
  }
  const std::string near = nearest(wanted, {names.begin(), names.end()});
  return fmt::format("{}links are named like {}", near.empty() ? "" : fmt::format("did you mean {}? ", in_quotes(near)),
                     name_examples(links));
}

struct Place {
  const SourceMap& sources;
  Diagnostics& diagnostics;
  std::string path;

  void error(std::string message, std::string help = {}, const std::vector<std::string>& others = {}) const {
    diagnostics.error(sources.find(path), path, std::move(message), std::move(help), sources.notes(path, others));
  }
};

void check_degraded_link(const std::string& name, const Platform& platform, int gpus, const Place& place) {
  Platform sound = platform;
  sound.degrade.clear();
  const std::vector<Link> links = Wiring(sound, gpus).links();
  const bool exists =
      std::any_of(links.begin(), links.end(), [&](const Link& link) { return names_link(name, link.name); });
  if (!exists) place.error(fmt::format("{}: there is no link {}", place.path, in_quotes(name)), link_help(name, links));
}

}  // namespace

void check_platform(const Platform& platform, int gpus, std::string_view prefix, const SourceMap& sources,
                    Diagnostics& diagnostics) {
  const auto path = [&](std::string_view field) { return fmt::format("{}{}", prefix, field); };
  const bool is_sound =
      diagnostics.sound(path("island")) && diagnostics.sound(path("fabric")) && diagnostics.sound("gpus");
  const auto problem = is_sound ? wiring_problem(platform, gpus) : std::nullopt;
  if (problem && problem->field != "gpus") {
    std::vector<std::string> others;
    for (const std::string& other : problem->others) others.push_back(other == "gpus" ? other : path(other));
    Place{sources, diagnostics, path(problem->field)}.error(problem->message, problem->help, others);
  }
  if (!diagnostics.sound("degrade")) return;
  for (std::size_t i = 0; i < platform.degrade.size(); ++i) {
    const Degradation& degradation = platform.degrade[i];
    const Place place{sources, diagnostics, fmt::format("degrade[{}]", i)};
    if (degradation.gpu.has_value() == degradation.link.has_value()) {
      place.error(fmt::format("{} must have either gpu or link", place.path),
                  "write it like {gpu: 17, nic: 0.5} or {link: spine3, bandwidth: 0.25}");
    } else if (degradation.gpu && diagnostics.sound("gpus") && *degradation.gpu >= gpus) {
      Place{sources, diagnostics, place.path + ".gpu"}.error(
          fmt::format("{}.gpu = {} does not exist", place.path, *degradation.gpu),
          fmt::format("GPUs are numbered from 0 to {}", gpus - 1), {"gpus"});
    } else if (degradation.link && is_sound && !problem) {
      check_degraded_link(*degradation.link, platform, gpus, {sources, diagnostics, place.path + ".link"});
    }
  }
}

}  // namespace ringtail
