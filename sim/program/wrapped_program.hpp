#pragma once

#include <string>
#include <vector>

#include "program/program.hpp"

namespace ringtail {

/// A program that changes the ops of another, and nothing of what there is.
class WrappedProgram : public Program {
 public:
  /// `program` must outlive this.
  explicit WrappedProgram(Program& program) : program_(program) {}

  [[nodiscard]] int ranks() const override { return program_.ranks(); }
  [[nodiscard]] int block_ranks() const override { return program_.block_ranks(); }
  [[nodiscard]] int pipeline_stage_ranks() const override { return program_.pipeline_stage_ranks(); }
  [[nodiscard]] const std::vector<std::string>& stages() const override { return program_.stages(); }
  [[nodiscard]] const std::vector<std::string>& families() const override { return program_.families(); }

 protected:
  Program& program_;
};

}  // namespace ringtail
