/// The model file: what it promises to hold, and every way in which a file may fail to.
#include "coset/model/model_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "coset/base/error.h"
#include "coset/io/safetensors.h"
#include "coset/model/image_model.h"
#include "coset/model/nbody_model.h"
#include "coset/verify/equivariance.h"
#include "tests/io/scratch.h"
#include "tests/laws/tolerance.h"

namespace coset::model {
namespace {

using io::error_of;
using ModelFile = io::Scratch;

/// y = x w + shift
struct Line : torch::nn::Module {
  Line() {
    w = register_parameter("w", at::tensor({2.0F, -1.0F}));
    shift = register_buffer("shift", at::tensor({0.5F}));
  }
  NamedValues call(const NamedValues& in) const { return {{"y", in.at("x") * w + shift}}; }
  Tensor w, shift;
};

void save_line(const std::string& path, at::ScalarType dtype = at::kFloat) {
  Line line;
  line.to(dtype);
  torch::NoGradGuard guard;
  const NamedValues input{{"x", at::tensor({3.0, 4.0}, dtype)}};
  const ModelDescription said{.architecture = "line",
                              .options = R"({"a":1})",
                              .units = R"({"x":"metre"})",
                              .training = R"({"epoch":7})",
                              .labels = R"({"classes":["a"]})"};
  save_model(path, said, line, input, line.call(input));
}

void load_line(const std::string& path, Line& line) {
  restore_model(path, read_model(path), line, [&](const NamedValues& in) { return line.call(in); });
}

/// What reading says after `damage` to the file, without the path it must begin with.
std::string complaint(const std::string& path, const std::function<void(io::SafeTensors&)>& damage) {
  save_line(path);
  io::SafeTensors file = io::load_safetensors(path);
  damage(file);
  io::save_safetensors(path, file);
  Line line;
  const std::string text = error_of([&] { load_line(path, line); });
  EXPECT_EQ(text.rfind(path + ": ", 0), 0U) << text;
  return text.substr(std::min(text.size(), path.size() + 2));
}

/// Replaces text in the header.
std::function<void(io::SafeTensors&)> header(const std::string& from, const std::string& to) {
  return [from, to](io::SafeTensors& file) {
    std::string& text = file.metadata.at("coset");
    const auto place = text.find(from);
    ASSERT_NE(place, std::string::npos) << text;
    text.replace(place, from.size(), to);
  };
}

TEST_F(ModelFile, ReturnsWhatWasSaved) {
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
    save_line(path("line"), dtype);
    const StoredModel stored = read_model(path("line"));
    EXPECT_EQ(stored.description.architecture, "line");
    EXPECT_EQ(stored.description.options, R"({"a":1})");
    EXPECT_EQ(stored.description.units, R"({"x":"metre"})");
    EXPECT_EQ(stored.description.training, R"({"epoch":7})");
    EXPECT_EQ(stored.description.labels, R"({"classes":["a"]})");
    EXPECT_TRUE(at::equal(stored.example_output.at("y"), at::tensor({6.5, -3.5}, dtype)));
    Line line;
    torch::NoGradGuard guard;
    line.w.zero_(), line.shift.zero_(), line.train();
    load_line(path("line"), line);
    EXPECT_EQ(line.w.scalar_type(), dtype) << "a model comes back in its own precision";
    EXPECT_TRUE(at::equal(line.w, at::tensor({2.0, -1.0}, dtype)));
    EXPECT_TRUE(at::equal(line.shift, at::tensor({0.5}, dtype)));
    EXPECT_FALSE(line.is_training());
  }
}

TEST_F(ModelFile, ForeignAndOtherVersionsAreRefused) {
  const std::string file = path("line");
  EXPECT_NE(complaint(file, [](auto& f) { f.metadata.clear(); }).find("not a model file"), std::string::npos);
  EXPECT_NE(complaint(file, [](auto& f) { f.metadata["coset"] = "{"; }).find("unreadable"), std::string::npos);
  EXPECT_NE(complaint(file, header("\"architecture\"", "\"architect\"")).find("unreadable"), std::string::npos);
  EXPECT_NE(complaint(file, header("\"format\":", "\"format\":9")).find("this program reads"), std::string::npos);
  EXPECT_NE(complaint(file, header("\"conventions\":", "\"conventions\":9")).find("this program follows"),
            std::string::npos);
  EXPECT_NE(complaint(file,
                      [](auto& f) {
                        f.tensors["example.output.y"].shape = {1, 2};
                      })
                .find("does not give"),
            std::string::npos);
  EXPECT_NE(complaint(file, [](auto& f) { f.tensors.erase("example.output.y"); }).find("no stored example"),
            std::string::npos);
  EXPECT_NE(
      complaint(file, [](auto& f) { f.tensors["stray"] = f.tensors["weights.w"]; }).find("unknown tensor 'stray'"),
      std::string::npos);
}

TEST_F(ModelFile, WeightsMustBeTheModels) {
  const std::string file = path("line");
  EXPECT_EQ(complaint(file, [](auto& f) { f.tensors.erase("weights.w"); }), "the weights of 'w' are missing");
  EXPECT_EQ(complaint(file, [](auto& f) { f.tensors.erase("weights.shift"); }), "the weights of 'shift' are missing");
  EXPECT_EQ(complaint(file, [](auto& f) { f.tensors["weights.v"] = f.tensors["weights.w"]; }), "unknown weights 'v'");
  EXPECT_EQ(complaint(file,
                      [](auto& f) {
                        f.tensors["weights.w"].shape = {2, 1};
                      }),
            "'w' has shape (2, 1), the model needs (2)");
  EXPECT_NE(complaint(file,
                      [](auto& f) {
                        auto& shift = f.tensors["weights.shift"];
                        shift.dtype = "f8", shift.data.resize(8);
                      })
                .find("expected all weights as float32 or all as float64"),
            std::string::npos);
  const auto first_weight = [](io::SafeTensors& f, float value) {
    std::memcpy(f.tensors["weights.w"].data.data(), &value, sizeof value);
  };
  for (const float broken : {NAN, INFINITY})
    EXPECT_EQ(complaint(file, [&](auto& f) { first_weight(f, broken); }), "'w' holds a value that is not finite");
  EXPECT_NE(complaint(file, [&](auto& f) { first_weight(f, 2.001F); }).find("the stored example is not reproduced"),
            std::string::npos)
      << "one bit of rot in a weight";
}

TEST_F(ModelFile, NetworksInDoublePrecisionComeBack) {
  NBodyModelOptions small;
  small.width = 4, small.layers = 1;
  NBodyModel model(small);
  model.to(at::kDouble);
  at::manual_seed(3);
  const NBodyBatch batch{at::randn({2, 3, 3}, at::kDouble), at::randn({2, 3, 3}, at::kDouble),
                         at::ones({2, 3}, at::kDouble)};
  save(path("model"), model, "nbody", nbody_model_settings(small), batch.values());
  const Loaded loaded = load(path("model"));
  torch::NoGradGuard guard;
  const Tensor expected = model.forward(batch);
  EXPECT_TRUE(at::equal(loaded.model->forward(batch.values()).at("positions"), expected));
  const auto single = [](const Tensor& t) { return t.to(at::kFloat); };
  const NBodyBatch rounded{single(batch.positions), single(batch.velocities), single(batch.charges)};
  const Tensor found = predict(*loaded.model, rounded.values()).at("positions");
  EXPECT_EQ(found.scalar_type(), at::kFloat);
  EXPECT_LE(verify::relative_error(found.to(at::kDouble), expected), laws::kGolden32);
  ImageModelOptions options;
  options.model = "p4cnn", options.width = 2, options.channels = 1, options.classes = 3;
  ImageModel image(options);
  image.to(at::kDouble), image.eval();
  const Tensor pictures = at::rand({2, 1, 28, 28}, at::kDouble) * 255.0;
  save(path("image"), image, "image", image_model_settings(image.options()), {{"images", pictures}});
  EXPECT_TRUE(
      at::equal(load(path("image")).model->forward({{"images", pictures}}).at("logits"), image.forward(pictures)));
}

TEST_F(ModelFile, OptionsOutOfRangeBuildNothing) {  // a header must not be able to ask for all memory
  ImageModelOptions options;
  options.model = "z2cnn";
  options.channels = 1, options.classes = 3;
  ImageModel image(options);
  save(path("image"), image, "image", image_model_settings(image.options()), {{"images", at::zeros({1, 1, 28, 28})}});
  NBodyModelOptions small;
  small.width = 4, small.layers = 1;
  NBodyModel nbody(small);
  const NBodyBatch batch{at::randn({1, 2, 3}), at::randn({1, 2, 3}), at::ones({1, 2})};
  save(path("nbody"), nbody, "nbody", nbody_model_settings(small), batch.values());
  EXPECT_EQ(error_of([&] { load(path("image")); }), "");
  EXPECT_EQ(error_of([&] { load(path("nbody")); }), "");
  const auto refuses = [&](const std::string& name, const std::string& key, const std::string& value) {
    const StoredModel stored = read_model(path(name));
    io::SafeTensors file = io::load_safetensors(path(name));
    std::string& text = file.metadata.at("coset");
    const auto place = text.find("\"" + key + "\":", text.find("\"options\""));
    ASSERT_NE(place, std::string::npos) << text;
    const auto begin = place + key.size() + 3, end = text.find_first_of(",}", begin);
    text.replace(begin, end - begin, value);
    io::save_safetensors(path("damaged"), file);
    const std::string said = error_of([&] { load(path("damaged")); });
    EXPECT_EQ(said.rfind(path("damaged") + ": ", 0), 0U) << key << " " << value << ": " << said;
    EXPECT_NE(said.find("options"), std::string::npos) << said;
  };
  for (const char* key : {"width", "size", "channels", "classes"})
    for (const char* value : {"-1", "1000000000", "\"many\""}) refuses("image", key, value);
  for (const char* key : {"width", "layers", "lmax_hidden", "lmax_attribute"})
    for (const char* value : {"-1", "1000000000", "\"many\""}) refuses("nbody", key, value);
  // within every range, and 4 billion weights: refused by the stored ones, before anything is built
  for (const auto& [name, key, value] : {std::tuple("nbody", "width", "4096"),
                                         {"nbody", "layers", "256"},
                                         {"image", "width", "4096"},
                                         {"image", "classes", "100000"}})
    refuses(name, key, value);
}

TEST_F(ModelFile, DeepHeadersAreOneLine) {
  const std::string deep(200000, '[');
  EXPECT_NE(
      complaint(path("line"), header("\"options\":{", "\"options\":{\"b\":" + deep + std::string(200000, ']') + ","))
          .find("nested at most 32 deep"),
      std::string::npos);
}

}  // namespace
}  // namespace coset::model
