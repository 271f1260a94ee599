#include <algorithm>

#include "cli/commands.hpp"
#include "cli/file_types.hpp"
#include "config/json_schema.hpp"
#include "config/schema.hpp"
#include "config/study_schema.hpp"

namespace ringtail {
namespace {

/// A profile is a part of a deployment with a name and a source.
TypeInfo runtime_profile_type() {
  TypeInfo type;
  type.kind = TypeInfo::Kind::mapping;
  const auto add = [&](const TypeInfo& from, const std::string& key) {
    const auto is_key = [&](const FieldInfo& field) { return field.key == key; };
    type.fields.push_back(*std::find_if(from.fields.begin(), from.fields.end(), is_key));
    type.fields.back().type.folder.clear();
  };
  const TypeInfo model = model_format().info;
  add(model, "name");
  add(model, "source");
  add(deployment_format().info, "runtime");
  add(deployment_format().info, "collectives");
  return type;
}

}  // namespace

TypeInfo file_type(const std::string& name) {
  if (name == "model") return model_format().info;
  if (name == "platform") return degraded_platform_format().info;
  if (name == "runtime") return runtime_profile_type();
  return name == "study" ? study_format().info : deployment_format().info;
}

ExitCode run_schema(const CommandLine& line) {
  const TypeInfo type = file_type(line.what);
  return write_result(line.format == OutputFormat::text ? key_table(type) : json_schema(type, "Ringtail " + line.what),
                      ExitCode::ok);
}

}  // namespace ringtail
