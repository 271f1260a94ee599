#pragma once

#include <string>

#include "config/deployment.hpp"
#include "config/source_map.hpp"

/// Mistakes in deployments that are no line of a file, such as the cells of a map.
namespace ringtail {

/// A source map in which every field is nowhere.
[[nodiscard]] SourceMap no_file();

/// The message of the first of some errors, without place and help.
[[nodiscard]] std::string first_message(const std::string& errors);

/// The first of a deployment's mistakes; empty if it has none.
[[nodiscard]] std::string mistakes_of(const Deployment& deployment);

}  // namespace ringtail
