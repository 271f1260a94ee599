#include <algorithm>

#include "cli/commands.hpp"
#include "config/json_schema.hpp"
#include "config/schema.hpp"

namespace ringtail {
namespace {

const TypeInfo& runtime_type() {
  const auto& fields = deployment_format().info.fields;
  return std::find_if(fields.begin(), fields.end(), [](const FieldInfo& field) { return field.key == "runtime"; })
      ->type;
}

}  // namespace

ExitCode run_schema(const CommandLine& line) {
  const TypeInfo type = line.what == "model"      ? model_format().info
                        : line.what == "platform" ? degraded_platform_format().info
                        : line.what == "runtime"  ? runtime_type()
                                                  : deployment_format().info;
  return write_result(line.format == OutputFormat::text ? key_table(type) : json_schema(type, "Ringtail " + line.what),
                      ExitCode::ok);
}

}  // namespace ringtail
