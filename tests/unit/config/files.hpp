#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "config/load.hpp"

namespace ringtail {

/// The models and platforms that tests refer to by name: tiny-moe, tiny-dense, box.
inline const std::filesystem::path test_data = std::filesystem::path(RINGTAIL_SOURCE_DIR) / "tests/bad/data";

/// Lines 1 to 5 of a deployment without mistakes.
inline const std::string minimal =
    "model: tiny-moe\n"
    "platform: box\n"
    "gpus: 8\n"
    "parallelism: {attention: {dp: 8}, ffn: {ep: 8}}\n"
    "decode: {context: 4k}\n";

/// A directory of its own for each test, the working directory while it lives, so that messages name files as "d.yaml".
class Files : public testing::Test {
 protected:
  Files() {
    std::string name = testing::TempDir() + "ringtail-XXXXXX";
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    directory_ = name;
    std::filesystem::current_path(directory_);
  }
  ~Files() override {
    std::filesystem::current_path("/");
    std::filesystem::remove_all(directory_);
  }

  static LoadResult load(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    std::ofstream("d.yaml", std::ios::binary) << yaml;
    return load_deployment("d.yaml", overrides, test_data);
  }

  static Deployment loaded(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    LoadResult result = load(yaml, overrides);
    EXPECT_EQ(result.errors, "");
    return result.deployment.value_or(Deployment{});
  }

  static std::string errors(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
    const LoadResult result = load(yaml, overrides);
    EXPECT_FALSE(result.deployment);
    return result.errors;
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace ringtail
