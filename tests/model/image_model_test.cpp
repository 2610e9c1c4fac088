/// Every image network: invariance under the elements its lattice carries, controls that must break it, the model file.
#include "coset/model/image_model.h"

#include <gtest/gtest.h>

#include <fstream>

#include "coset/base/error.h"
#include "coset/base/worse.h"
#include "coset/model/image/scale_errors.h"
#include "coset/model/model_file.h"
#include "coset/verify/equivariance.h"
#include "tests/io/scratch.h"
#include "tests/laws/regular_laws.h"

namespace coset::model {
namespace {

using laws::kEquivariance32;
using laws::kEquivariance64;

Tensor pictures(std::int64_t channels, std::int64_t count = 3) {
  return at::floor(at::rand({count, channels, 28, 28}) * 256);
}

ImageModelOptions named(const std::string& model, std::int64_t channels = 1, std::int64_t classes = 10) {
  ImageModelOptions options;
  options.model = model;
  options.channels = channels;
  options.classes = classes;
  return options;
}

ImageModelOptions with(ImageModelOptions options, const std::string& group, std::int64_t size = 28) {
  options.group = group;
  options.size = size;
  return options;
}

/// After some training steps' worth of running statistics: batch norm must not be the identity.
std::shared_ptr<ImageModel> lived_in(const ImageModelOptions& options) {
  at::manual_seed(11);
  auto model = std::make_shared<ImageModel>(options);
  model->set_statistics(std::vector<double>(static_cast<std::size_t>(options.channels), 120.0),
                        std::vector<double>(static_cast<std::size_t>(options.channels), 70.0));
  model->train();
  torch::NoGradGuard guard;
  for (int i = 0; i < 3; ++i) model->forward(pictures(options.channels, 8));
  model->eval();
  return model;
}

/// Largest change of the logits under the exact elements, of a model in one precision or the other.
struct LatticeErrors {
  double f32 = 0.0, f64 = 0.0, rotation = 0.0;  ///< rotation: in float64
  std::int64_t elements = 0;
};
LatticeErrors lattice_errors(ImageModel& model, const Tensor& images) {
  LatticeErrors errors;
  for (const auto& row : verify::certify(model, {{"images", images}}, {.trials = 1}).rows) {
    if (row.symmetry == "batch") continue;
    errors.elements += row.elements;
    errors.f32 = worse(errors.f32, row.f32);
    errors.f64 = worse(errors.f64, row.f64);
    if (row.symmetry == "rotation") errors.rotation = row.f64;
  }
  return errors;
}

struct Case {
  std::string model, group;
  bool invariant;
};

class ImageModels : public ::testing::TestWithParam<Case> {};

TEST_P(ImageModels, LogitsFollowTheGroup) {
  const auto& [name, group, invariant] = GetParam();
  const auto model = lived_in(with(named(name, 3, 5), group));
  const Tensor images = pictures(3);
  const LatticeErrors errors = lattice_errors(*model, images);
  EXPECT_GE(errors.elements, 3);
  if (invariant) {
    EXPECT_LE(errors.f32, kEquivariance32);
    EXPECT_LE(errors.f64, kEquivariance64);
  } else {
    EXPECT_GE(errors.rotation, laws::kControlFactor * kEquivariance32);
  }
}

INSTANTIATE_TEST_SUITE_P(All, ImageModels,
                         ::testing::Values(Case{"p4cnn", "", true}, Case{"p4cnn", "c8", true},
                                           Case{"p4cnn", "d4", true}, Case{"p4cnn_rp", "", true},
                                           Case{"p4m_resnet", "", true}, Case{"orn", "", true},
                                           Case{"bspline", "", true}, Case{"steerable_c16", "", true},
                                           Case{"steerable_d16", "", true}, Case{"z2cnn", "", false},
                                           Case{"se2cnn", "", false}),
                         [](const auto& instance) { return instance.param.model + instance.param.group; });

/// Largest change of the logits under the elements that the lattice carries, of a network without its preprocessing.
double logits_error(const ImageNetwork& network, const Tensor& images) {
  torch::NoGradGuard guard;
  const auto& grid = *network.symmetry;
  const auto logits = [&](const Tensor& x) {
    return network.readout(network.chain->forward({network.chain->in(), x}));
  };
  const Tensor upright = logits(images);
  double worst = 0.0;
  for (std::int64_t h = 0; h < grid.size; ++h)
    if (grid.on_lattice(h))
      worst = worse(worst, verify::relative_error(logits(field::move_pixels(grid, h, images)), upright));
  return worst;
}

// Zhou et al. 2017: the released oriented response network has one bias per orientation, and is not invariant.
TEST(ImageModel, ABiasPerOrientationBreaksTheOrientedNetwork) {
  const ImageModelOptions options = resolved(named("orn", 1, 5));
  for (const auto& [bias, readout, invariant] : {std::tuple(Bias::shared, nn::Pool::none, true),
                                                 {Bias::shared, nn::Pool::max, true},
                                                 {Bias::per_orientation, nn::Pool::none, false},
                                                 {Bias::per_orientation, nn::Pool::max, false}}) {
    at::manual_seed(12);
    const ImageNetwork network = oriented_network(options, field::shared_grid("c8"), bias, readout);
    for (torch::nn::Module* part : {static_cast<torch::nn::Module*>(network.chain.get()), network.head.get()}) {
      part->to(at::kDouble);
      part->eval();
    }
    const double error = logits_error(network, at::randn({3, 1, 32, 32}, at::kDouble));
    if (invariant)
      EXPECT_LE(error, kEquivariance64);
    else
      EXPECT_GE(error, laws::kControlFactor * kEquivariance32);
  }
}

/// The steps of a network by name, in order.
std::string steps(const std::string& model) {
  std::string text;
  for (const auto& [place, type] : ImageModel(named(model)).chain().layers())
    text += (text.empty() ? "" : " ") + place.substr(place.find(' ') + 1);
  return text;
}

std::string repeated(int times, const std::string& text) {
  std::string all;
  for (int i = 0; i < times; ++i) all += (i > 0 ? " " : "") + text;
  return all;
}

// SE2CNN; Cohen and Welling 2016; Zhou et al. 2017: what follows what; weights alone do not tell.
TEST(ImageModel, PlanarNetworksHaveThePublishedSteps) {
  const auto seven = [](const std::string& layer) { return repeated(2, layer) + " pool " + repeated(4, layer); };
  EXPECT_EQ(steps("z2cnn"), seven("conv norm activation dropout") + " conv");
  EXPECT_EQ(steps("p4cnn"), seven("conv norm activation") + " conv");
  EXPECT_EQ(steps("p4cnn_rp"), seven("conv project norm activation") + " conv project");
  EXPECT_EQ(steps("se2cnn"),
            repeated(2, "conv pool activation") + " merge " + repeated(2, "conv activation") + " conv");
  EXPECT_EQ(steps("orn"), repeated(4, "conv norm activation pool"));
  EXPECT_EQ(steps("p4m_resnet"), "conv block pool block pool block norm activation");
}

// Bekkers 2020: lifting, three group convolutions of 5x5, one of 1x1 to the head's fields, each with batch norm.
TEST(ImageModel, BSplineNetworkHasThePublishedConvolutions) {
  for (const auto& [preset, fields, wide] : {std::tuple("paper", 14, 64), {"narrow", 7, 24}}) {
    ImageModelOptions options = named("bspline");
    options.preset = preset;
    const ImageModel model(options);
    std::int64_t convolutions = 0;
    for (const auto& layer : model.chain().layers()) convolutions += layer.first.ends_with(" conv") ? 1 : 0;
    EXPECT_EQ(convolutions, 5);
    // 21 of the 5x5 splines lie in the disk; eight orientations
    const int centres = 21, turns = 8;
    EXPECT_EQ(count_parameters(model), fields * centres + 3 * fields * fields * turns * centres +
                                           fields * wide * turns + 2 * (4 * fields + wide) + (wide + 1) * 16 + 2 * 16 +
                                           (16 + 1) * 10)
        << preset;
  }
}

TEST(ImageModel, ScalesHaveNoExactElement) {
  const auto model = lived_in(named("sesn"));
  EXPECT_EQ(lattice_errors(*model, pictures(1)).elements, 0);
  EXPECT_EQ(verify::certify(*model, {{"images", pictures(1)}}).verdict(), verify::Verdict::nothing_to_check);
  EXPECT_THROW(ImageModel(with(named("sesn"), "c4")), Error);
}

// What the maps of a network on scales keep: translations exactly, an octave better the finer the image is sampled.
TEST(ImageModel, ScaleNetworkFollowsTranslationsAndOctaves) {
  ImageModelOptions options = named("sesn");
  options.width = 2;
  const auto model = lived_in(options);
  const ImageNetwork& network = model->network();
  const Enlargement coarse = enlargement_errors(network, at::kFloat, 12.0),
                    fine = enlargement_errors(network, at::kFloat, 24.0),
                    wrong = enlargement_errors(network, at::kFloat, 24.0, 3);
  ASSERT_EQ(fine.layers.size(), 3U);
  EXPECT_NEAR(fine.ratio, 2.0, 1e-3);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LE(fine.layers[i].second, laws::kScaleOctave) << fine.layers[i].first;
    EXPECT_LT(fine.layers[i].second, coarse.layers[i].second) << fine.layers[i].first;
    EXPECT_GE(wrong.layers[i].second, 2 * fine.layers[i].second) << "the control: no shift along scales";
  }
  EXPECT_LE(translation_error(network, at::kFloat), kEquivariance32);
  EXPECT_GE(translation_error(network, at::kFloat, 2), laws::kControlFactor * kEquivariance32) << "half a stride";
  model->to(at::kDouble);
  EXPECT_LE(translation_error(network, at::kDouble), kEquivariance64);
  EXPECT_THROW(translation_error(lived_in(named("p4cnn"))->network(), at::kFloat), Error);
}

// A model that takes any group of its kind must take mirrors, and groups with turns off the lattice.
TEST(ImageModel, ModelsOfAnyGroupTakeEveryGroup) {
  torch::NoGradGuard guard;
  for (const ImageModelKind& kind : image_models()) {
    if (!kind.any_group) continue;
    const bool scales = kind.group.rfind("r+", 0) == 0;
    for (const char* group : {scales ? "r+:3" : "c4", scales ? "r+:2:1.5" : "c8", scales ? "r+:4:1.2" : "d4"}) {
      ImageModelOptions options = with(named(kind.name, 1, 3), group);
      options.width = 2;
      ImageModel model(options);
      model.eval();
      const Tensor logits = model.forward(pictures(1, 1));
      EXPECT_EQ(logits.sizes(), at::IntArrayRef({1, 3})) << kind.name << " " << group;
      EXPECT_TRUE(at::isfinite(logits).all().item<bool>()) << kind.name << " " << group;
    }
  }
}

// ... and keeps every element of it that moves pixels onto pixels.
TEST(ImageModel, ModelsOfAnyGroupAreInvariantUnderIt) {
  at::manual_seed(14);
  for (const ImageModelKind& kind : image_models()) {
    if (!kind.any_group || kind.name == "sesn" || kind.name == "se2cnn") continue;  // nothing exact; broken on purpose
    for (const auto& [group, elements] : {std::pair("c4", 3), {"c8", 3}, {"d4", 7}, {"d8", 7}, {"c16", 3}}) {
      ImageModelOptions options = with(named(kind.name, 1, 3), group);
      options.width = 1;
      ImageModel model(options);
      model.eval();
      const LatticeErrors errors = lattice_errors(model, pictures(1, 2));
      EXPECT_EQ(errors.elements, elements) << kind.name << " " << group;
      EXPECT_LE(errors.f64, kEquivariance64) << kind.name << " " << group;
    }
  }
}

// The logits still depend on the picture: an invariant that is constant would pass every law.
TEST(ImageModel, TellsPicturesApart) {
  for (const ImageModelKind& kind : image_models()) {
    const auto model = lived_in(named(kind.name));
    const Tensor logits = predict_logits(*model, pictures(1, 4));
    EXPECT_GT((logits[0] - logits[1]).abs().max().item<double>(), 1e-3) << kind.name;
  }
}

// Cohen and Welling 2016: 20 fields for the ordinary network, 10 on p4, counts that compare.
TEST(ImageModel, Parameters) {
  const auto count = [](const std::string& name, const std::string& preset) {
    ImageModelOptions options = named(name);
    options.preset = preset;
    return count_parameters(ImageModel(options));
  };
  // 3x3: 9 f + 5 * 9 f^2, 4x4: 16 * 10 f, batch norm 12 f, 10 biases
  EXPECT_EQ(count("z2cnn", "paper"), 180 + 18000 + 3200 + 240 + 10);
  EXPECT_EQ(count("p4cnn", "paper"), 90 + 4 * 4500 + 4 * 1600 + 120 + 10);
  EXPECT_EQ(count("p4cnn_rp", "paper"), count("z2cnn", "paper"));
  EXPECT_EQ(count("z2cnn", "narrow"), 198 + 21780 + 3520 + 264 + 10);
  EXPECT_LE(count("p4cnn", "narrow"), count("z2cnn", "narrow"));
  EXPECT_GT(count("p4m_resnet", "paper"), 1000000);
}

TEST(ImageModel, FileReplaysItsExample) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("coset-image-" + std::to_string(::getpid()))).string();
  for (const ImageModelKind& kind : image_models()) {
    const auto model = lived_in(named(kind.name, 3, 4));
    const Tensor images = pictures(3);
    save(path, *model, "image", image_model_settings(model->options()), {{"images", images}},
         {.training = R"({"epoch":3})", .labels = R"({"classes":["a","b"]})"});
    const Loaded loaded = load(path);
    auto& again = dynamic_cast<ImageModel&>(*loaded.model);
    EXPECT_TRUE(at::equal(predict_logits(again, images), predict_logits(*model, images))) << kind.name;
    EXPECT_TRUE(at::equal(again.mean, model->mean));
    EXPECT_EQ(loaded.provenance.training, R"({"epoch":3})");
    EXPECT_EQ(loaded.provenance.labels, R"({"classes":["a","b"]})");
  }
  std::filesystem::remove(path);
}

// A file says which group and width it was built with, whatever was left open: defaults may change.
TEST(ImageModel, FilesHoldWhatWasLeftOpen) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("coset-options-" + std::to_string(::getpid()))).string();
  for (const ImageModelKind& kind : image_models())
    for (const char* preset : {"narrow", "paper"}) {
      ImageModelOptions open = named(kind.name);
      open.preset = preset;
      const ImageModelOptions all = resolved(open);
      EXPECT_EQ(all.group, kind.group);
      EXPECT_GT(all.width, 0);
      EXPECT_EQ(resolved(all).width, all.width);
      if (all.preset == "paper") continue;
      ImageModel model(open);
      Settings left_open = image_architecture().options();
      left_open.apply({{"model", kind.name}}, "test");
      save(path, model, "image", left_open, {{"images", pictures(1, 1)}});
      const std::string options = read_model(path).description.options;
      EXPECT_NE(options.find("\"group\":\"" + kind.group + "\""), std::string::npos) << options;
      EXPECT_NE(options.find("\"width\":" + std::to_string(all.width)), std::string::npos) << options;
    }
  std::filesystem::remove(path);
}

// One image gives the dense head one value a feature: LibTorch would leave NaN in the running variance.
TEST(ImageModel, ADenseHeadRefusesTheStatisticsOfOneImage) {
  at::manual_seed(4);
  ImageModelOptions options = named("bspline");
  options.width = 2;
  ImageModel model(options);
  model.train();
  const std::string said = io::error_of([&] { model.forward(pictures(1, 1)); });
  EXPECT_EQ(said.find("[model::DenseHead] expected two or more values a field in train mode"), 0U) << said;
  for (const Tensor& buffer : model.buffers()) EXPECT_TRUE(buffer.isfinite().all().item<bool>());
  model.eval();
  EXPECT_TRUE(model.forward(pictures(1, 1)).isfinite().all().item<bool>());
}

TEST(ImageModel, RefusesWhatDoesNotFit) {
  EXPECT_NE(io::error_of([] { build_network(named("p4cn")); }).find("did you mean 'p4cnn'"), std::string::npos);
  EXPECT_THROW(ImageModel(with(named("p4cnn"), "r+:4")), Error);
  EXPECT_THROW(ImageModel(with(named("p4cnn"), "octahedral")), Error);
  EXPECT_THROW(ImageModel(with(named("orn"), "c4")), Error);
  EXPECT_THROW(ImageModel(with(named("p4cnn"), "", 30)), Error);
  EXPECT_THROW(ImageModel(with(named("p4cnn"), "", 27)), Error);
  const auto model = lived_in(named("p4cnn"));
  EXPECT_NE(io::error_of([&] {
              model->forward(at::zeros({1, 1, 27, 28}));
            }).find("expected images (B, 1, 28, 28)"),
            std::string::npos);
  EXPECT_EQ(predict_logits(*model, at::zeros({0, 28, 28, 1}, at::kByte)).sizes(), at::IntArrayRef({0, 10}));
}

}  // namespace
}  // namespace coset::model
