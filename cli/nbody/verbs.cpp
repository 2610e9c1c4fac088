#include "cli/nbody/verbs.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/nbody/experiment.h"
#include "cli/nbody/settings.h"
#include "coset/base/error.h"
#include "coset/data/nbody_file.h"
#include "coset/io/npz.h"
#include "coset/io/settings_text.h"
#include "coset/model/nbody_model.h"
#include "coset/ops/array.h"
#include "coset/report/published.h"

namespace coset::cli {

namespace {

using nlohmann::ordered_json;

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
  const model::Loaded loaded = model::load(find_model(run));
  std::string note;
  const data::NBodyData data = nbody_data(config, &note);
  const auto training = nlohmann::json::parse(loaded.provenance.training);
  return nbody_answer(loaded.options.text("variant"), model::count_parameters(*loaded.model),
                      training.value("epoch", std::int64_t{0}), nbody_mse(*loaded.model, nbody_tensors(data.valid)),
                      nbody_mse(*loaded.model, nbody_tensors(data.test)));
}

void predict_nbody(const std::string& model_file, const std::string& in, const std::string& out) {
  const model::Loaded loaded = model::load(model_file);
  io::Arrays arrays = io::load_npz(in);
  const data::NBodyState state = data::nbody_state(arrays, in);
  const auto tensor = [](const std::vector<double>& values, at::IntArrayRef shape) {
    return torch::tensor(at::ArrayRef<double>(values), at::kDouble).view(shape);
  };
  const std::int64_t s = state.samples;
  const std::int64_t n = state.particles;
  const model::NBodyBatch batch{tensor(state.loc, {s, n, 3}), tensor(state.vel, {s, n, 3}),
                                tensor(state.charges, {s, n})};
  const Tensor predicted = model::predict(*loaded.model, batch.values()).at("positions");
  const Tensor lost = at::isfinite(predicted).logical_not().flatten(1).any(1).nonzero();
  check(lost.numel() == 0, in, ": the prediction is not finite for ", lost.numel(), " of ", s,
        " samples, the first of them ", lost.numel() == 0 ? 0 : lost.flatten()[0].item<std::int64_t>(),
        ": positions or velocities too large for the model");
  arrays["pred"] = ops::to_array(predicted);
  io::save_npz(out, arrays);
}

}  // namespace coset::cli
