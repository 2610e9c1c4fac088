#include "cli/image/verbs.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "cli/image/experiment.h"
#include "cli/image/settings.h"
#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/io/npz.h"
#include "coset/model/image_file.h"
#include "coset/ops/array.h"
#include "coset/verify/equivariance.h"

namespace coset::cli {

namespace {

using nlohmann::ordered_json;

constexpr double kTolerance32 = 1e-5;
constexpr double kTolerance64 = 1e-11;
constexpr int kDegrees = 15;  // steps of the curve of error against angle

/// Which task a run's configuration is of.
train::Config run_config(const std::string& run) {
  const std::string file = in_folder(run, "config.yaml");
  for (const char* task : {"rotmnist", "bloodcells"}) {
    train::Config config = image_settings(task);
    try {
      config.apply_file(file);
      return config;
    } catch (const Error&) {
      if (std::string(task) == "bloodcells") throw;
    }
  }
  fail(file, ": of no image task");
}

/// float (B, C, H, W) of whole numbers 0 .. 255, every picture turned by `angle`.
Tensor turned(const Tensor& images, double angle) {
  const Tensor bytes = images.permute({0, 2, 3, 1}).to(at::kByte).contiguous();
  Tensor out = at::empty(bytes.sizes(), at::kFloat);
  const std::int64_t h = bytes.size(1), w = bytes.size(2), c = bytes.size(3);
  for (std::int64_t i = 0; i < bytes.size(0); ++i)
    data::warp(bytes.data_ptr<std::uint8_t>() + i * h * w * c, h, w, c, {.angle = angle}, data::Border::black,
               out.data_ptr<float>() + i * h * w * c);
  return out.permute({0, 3, 1, 2}).contiguous();
}

ordered_json angle_curve(model::ImageModel& model, const Tensor& images) {
  ordered_json curve = ordered_json::array();
  const Tensor upright = model::predict_logits(model, images);
  for (int degrees = kDegrees; degrees <= 180; degrees += kDegrees) {
    const Tensor logits = model::predict_logits(model, turned(images, degrees * std::numbers::pi / 180));
    curve.push_back({{"degrees", degrees}, {"error", verify::relative_error(logits, upright)}});
  }
  return curve;
}

}  // namespace

Answer image_answer(const train::Config& config, model::ImageModel& model, const data::ImageSplits& splits) {
  const double valid = image_score(model, splits.valid).accuracy;
  const double test = image_score(model, splits.test).accuracy;
  ordered_json json{{"model", model.options().model},
                    {"parameters", model::count_weights(model)},
                    {"val_accuracy", valid},
                    {"test_accuracy", test}};
  Answer answer;
  answer.table = fmt::format("{:<28} {:>9}\n{:<28} {:>8.2f}%\n{:<28} {:>8.2f}%\n", model.options().model, "accuracy",
                             "validation", 100 * valid, "test", 100 * test);
  if (config.text("task") != "rotmnist") {
    const auto seed = derive_seed(static_cast<std::uint64_t>(config.integer("data_seed")), 1);
    for (const auto& [name, turning] : {std::pair{"quarter", data::Turning::quarter}, {"any", data::Turning::any}}) {
      const double accuracy =
          image_score(model, data::turned(splits.test, turning, image_border(config), seed)).accuracy;
      json[std::string("test_accuracy_") + name] = accuracy;
      answer.table += fmt::format("{:<28} {:>8.2f}%\n", std::string("test, turned: ") + name, 100 * accuracy);
    }
  }
  answer.json = json.dump();
  return answer;
}

Answer evaluate_images(const std::string& run, int) {
  const train::Config config = run_config(run);
  const model::LoadedImageModel loaded = model::load_image_model(find_model(run));
  return image_answer(config, *loaded.model, image_data(config));
}

void predict_images(const std::string& model_file, const std::string& in, const std::string& out) {
  const model::LoadedImageModel loaded = model::load_image_model(model_file);
  const auto& options = loaded.model->options();
  io::Arrays arrays = io::load_npz(in);
  check(arrays.count("images") == 1, in, ": expected an array 'images'");
  const io::Array& images = arrays.at("images");
  std::vector<std::int64_t> shape = images.shape;
  if (shape.size() == 3) shape.push_back(1);
  check(images.dtype == "u1" && shape.size() == 4 && shape[1] == options.size && shape[2] == options.size &&
            shape[3] == options.channels,
        in, ": expected images (N, ", options.size, ", ", options.size, options.channels == 3 ? ", 3" : "",
        ") of type u1; received ", shape_text(images.shape), " of type ", images.dtype);
  const Tensor logits = model::predict_logits(*loaded.model, ops::to_tensor(images).view(shape));
  arrays["logits"] = ops::to_array(logits);
  arrays["pred"] = ops::to_array(logits.argmax(1));
  io::save_npz(out, arrays);
}

std::vector<std::pair<std::string, std::string>> image_routes(const std::string& model_file) {
  return model::load_image_model(model_file).model->chain().layers();
}

Answer check_image_model(const std::string& model_file) {
  const model::LoadedImageModel loaded = model::load_image_model(model_file);
  model::ImageModel& model = *loaded.model;
  const ordered_json curve = angle_curve(model, loaded.example);
  const model::LatticeErrors f32 = model::lattice_errors(model, loaded.example);
  model.to(at::kDouble);
  const model::LatticeErrors f64 = model::lattice_errors(model, loaded.example);
  const bool mirrors = model.symmetry()->name[0] == 'D';
  const auto to_json = [mirrors](const model::LatticeErrors& e) {
    ordered_json json{{"rotation", e.rotation}};
    if (mirrors) json["reflection"] = e.reflection;
    return json;
  };
  Answer answer;
  answer.pass =
      std::max(f32.rotation, f32.reflection) <= kTolerance32 && std::max(f64.rotation, f64.reflection) <= kTolerance64;
  answer.json = ordered_json{
      {"group", model.symmetry()->name},
      {"elements", f32.elements},
      {"f32", to_json(f32)},
      {"f64", to_json(f64)},
      {"tolerance", {{"f32", kTolerance32}, {"f64", kTolerance64}}},
      {"curve", curve},
      {"pass",
       answer.pass}}.dump();
  answer.table = fmt::format("{:<12} {:>10} {:>10}   largest relative change of the logits, {} exact elements of {}\n",
                             "symmetry", "float32", "float64", f32.elements, model.symmetry()->name);
  answer.table += fmt::format("{:<12} {:>10.2e} {:>10.2e}\n", "rotation", f32.rotation, f64.rotation);
  if (mirrors)
    answer.table += fmt::format("{:<12} {:>10.2e} {:>10.2e}\n", "reflection", f32.reflection, f64.reflection);
  answer.table += fmt::format("{:<12} {:>10.2e} {:>10.2e}\n", "tolerance", kTolerance32, kTolerance64);
  for (const auto& point : curve)
    answer.table +=
        fmt::format("{:>3} degrees  {:>10.2e}\n", point["degrees"].get<int>(), point["error"].get<double>());
  answer.table += answer.pass ? "invariant\n" : "NOT invariant\n";
  return answer;
}

}  // namespace coset::cli
