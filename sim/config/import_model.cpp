#include "config/import_model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "config/ignored_fields.hpp"
#include "config/import_architectures.hpp"
#include "config/model_checks.hpp"
#include "config/schema.hpp"
#include "config/suggest.hpp"
#include "config/text.hpp"
#include "config/unit.hpp"
#include "config/yaml_tree.hpp"

namespace ringtail {
namespace {

const Node* scalar_at(const Node& config, std::string_view key) {
  const Node* const node = config.find(key);
  if (node && node->kind == Node::Kind::list && !node->items.empty()) return &node->items.front();
  return node && node->kind == Node::Kind::scalar ? node : nullptr;
}

/// What names the architecture in a config: `architectures`, of which one is given, or `model_type`.
const Node* name_in(const Node& config) {
  const Node* const name = scalar_at(config, "architectures");
  return name ? name : scalar_at(config, "model_type");
}

const Architecture* architecture_of(const Node* name) {
  if (!name) return nullptr;
  const auto& table = architectures();
  const auto match = std::find_if(table.begin(), table.end(), [&](const Architecture& each) {
    const auto& others = each.other_names;
    return each.name == name->text || std::find(others.begin(), others.end(), name->text) != others.end();
  });
  return match == table.end() ? nullptr : &*match;
}

/// That of the language model comes first: what it is part of is another class.
const Architecture* find_architecture(const Node& config, Diagnostics& diagnostics) {
  const Node* const text = config.find("text_config");
  if (text)
    if (const Architecture* const found = architecture_of(name_in(*text))) return found;
  const Node* const name = name_in(config);
  if (const Architecture* const found = architecture_of(name)) return found;
  if (name && name->kind != Node::Kind::scalar) {
    diagnostics.error(name->at, config.path,
                      fmt::format("architectures must be a list of texts, not of {}", noun(name->kind)));
    return nullptr;
  }
  const auto known = supported_architectures();
  if (!name) {
    diagnostics.error(config.at, config.path, "neither 'architectures' nor 'model_type' says what this is",
                      fmt::format("a config.json of Hugging Face's has one; supported: {}", fmt::join(known, ", ")));
    return nullptr;
  }
  const std::string_view reason = reason_to_refuse(name->text);
  diagnostics.error(name->at, config.path,
                    fmt::format("the architecture {} is not supported{}{}", in_quotes(name->text),
                                reason.empty() ? "" : ": ", reason),
                    suggestion(name->text, known, "supported"));
  return nullptr;
}

int figure_at(const Node& tree, std::string_view section, std::string_view key) {
  const Node* const part = section.empty() ? &tree : tree.find(section);
  const Node* const node = part ? part->find(key) : nullptr;
  return node ? std::stoi(node->text) : 0;  // written by ModelTree
}

const KnownModel* find_known(std::string_view architecture, const Node& tree) {
  const auto& table = known_models();
  const auto match = std::find_if(table.begin(), table.end(), [&](const KnownModel& each) {
    return each.architecture == architecture && each.layers == figure_at(tree, "", "layers") &&
           each.hidden_size == figure_at(tree, "", "hidden_size") &&
           each.vocab_size == figure_at(tree, "", "vocab_size") && each.experts == figure_at(tree, "moe", "experts");
  });
  return match == table.end() ? nullptr : &*match;
}

/// "Qwen/Qwen3-8B" without the first part.
std::string own_name(const Node& config) {
  const Node* const name = scalar_at(config, "_name_or_path");
  const std::string text = name ? name->text : std::string();
  return text.substr(text.find_last_of('/') + 1);
}

/// Whether a name is that of a published model, or goes on from it: "deepseek-v3", "DeepSeek-V3-0324", not
/// "DeepSeek-V3.1".
bool is_name_of(std::string_view name, const KnownModel& known) {
  const auto is_same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
  };
  if (name.size() < known.name.size()) return false;
  const std::string_view rest = name.substr(known.name.size());
  return std::equal(known.name.begin(), known.name.end(), name.begin(), is_same) &&
         (rest.empty() || (rest[0] != '.' && !std::isalnum(static_cast<unsigned char>(rest[0]))));
}

/// Its name, as import_model says.
std::string name_of(ImportedModel& imported, const std::string& given, const std::string& own,
                    const std::string& fallback) {
  if (!given.empty()) return given;
  if (imported.is_known()) return std::string(imported.known->name);
  const std::string name = own.empty() ? fallback : own;
  for (const KnownModel& known : known_models())
    if (is_name_of(name, known)) imported.variant_of = known.name;
  return imported.variant_of.empty() ? name : "variant of " + imported.variant_of;
}

std::vector<Note> unknown_fields(const ConfigReader& config) {
  std::vector<Note> unknown;
  for (const Entry& entry : config.unread())
    if (reason_to_ignore(entry.key.substr(entry.key.find('.') + 1)).empty())
      unknown.push_back({entry.key_at, fmt::format("unknown field {} is left out", in_quotes(entry.key))});
  return unknown;
}

/// Parameters of a model tree; nothing if it has mistakes, which are reported when it is read for good.
std::optional<ParameterCount> count(ModelTree body) {
  body.set_text("name", "any");
  Node& tree = body.root;
  SourceMap places;
  Diagnostics mistakes;
  assign_paths(tree, places);
  const auto model = model_format().read(tree, mistakes);
  if (model && mistakes.empty()) check_model(*model, "", places, mistakes);
  return model && mistakes.empty() ? std::optional(count_parameters(*model)) : std::nullopt;
}

void set_published(const KnownModel& known, ModelTree& model) {
  const auto number = [](double value) { return scalar(format_quantity(value, unit::parameters())); };
  model.set("published.total_parameters", number(known.total), model.place());
  if (known.active > 0) model.set("published.active_parameters", number(known.active), model.place());
}

}  // namespace

std::vector<std::string> supported_architectures() {
  std::vector<std::string> names;
  for (const Architecture& each : architectures()) names.emplace_back(each.name);
  return names;
}

std::optional<ImportedModel> import_model(const Node& config, const std::string& name, const std::string& fallback,
                                          Diagnostics& diagnostics) {
  const Architecture* const architecture = find_architecture(config, diagnostics);
  if (!architecture) return std::nullopt;
  ConfigReader reader(config, diagnostics);
  ModelTree body(reader.place());
  const Figure layers = reader.required("num_hidden_layers", "transformer layers");
  if (layers.value < 1) reader.refuse("num_hidden_layers", "must be at least 1");
  body.set("layers", layers);
  body.set("hidden_size", reader.required("hidden_size", "elements of the residual stream"));
  body.set("vocab_size", reader.required("vocab_size", "tokens of the vocabulary"));
  body.set_true_if("tied_embeddings", reader.flag("tie_word_embeddings", false));
  architecture->read(reader, body);
  ImportedModel imported;
  std::vector<Note> formats;
  imported.weights = stored_weights(reader, formats);
  if (reader.failed()) return std::nullopt;

  imported.architecture = architecture->name;
  imported.warnings = unknown_fields(reader);
  imported.warnings.insert(imported.warnings.end(), formats.begin(), formats.end());
  imported.known = find_known(architecture->name, body.root);
  const auto parameters = imported.known ? count(body) : std::nullopt;
  if (parameters) {
    imported.total = total_agreement(*imported.known, *parameters);
    imported.active = active_agreement(*imported.known, *parameters);
  }
  if (imported.is_known()) set_published(*imported.known, body);
  ModelTree model(reader.place());
  model.set_text("name", name_of(imported, name, own_name(config), fallback));
  model.set_text("source", fmt::format("config.json of {}", architecture->name));
  imported.tree = std::move(model.root);
  imported.tree.at = reader.place();
  std::move(body.root.entries.begin(), body.root.entries.end(), std::back_inserter(imported.tree.entries));
  return imported;
}

}  // namespace ringtail
