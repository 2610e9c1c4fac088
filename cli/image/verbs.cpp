#include "cli/image/verbs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "cli/image/experiment.h"
#include "cli/image/settings.h"
#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/io/atomic_write.h"
#include "coset/io/npz.h"
#include "coset/io/settings_text.h"
#include "coset/model/image_model.h"
#include "coset/ops/array.h"

namespace coset::cli {

namespace {

using nlohmann::ordered_json;

/// The word behind "KEY:" at the beginning of a line, without quotes; "" when there is none.
std::string word_of(const std::string& yaml, const std::string& key) {
  const auto line = ("\n" + yaml).find("\n" + key + ":");
  if (line == std::string::npos) return "";
  const auto begin = std::min(yaml.find_first_not_of(" \"'", line + key.size() + 1), yaml.size());
  return yaml.substr(begin, yaml.find_first_of(" \"'#\n", begin) - begin);
}

/// A run's configuration in the schema of the task that it names.
Settings run_config(const std::string& run) {
  const std::string file = in_folder(run, "config.yaml");
  std::string text = io::read_text_file(file);
  // runs older than the name of this key
  if (const auto old = text.find("\npreset:"); old != std::string::npos) text.replace(old, 8, "\nwidths:");
  const std::string task = word_of(text, "task");
  check(task == "rotmnist" || task == "bloodcells", file, ": expected the task rotmnist or bloodcells; received '",
        task, "'");
  Settings config = image_settings(task);
  io::apply_yaml(config, text, file);
  return config;
}

}  // namespace

Answer image_answer(const Settings& config, model::ImageModel& model, const data::ImageSplits& splits) {
  const double valid = image_score(model, splits.valid).accuracy;
  const double test = image_score(model, splits.test).accuracy;
  ordered_json json{{"model", model.options().model},
                    {"parameters", model::count_parameters(model)},
                    {"val_accuracy", valid},
                    {"test_accuracy", test}};
  Answer answer;
  answer.table = fmt::format("{:<28} {:>9}\n{:<28} {:>8.2f}%\n{:<28} {:>8.2f}%\n", model.options().model, "accuracy",
                             "validation", 100 * valid, "test", 100 * test);
  if (config.text("task") != "rotmnist") {
    const auto seed = derive_seed(static_cast<std::uint64_t>(config.integer("data_seed")), 1);
    using data::Interpolation, data::Turning;
    const std::tuple<const char*, Turning, Interpolation> kinds[] = {
        {"quarter", Turning::quarter, Interpolation::bilinear},
        {"any", Turning::any, Interpolation::bilinear},
        {"any_lanczos", Turning::any, Interpolation::lanczos}};
    for (const auto& [name, turning, interpolation] : kinds) {
      const data::ImageSet turned =
          data::turned(splits.test, turning, {image_border(config.text("task")), interpolation}, seed);
      const double accuracy = image_score(model, turned).accuracy;
      json[std::string("test_accuracy_") + name] = accuracy;
      answer.table += fmt::format("{:<28} {:>8.2f}%\n", std::string("test, turned: ") + name, 100 * accuracy);
    }
  }
  answer.json = json.dump();
  return answer;
}

Answer evaluate_images(const std::string& run, int) {
  const Settings config = run_config(run);
  const model::Loaded loaded = model::load(find_model(run));
  return image_answer(config, dynamic_cast<model::ImageModel&>(*loaded.model), image_data(config));
}

void predict_images(const std::string& model_file, const std::string& in, const std::string& out) {
  const model::Loaded loaded = model::load(model_file);
  auto& model = dynamic_cast<model::ImageModel&>(*loaded.model);
  const auto& options = model.options();
  io::Arrays arrays = io::load_npz(in);
  check(arrays.count("images") == 1, in, ": expected an array 'images'");
  const io::Array& images = arrays.at("images");
  std::vector<std::int64_t> shape = images.shape;
  if (shape.size() == 3) shape.push_back(1);
  check(images.dtype == "u1" && shape.size() == 4 && shape[1] == options.size && shape[2] == options.size &&
            shape[3] == options.channels,
        in, ": expected images (N, ", options.size, ", ", options.size, options.channels == 3 ? ", 3" : "",
        ") of type u1; received ", shape_text(images.shape), " of type ", images.dtype);
  const Tensor logits = model::predict_logits(model, ops::to_tensor(images).view(shape)).to(at::kFloat);
  arrays["logits"] = ops::to_array(logits);
  arrays["pred"] = ops::to_array(logits.argmax(1));
  io::save_npz(out, arrays);
}

}  // namespace coset::cli
