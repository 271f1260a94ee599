#include "config/counts_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "files.hpp"

namespace ringtail {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CountsJson, ReadsAMatrix) {
  const ExpertCounts eplb = read_counts_json("[[90, 132.5], [0, 1e2]]");
  EXPECT_EQ(eplb.error, "");
  EXPECT_THAT(eplb.counts, ElementsAre(ElementsAre(90, 132.5), ElementsAre(0, 100)));
  EXPECT_THAT(read_counts_json(R"({"weight": [[1, 2]]})").counts, ElementsAre(ElementsAre(1, 2)));
}

// A dump of SGLang: other keys beside it, a matrix, or one for each batch, which are added up.
TEST(CountsJson, ReadsLogicalCounts) {
  EXPECT_THAT(read_counts_json(R"({"rank": 0, "logical_count": [[0, 0], [3, 4]]})").counts,
              ElementsAre(ElementsAre(0, 0), ElementsAre(3, 4)));
  EXPECT_THAT(read_counts_json(R"({"logical_count": [[[1, 2], [3, 4]], [[10, 20], [30, 40]]]})").counts,
              ElementsAre(ElementsAre(11, 22), ElementsAre(33, 44)));
}

TEST(CountsJson, SaysWhatIsWrong) {
  const auto error = [](const std::string& text) { return read_counts_json(text).error; };
  EXPECT_THAT(error("[[1, 2],\n [3,, 4]]"), HasSubstr("line 2: not JSON"));
  EXPECT_THAT(error("{}"), HasSubstr("no matrix of counts under logical_count or weight"));
  EXPECT_THAT(error(R"({"logical_count": 3})"), HasSubstr("no matrix of counts"));
  EXPECT_THAT(error("[]"), HasSubstr("no layers"));
  EXPECT_THAT(error("[1, 2]"), HasSubstr("the matrix[0] must be a list of counts"));
  EXPECT_THAT(error("[[1, 2], [3]]"), HasSubstr("the matrix[1] has 1 experts, the matrix[0] has 2"));
  EXPECT_THAT(error("[[1, -2]]"), HasSubstr("the matrix[0][1] is -2, not a count"));
  EXPECT_THAT(error(R"({"weight": [[1, null]]})"), HasSubstr("weight[0][1] is null, not a count"));
  EXPECT_THAT(error("[[[1, 2]], [[1, 2], [3, 4]]]"), HasSubstr("the matrix[1] has another shape"));
  EXPECT_THAT(error("[[[1, 2]], 5]"), HasSubstr("the matrix[1] must be a list of lists"));
  EXPECT_THAT(error(std::string(100000, '[')), HasSubstr("not JSON"));
}

class CountsOfAModel : public Files {
 protected:
  static std::string matrix(const std::vector<int>& rows, int experts) {
    std::string text = "[";
    for (const int row : rows) {
      text += text == "[" ? "[" : ",[";
      for (int e = 0; e < experts; ++e) text += (e > 0 ? "," : "") + std::to_string(row * (e + 1));
      text += "]";
    }
    return text + "]";
  }
  static std::vector<std::string> file(const std::string& text) {
    std::ofstream("counts.json", std::ios::binary) << text;
    return {"model.moe.first_dense_layers=1", "model.ffn.intermediate_size=512",
            "routing.popularity={counts: {file: counts.json}}"};
  }
};

// A row per layer of the model, of which the dense ones' are left out, or only a row per layer with experts.
TEST_F(CountsOfAModel, KeepsTheLayersWithExperts) {
  const Model model = loaded(minimal, {"model.moe.first_dense_layers=1", "model.ffn.intermediate_size=512"}).model;
  ASSERT_LT(model.moe_layers(), model.layers);
  std::vector<int> all;
  std::vector<int> moe;
  for (int layer = 0; layer < model.layers; ++layer) {
    all.push_back(model.is_moe_layer(layer) ? layer + 1 : 0);
    if (model.is_moe_layer(layer)) moe.push_back(layer + 1);
  }
  const auto counts = [&](const std::vector<int>& rows) {
    return loaded(minimal, file(matrix(rows, model.moe->experts))).routing.popularity.counts.counts;
  };
  EXPECT_EQ(counts(all), counts(moe));
  EXPECT_EQ(counts(all).size(), moe.size());
  EXPECT_EQ(counts(all).front().back(), moe.front() * model.moe->experts);
}

// PyTorch's files are ZIP archives: they begin with PK.
TEST_F(CountsOfAModel, SaysHowToConvertPyTorchFiles) {
  EXPECT_THAT(errors(minimal, file("PK\x03\x04")), HasSubstr("torch.load('counts.json', weights_only=True)"));
}

}  // namespace
}  // namespace ringtail
