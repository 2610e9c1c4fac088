/// Models as values: rows, files whose class the caller does not know, prediction in chunks, certificates.
#include "coset/model/model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "coset/base/error.h"
#include "coset/model/image_model.h"
#include "coset/model/model_file.h"
#include "coset/model/nbody_model.h"
#include "tests/io/scratch.h"

namespace coset::model {
namespace {

using io::error_of;
using ModelValue = io::Scratch;

const std::string kFiles = std::string(COSET_GOLDEN_DIR) + "/../model/files/";

/// A program's own model: y = scale * (x - x_0) + x, which sees nothing but differences.
class Stretch : public Model {
 public:
  explicit Stretch(double scale) { weight_ = register_parameter("scale", at::full({1}, scale)); }

  Signature signature() const override {
    Signature signature;
    const std::vector<std::string> shape{"B", "n", "3"};
    signature.inputs = {{.name = "x", .shape = shape, .unit = "metre", .action = field::Action::position}};
    signature.outputs = {{.name = "y", .shape = shape, .unit = "metre", .action = field::Action::position}};
    signature.rotations = signature.reflections = signature.translations = true;
    return signature;
  }
  NamedValues forward(const NamedValues& in) override {
    field::expect_inputs("Stretch", signature(), in);
    const Tensor& x = in.at("x");
    return {{"y", x + weight_.to(x.scalar_type()) * (x - x.narrow(1, 0, 1))}};
  }

 private:
  Tensor weight_;
};

const Architecture kStretch{
    .name = "stretch",
    .about = "an example",
    .options = [] { return Settings(std::vector<Setting>{{.name = "scale", .value = 0.5, .least = 0.0}}); },
    .build = [](const Settings& options) -> std::shared_ptr<Model> {
      return std::make_shared<Stretch>(options.real("scale"));
    }};

TEST_F(ModelValue, AProgramAddsAnArchitecture) {
  const auto has_row = [] {
    return std::any_of(architectures().begin(), architectures().end(),
                       [](const auto& row) { return row.name == "stretch"; });
  };
  Stretch stretch(0.25);
  Settings options = kStretch.options();
  options.apply_assignment("scale=0.25");
  if (!has_row()) {
    EXPECT_NE(error_of([&] { save(path("m"), stretch, "stretch", options, {}); }).find("unknown architecture"),
              std::string::npos);
    add_architecture(kStretch);
  }
  EXPECT_THROW(add_architecture(kStretch), Error);
  EXPECT_NE(error_of([] { architecture("strech"); }).find("did you mean 'stretch'"), std::string::npos);
  const NamedValues example{{"x", at::randn({2, 4, 3})}};
  save(path("m"), stretch, "stretch", options, example);
  const Loaded loaded = load(path("m"));
  EXPECT_EQ(loaded.architecture, "stretch");
  EXPECT_EQ(loaded.options.real("scale"), 0.25);
  EXPECT_TRUE(at::equal(loaded.example.at("x"), example.at("x")));
  EXPECT_TRUE(at::equal(loaded.model->forward(example).at("y"), stretch.forward(example).at("y")));
  const verify::Certificate certificate = certify(*loaded.model, example);
  EXPECT_EQ(certificate.verdict(), verify::Verdict::equivariant) << certificate.to_string();
  EXPECT_EQ(certificate.not_checked, std::vector<std::string>{"permutation: not promised"});
}

TEST_F(ModelValue, FilesOfTheFirstProgramLoad) {
  for (const auto& [file, architecture, output] :
       {std::tuple("nbody", "nbody", "positions"), {"image", "image", "logits"}}) {
    const std::string name = kFiles + file + ".safetensors";
    const Loaded loaded = load(name);
    EXPECT_EQ(loaded.architecture, architecture);
    EXPECT_EQ(loaded.provenance.labels, "{}");
    const Tensor found = predict(*loaded.model, loaded.example).at(output);
    EXPECT_TRUE(at::equal(found, read_model(name).example_output.at(output))) << file;
    EXPECT_EQ(certify(*loaded.model, loaded.example, {.trials = 2}).verdict(), verify::Verdict::equivariant) << file;
    save(path(file), *loaded.model, loaded.architecture, loaded.options, loaded.example, loaded.provenance);
    EXPECT_EQ(load(path(file)).options.to_string(), loaded.options.to_string());
  }
}

TEST(Model, PredictsInChunksWithTheSameBits) {
  at::manual_seed(5);
  NBodyModel nbody(nbody_model_options(nbody_architecture().options()));
  nbody.train();
  const NamedValues batch{
      {"positions", at::randn({53, 4, 3})}, {"velocities", at::randn({53, 4, 3})}, {"charges", at::ones({53, 4})}};
  const Tensor whole = predict(nbody, batch).at("positions");
  EXPECT_TRUE(nbody.is_training()) << "the mode comes back";
  EXPECT_FALSE(whole.requires_grad());
  EXPECT_TRUE(at::equal(predict(nbody, batch, 7).at("positions"), whole));
  EXPECT_TRUE(at::equal(predict(nbody, batch, 100).at("positions"), whole));
  NamedValues none = batch;
  for (auto& [name, value] : none) value = value.narrow(0, 0, 0);
  EXPECT_EQ(predict(nbody, none).at("positions").sizes(), at::IntArrayRef({0, 4, 3}));
}

TEST(Model, CertifyLeavesTheModelAsItWas) {
  ImageModelOptions options;
  options.model = "p4cnn", options.width = 2, options.classes = 3;
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    ImageModel model(options);
    model.to(type);
    model.train();
    const Tensor before = model.parameters().front().detach().clone();
    const verify::Certificate certificate = certify(model, {{"images", at::floor(at::rand({2, 1, 28, 28}) * 256)}});
    EXPECT_EQ(certificate.verdict(), verify::Verdict::equivariant) << certificate.to_string();
    ASSERT_EQ(certificate.curves.size(), 1U);
    EXPECT_EQ(certificate.curves[0].points.size(), 12U);
    EXPECT_LE(certificate.curves[0].points[5].second, 1e-5) << "90 degrees move pixels onto pixels";
    EXPECT_GE(certificate.curves[0].points[0].second, 1e-4);
    EXPECT_TRUE(at::equal(model.parameters().front(), before));
    EXPECT_TRUE(model.is_training());
  }
}

TEST(Model, ScaleNetworksAreMeasuredForWhatTheyKeep) {
  ImageModelOptions options;
  options.model = "sesn", options.width = 2;
  ImageModel model(options);
  const verify::Certificate certificate = certify(model, {{"images", at::floor(at::rand({2, 1, 28, 28}) * 256)}});
  EXPECT_EQ(certificate.verdict(), verify::Verdict::equivariant) << certificate.to_string();
  ASSERT_EQ(certificate.rows.size(), 2U);
  EXPECT_EQ(certificate.rows[1].symmetry, "translation");
  ASSERT_EQ(certificate.curves.size(), 2U);
  EXPECT_EQ(certificate.curves[0].name, "enlargement");
  EXPECT_EQ(certificate.curves[1].points.size(), 3U);
}

// What a file must at least hold may never exceed what an honest file holds.
TEST(Model, LeastWeightsAreALowerBound) {
  const Architecture image = image_architecture(), nbody = nbody_architecture();
  for (const ImageModelKind& kind : image_models())
    for (const std::int64_t width : {1, 9}) {
      ImageModelOptions options;
      options.model = kind.name, options.width = width, options.channels = 3;
      options = resolved(options);
      EXPECT_LE(image.least_weights(image_model_settings(options)), count_parameters(ImageModel(options)))
          << kind.name << " " << width;
    }
  for (const char* variant : {"segnn", "segnn_g", "se_linear", "se_nonlinear"})
    for (const auto& [width, degree] : {std::pair(1, 0), {1, 4}, {40, 0}, {40, 2}}) {
      NBodyModelOptions options{parse_segnn_variant(variant), degree, degree, width, 2};
      EXPECT_LE(nbody.least_weights(nbody_model_settings(options)), count_parameters(NBodyModel(options)))
          << variant << " " << width << " " << degree;
    }
}

TEST(Model, WrongInputsAreOneLine) {
  NBodyModel model(nbody_model_options(nbody_architecture().options()));
  NamedValues batch{{"positions", at::randn({2, 4, 3})},
                    {"velocities", at::randn({2, 4, 3}, at::kDouble)},
                    {"charges", at::ones({2, 4})}};
  EXPECT_EQ(error_of([&] { model.forward(batch); }),
            "[model::NBodyModel] expected one element type for all inputs; 'velocities' is Double, others Float");
  batch.erase("velocities");
  EXPECT_EQ(error_of([&] { predict(model, batch); }),
            "[model::predict] expected the input 'velocities' (B, n, 3); received none");
}

}  // namespace
}  // namespace coset::model
