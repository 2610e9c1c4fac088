#include "cli/nbody/verbs.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/nbody/experiment.h"
#include "cli/nbody/settings.h"
#include "coset/base/error.h"
#include "coset/data/nbody_file.h"
#include "coset/io/npz.h"
#include "coset/io/settings_text.h"
#include "coset/model/nbody_file.h"
#include "coset/ops/array.h"
#include "coset/report/published.h"
#include "coset/verify/point_cloud.h"

namespace coset::cli {

namespace {

using nlohmann::ordered_json;

constexpr double kTolerance32 = 1e-5;
constexpr double kTolerance64 = 1e-11;
constexpr int kTrials = 10;

verify::SymmetryErrors certify(model::NBodyModel& model, const model::NBodyBatch& example, at::ScalarType type) {
  model.to(type);
  const verify::PointClouds clouds{example.positions.to(type), example.velocities.to(type), example.charges.to(type)};
  return verify::symmetry_errors(
      [&](const verify::PointClouds& c) {
        return model.forward({c.positions, c.vectors, c.scalars});
      },
      clouds, kTrials, 1);
}

ordered_json to_json(const verify::SymmetryErrors& errors) {
  return {{"rotation", errors.rotation},
          {"reflection", errors.reflection},
          {"translation", errors.translation},
          {"permutation", errors.permutation}};
}

std::string row(const char* name, double f32, double f64) {
  return fmt::format("{:<12} {:>10.2e} {:>10.2e}\n", name, f32, f64);
}

}  // namespace

Answer nbody_answer(const std::string& model, std::int64_t parameters, std::int64_t epoch, double val_mse,
                    double test_mse) {
  Answer answer;
  answer.json =
      ordered_json{
          {"model", model}, {"parameters", parameters}, {"epoch", epoch}, {"val_mse", val_mse}, {"test_mse", test_mse}}
          .dump();
  answer.table = fmt::format("{:<22} {:>8}\n", "charged N-body", "test MSE");
  if (const report::PublishedTable* table = report::published("nbody"))
    for (const auto& row : table->rows)
      answer.table += fmt::format("{:<22} {:>8.4f}  published\n", row.name, row.value);
  answer.table += fmt::format("{:<22} {:>8.4f}  this run: validation {:.5f}, best epoch {}, {} parameters\n", model,
                              test_mse, val_mse, epoch, parameters);
  return answer;
}

Answer evaluate_nbody(const std::string& run, int) {
  Settings config = nbody_settings();
  io::apply_yaml_file(config, in_folder(run, "config.yaml"));
  const model::LoadedNBodyModel loaded = model::load_nbody_model(find_model(run));
  std::string note;
  const data::NBodyData data = nbody_data(config, &note);
  const auto training = nlohmann::json::parse(loaded.training);
  return nbody_answer(to_string(loaded.model->options().variant), model::count_parameters(*loaded.model),
                      training.value("epoch", std::int64_t{0}), nbody_mse(*loaded.model, nbody_tensors(data.valid)),
                      nbody_mse(*loaded.model, nbody_tensors(data.test)));
}

void predict_nbody(const std::string& model_file, const std::string& in, const std::string& out) {
  const model::LoadedNBodyModel loaded = model::load_nbody_model(model_file);
  io::Arrays arrays = io::load_npz(in);
  const data::NBodyState state = data::nbody_state(arrays, in);
  const auto tensor = [](const std::vector<double>& values, at::IntArrayRef shape) {
    return torch::tensor(at::ArrayRef<double>(values), at::kDouble).to(at::kFloat).view(shape);
  };
  const std::int64_t s = state.samples;
  const std::int64_t n = state.particles;
  const model::NBodyBatch batch{tensor(state.loc, {s, n, 3}), tensor(state.vel, {s, n, 3}),
                                tensor(state.charges, {s, n})};
  const Tensor predicted = model::predict_positions(*loaded.model, batch);
  const Tensor lost = at::isfinite(predicted).logical_not().flatten(1).any(1).nonzero();
  check(lost.numel() == 0, in, ": the prediction is not finite for ", lost.numel(), " of ", s,
        " samples, the first of them ", lost.numel() == 0 ? 0 : lost.flatten()[0].item<std::int64_t>(),
        ": positions or velocities too large for the model");
  arrays["pred"] = ops::to_array(predicted);
  io::save_npz(out, arrays);
}

std::vector<std::pair<std::string, std::string>> nbody_routes(const std::string& model_file) {
  return model::load_nbody_model(model_file).model->network().routes();
}

Answer check_nbody_model(const std::string& model_file) {
  const model::LoadedNBodyModel loaded = model::load_nbody_model(model_file);
  const verify::SymmetryErrors f32 = certify(*loaded.model, loaded.example, at::kFloat);
  const verify::SymmetryErrors f64 = certify(*loaded.model, loaded.example, at::kDouble);
  Answer answer;
  answer.pass = f32.largest() <= kTolerance32 && f64.largest() <= kTolerance64;
  answer.json = ordered_json{
      {"f32", to_json(f32)},
      {"f64", to_json(f64)},
      {"tolerance", {{"f32", kTolerance32}, {"f64", kTolerance64}}},
      {"pass",
       answer.pass}}.dump();
  answer.table = fmt::format("{:<12} {:>10} {:>10}   largest relative error over {} random elements\n", "symmetry",
                             "float32", "float64", kTrials);
  answer.table += row("rotation", f32.rotation, f64.rotation) + row("reflection", f32.reflection, f64.reflection) +
                  row("translation", f32.translation, f64.translation) +
                  row("permutation", f32.permutation, f64.permutation) + row("tolerance", kTolerance32, kTolerance64);
  answer.table += answer.pass ? "equivariant\n" : "NOT equivariant\n";
  return answer;
}

}  // namespace coset::cli
