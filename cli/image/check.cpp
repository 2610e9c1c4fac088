#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numbers>

#include "cli/image/settings.h"
#include "cli/image/verbs.h"
#include "coset/data/warp.h"
#include "coset/model/image/scale_errors.h"
#include "coset/model/image_file.h"
#include "coset/verify/equivariance.h"

namespace coset::cli {

namespace {

using nlohmann::ordered_json;

constexpr double kTolerance32 = 1e-5;
constexpr double kTolerance64 = 1e-11;
constexpr double kOctave = 5e-2;  // what scale layers are expected to keep, not a condition
constexpr int kDegrees = 15;      // steps of the curve of error against angle
constexpr int kPercent = 10;      // steps of the curve of error against size

/// float (B, C, H, W) of whole numbers 0 .. 255, every picture moved.
Tensor moved(const Tensor& images, const data::Motion& motion, data::Border border) {
  const Tensor bytes = images.permute({0, 2, 3, 1}).to(at::kByte).contiguous();
  Tensor out = at::empty(bytes.sizes(), at::kFloat);
  const std::int64_t h = bytes.size(1), w = bytes.size(2), c = bytes.size(3);
  for (std::int64_t i = 0; i < bytes.size(0); ++i)
    data::warp(bytes.data_ptr<std::uint8_t>() + i * h * w * c, h, w, c, motion, {border},
               out.data_ptr<float>() + i * h * w * c);
  return out.permute({0, 3, 1, 2}).contiguous();
}

/// Change of the logits against the angle of the picture, or against its size for a network on scales.
ordered_json logits_curve(model::ImageModel& model, const Tensor& images, bool scales, data::Border border) {
  ordered_json curve = ordered_json::array();
  const Tensor upright = model::predict_logits(model, images);
  const auto add = [&](const char* name, double value, const data::Motion& motion) {
    const Tensor logits = model::predict_logits(model, moved(images, motion, border));
    curve.push_back({{name, value}, {"error", verify::relative_error(logits, upright)}});
  };
  for (int percent = 100 - kPercent; scales && percent >= 50; percent -= kPercent)
    add("enlargement", percent / 100.0, {.enlargement = percent / 100.0});
  for (int degrees = kDegrees; !scales && degrees <= 180; degrees += kDegrees)
    add("degrees", degrees, {.angle = degrees * std::numbers::pi / 180});
  return curve;
}

/// One row per exact symmetry, both precisions, and whether all are within tolerance.
struct Exact {
  std::vector<std::string> names;
  std::vector<double> f32, f64;

  bool pass() const {
    bool within = !names.empty();
    for (std::size_t i = 0; i < names.size(); ++i) within = within && f32[i] <= kTolerance32 && f64[i] <= kTolerance64;
    return within;
  }
  ordered_json json(const std::vector<double>& errors) const {
    ordered_json row = ordered_json::object();
    for (std::size_t i = 0; i < names.size(); ++i) row[names[i]] = errors[i];
    return row;
  }
  std::string table(const std::string& what) const {
    std::string text = fmt::format("{:<12} {:>10} {:>10}   {}\n", "symmetry", "float32", "float64", what);
    for (std::size_t i = 0; i < names.size(); ++i)
      text += fmt::format("{:<12} {:>10.2e} {:>10.2e}\n", names[i], f32[i], f64[i]);
    return text + fmt::format("{:<12} {:>10.2e} {:>10.2e}\n", "tolerance", kTolerance32, kTolerance64);
  }
};

Exact lattice_rows(model::ImageModel& model, const Tensor& images, std::int64_t& elements) {
  const model::LatticeErrors f32 = model::lattice_errors(model, images);
  model.to(at::kDouble);
  const model::LatticeErrors f64 = model::lattice_errors(model, images);
  elements = f32.elements();
  Exact exact;
  const auto add = [&](const char* name, std::int64_t count, double in_32, double in_64) {
    if (count == 0) return;
    exact.names.push_back(name);
    exact.f32.push_back(in_32);
    exact.f64.push_back(in_64);
  };
  add("rotation", f32.rotations, f32.rotation, f64.rotation);
  add("reflection", f32.reflections, f32.reflection, f64.reflection);
  return exact;
}

/// What is outside a turned picture of the task that the model was trained for.
data::Border border_of(const std::string& training) {
  const auto record = ordered_json::parse(training, nullptr, false);
  return record.is_object() && record.contains("task") && record["task"].is_string() ? image_border(record["task"])
                                                                                     : data::Border::black;
}

std::string verdict(const Exact& exact, const std::string& group) {
  if (exact.names.empty()) return "no element of " + group + " moves pixels onto pixels\n";
  return exact.pass() ? "every exact symmetry holds\n" : "an exact symmetry is BROKEN\n";
}

Exact translation_rows(model::ImageModel& model) {
  const double f32 = model::translation_error(model.network(), at::kFloat);
  model.to(at::kDouble);
  return {{"translation"}, {f32}, {model::translation_error(model.network(), at::kDouble)}};
}

}  // namespace

Answer check_image_model(const std::string& model_file) {
  const model::LoadedImageModel loaded = model::load_image_model(model_file);
  model::ImageModel& model = *loaded.model;
  model.to(at::kFloat);
  model.eval();
  const bool scales = !model.symmetry()->closed();
  const ordered_json curve = logits_curve(model, loaded.example.to(at::kFloat), scales, border_of(loaded.training));
  model::Enlargement octave;
  if (scales) octave = model::enlargement_errors(model.network(), at::kFloat);
  std::int64_t elements = 0;
  const Exact exact = scales ? translation_rows(model) : lattice_rows(model, loaded.example, elements);
  Answer answer;
  answer.pass = exact.pass();
  const std::string& group = model.symmetry()->name;
  ordered_json json{{"group", group},
                    {"elements", elements},
                    {"f32", exact.json(exact.f32)},
                    {"f64", exact.json(exact.f64)},
                    {"tolerance", {{"f32", kTolerance32}, {"f64", kTolerance64}}}};
  answer.table = exact.table(
      scales ? "maps moved by their stride with the image, away from the border; no scale but 1 "
               "moves pixels onto pixels"
             : fmt::format("largest relative change of the logits, {} exact elements of {}", elements, group));
  if (scales) {
    ordered_json layers = ordered_json::array();
    answer.table += fmt::format(
        "image enlarged by {:.3f}, maps moved along the scales (expected within {:.0e} where "
        "the image is finely sampled)\n",
        octave.ratio, kOctave);
    for (const auto& [layer, error] : octave.layers) {
      layers.push_back({{"layer", layer}, {"error", error}});
      answer.table += fmt::format("  {:<10} {:>10.2e}\n", layer, error);
    }
    json["enlargement"] = {{"ratio", octave.ratio}, {"layers", layers}};
  }
  json["curve"] = curve;
  json["pass"] = answer.pass;
  answer.json = json.dump();
  answer.table += "change of the logits\n";
  for (const auto& point : curve)
    answer.table +=
        scales ? fmt::format("  size {:.1f}    {:>10.2e}\n", point["enlargement"].get<double>(),
                             point["error"].get<double>())
               : fmt::format("{:>3} degrees  {:>10.2e}\n", point["degrees"].get<int>(), point["error"].get<double>());
  answer.table += verdict(exact, group);
  return answer;
}

}  // namespace coset::cli
