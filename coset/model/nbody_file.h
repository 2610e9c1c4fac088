/// N-body models in the model file (coset/model/model_file.h): architecture "nbody".
#pragma once

#include <memory>
#include <string>

#include "coset/model/model_file.h"
#include "coset/model/nbody_model.h"

namespace coset::model {

inline constexpr const char* kNBodyArchitecture = "nbody";

/// Writes the model and, as the stored example, its answer to `example` (a few systems). `training` is a JSON object.
void save_nbody_model(const std::string& path, NBodyModel& model, const NBodyBatch& example,
                      const std::string& training);

struct LoadedNBodyModel {
  std::shared_ptr<NBodyModel> model;  ///< in the stored precision, eval mode
  NBodyBatch example;                 ///< the stored systems
  std::string training;               ///< JSON
};

/// Builds, loads and replays. @throws coset::Error "PATH: ..." (see restore_model), or when the architecture is another
LoadedNBodyModel load_nbody_model(const std::string& path);

/// (B, n, 3) predicted positions without gradients, 25 systems at a time on every thread; the same bits at any number
/// of threads. Computed in the model's precision, returned in that of the batch. Also the model as a map of point
/// clouds, for verify::symmetry_errors.
Tensor predict_positions(NBodyModel& model, const NBodyBatch& batch);

}  // namespace coset::model
