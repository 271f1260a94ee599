#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"

namespace ringtail {

/// What a column of a printed table shows.
enum class Quantity {
  experts,
  experts_per_token,
  sparsity,
  quality,           ///< q.
  quality_sparsity,  ///< q s.
  batch_moe,         ///< Largest batch, in sequences,
  batch_dense,       ///< of the dense counterpart.
  reuse_moe,         ///< Tokens per weight that is read.
  reuse_dense,
  routing,   ///< E / k.
  capacity,  ///< B_dense / B_moe.
  gap,       ///< Both together.
  throughput_moe,
  throughput_dense,
  speedup,  ///< Dense / MoE.
  hbm,      ///< Time per token, in the table's unit.
  compute,
  communication
};

/// Name of a quantity as in YAML.
[[nodiscard]] std::string_view name_of(Quantity quantity);

/// A row as printed, and which deployment gives its cells.
struct ReferenceRow {
  enum class Side { both, moe, dense };
  struct Losses {
    double dense = 0;
    double moe = 0;
  };

  std::string name;
  std::string deployment;            ///< File in deployments/; empty: the row is about parameters alone.
  std::string model;                 ///< The MoE, or a dense model.
  std::optional<double> q;           ///< Of the dense counterpart.
  std::optional<Losses> losses;      ///< That q follows from.
  Side side = Side::both;            ///< Of which variant the cells are.
  int context = 0;                   ///< Tokens.
  int batch = 0;                     ///< That times are of; 0: the row's printed ones.
  std::vector<std::string> printed;  ///< A cell per column: a number, `lost`, `absent` or a word.
};

/// A printed table. Its figures are facts to compare with.
struct ReferenceTable {
  enum class Hundred { none, first_row, own_row };  ///< The row whose MoE's throughput is 100.

  int number = 0;
  std::string title;
  std::string source;
  std::vector<Quantity> columns;
  Seconds unit = 1;  ///< Of times per token.
  Hundred hundred = Hundred::none;
  std::vector<ReferenceRow> rows;
  std::vector<std::string> notes;  ///< What cannot be reproduced, and why.
};

/// The folder with the tables and, in deployments/, what they are simulated with.
[[nodiscard]] std::filesystem::path reference_directory(const std::filesystem::path& data);

/// What became of the files of tables.
struct ReferenceTables {
  std::vector<ReferenceTable> tables;  ///< By number.
  std::string errors;                  ///< Empty exactly if all are sound.
};

/// Reads table-*.yaml of a folder.
[[nodiscard]] ReferenceTables load_reference_tables(const std::filesystem::path& folder);

}  // namespace ringtail
