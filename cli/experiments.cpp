#include "cli/experiments.h"

#include <filesystem>

#include "cli/image/verbs.h"
#include "cli/nbody/verbs.h"
#include "coset/base/error.h"
#include "coset/model/model.h"
#include "coset/model/model_file.h"

namespace coset::cli {

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all{
      {"nbody", add_train_nbody, evaluate_nbody, predict_nbody},
      {"image", add_train_images, evaluate_images, predict_images, show_images},
  };
  return all;
}

const Experiment& experiment_of(const std::string& model_file) {
  const std::string architecture = model::read_model(model_file).description.architecture;
  for (const Experiment& experiment : experiments())
    if (experiment.architecture == architecture) return experiment;
  fail(model_file, ": unknown architecture '", architecture, "'");
}

Answer check_model(const std::string& model_file) {
  const model::Loaded loaded = model::load(model_file);
  const verify::Certificate certificate = model::certify(*loaded.model, loaded.example);
  return {certificate.to_json(), certificate.to_string(), certificate.verdict() == verify::Verdict::equivariant};
}

std::string in_folder(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

std::string find_model(const std::string& run_or_file) {
  namespace fs = std::filesystem;
  if (!fs::is_directory(run_or_file)) {
    check(fs::exists(run_or_file), run_or_file, ": no such run folder or model file");
    return run_or_file;
  }
  const std::string inside = in_folder(run_or_file, "model.safetensors");
  check(fs::exists(inside), run_or_file, ": no model.safetensors: the run has not reached its first evaluation");
  return inside;
}

std::string find_run(const std::string& run_or_file) {
  namespace fs = std::filesystem;
  const fs::path path(run_or_file);
  const std::string folder = fs::is_directory(path)   ? run_or_file
                             : path.has_parent_path() ? path.parent_path().string()
                                                      : ".";
  check(fs::exists(in_folder(folder, "config.yaml")), run_or_file,
        ": expected a run folder, or a model file in one; there is no ", in_folder(folder, "config.yaml"));
  return folder;
}

}  // namespace coset::cli
