#include "config/catalog.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "config/load.hpp"
#include "files.hpp"

namespace ringtail {
namespace {

class Catalog : public Files {};

std::vector<std::string> names(const std::vector<Listing>& listings) {
  std::vector<std::string> result;
  for (const Listing& listing : listings) result.push_back(listing.name);
  return result;
}

TEST_F(Catalog, ListsFilesByNameWithNameAndSource) {
  std::filesystem::create_directories("workloads/models");
  std::ofstream("workloads/models/b.yaml") << "name: Model B\nsource: paper 1\nlayers: wrong\n";
  std::ofstream("workloads/models/a.yaml") << "name: Model A\n";
  std::ofstream("workloads/models/c.yaml") << "{ broken";
  std::ofstream("workloads/models/notes.txt") << "no model";
  const auto models = list_models(".");
  EXPECT_EQ(names(models), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(models[0].description, "Model A");
  EXPECT_EQ(models[1].description, "Model B (paper 1)");
  EXPECT_EQ(models[2].description, "");
  EXPECT_TRUE(list_platforms(".").empty());
  EXPECT_TRUE(list_deployments("nowhere").empty());
}

TEST_F(Catalog, DataDirectoryIsTheSourceTreeUnlessSet) {
  unsetenv("RINGTAIL_DATA");
  EXPECT_TRUE(std::filesystem::equivalent(data_directory(), RINGTAIL_SOURCE_DIR));
  setenv("RINGTAIL_DATA", "/somewhere", 1);
  EXPECT_EQ(data_directory(), "/somewhere");
  setenv("RINGTAIL_DATA", "", 1);
  EXPECT_TRUE(std::filesystem::equivalent(data_directory(), RINGTAIL_SOURCE_DIR));
}

// Each model and platform is good in itself: put into a deployment on one GPU, it has no mistake.
TEST_F(Catalog, AllModelsAndPlatformsAreGood) {
  const std::filesystem::path data = RINGTAIL_SOURCE_DIR;
  for (const Listing& model : list_models(data)) {
    for (const Listing& platform : list_platforms(data)) {
      std::ofstream("d.yaml") << "model: " << model.name << "\nplatform: " << platform.name
                              << "\ngpus: 1\ndecode: {context: 1k}\n";
      EXPECT_EQ(load_deployment("d.yaml", {}, data).errors, "");
    }
  }
}

}  // namespace
}  // namespace ringtail
