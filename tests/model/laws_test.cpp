/// Every architecture against the laws of tests/laws/model_laws.h: a line for each kind of network.
#include "tests/laws/model_laws.h"

namespace coset::laws {
namespace {

/// Three systems of five particles.
NamedValues particles() {
  const auto options = at::TensorOptions(at::kDouble);
  return {{"positions", at::randn({3, 5, 3}, options)},
          {"velocities", at::randn({3, 5, 3}, options)},
          {"charges", at::randint(0, 2, {3, 5}, options) * 2 - 1}};
}

NamedValues pictures() {
  return {{"images", at::floor(at::rand({3, 1, 28, 28}, at::kDouble) * 256)}};
}

ModelCase nbody(const std::string& variant) {
  return {variant, "nbody", {"variant=" + variant, "width=8", "layers=2"}, particles};
}

ModelCase image(const std::string& network, bool keeps_promise = true) {
  return {network, "image", {"model=" + network, "width=2"}, pictures, false, keeps_promise};
}

const std::vector<ModelCase> kModels{
    nbody("segnn"),        nbody("segnn_g"),       nbody("se_linear"),     nbody("se_nonlinear"),
    image("z2cnn", false), image("se2cnn", false),  // the comparisons, which break what they are compared for
    image("p4cnn"),        image("p4cnn_rp"),      image("p4m_resnet"),    image("orn"),
    image("bspline"),      image("sesn"),          image("steerable_c16"), image("steerable_d16")};

INSTANTIATE_TEST_SUITE_P(Models, ModelLaws, ::testing::ValuesIn(kModels), model_case_name);

/// Rows of the library, before another test adds its own.
const std::vector<model::Architecture> kRows = model::architectures();

TEST(ModelLaws, EveryArchitectureHasALine) {
  for (const model::Architecture& row : kRows) {
    const auto has_row = [&](const ModelCase& c) { return c.architecture == row.name; };
    EXPECT_TRUE(std::any_of(kModels.begin(), kModels.end(), has_row)) << row.name;
    const Settings options = row.options();
    for (const Setting& setting : options.declared()) {
      if (setting.name != "variant" && setting.name != "model") continue;  // a kind of network each
      for (const std::string& kind : setting.choices)
        EXPECT_TRUE(std::any_of(kModels.begin(), kModels.end(),
                                [&](const ModelCase& c) {
                                  const std::string wanted = setting.name + "=" + kind;
                                  return has_row(c) && std::count(c.options.begin(), c.options.end(), wanted) > 0;
                                }))
            << row.name << " " << kind;
    }
  }
}

}  // namespace
}  // namespace coset::laws
