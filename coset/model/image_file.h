/// Image classifiers in the model file (coset/model/model_file.h): architecture "image". The preprocessing is part of
/// it, and so is the name of the task. The options are resolved ones: a model's own group or width may change without
/// changing what an old file builds.
#pragma once

#include "coset/model/image_model.h"
#include "coset/model/model_file.h"

namespace coset::model {

inline constexpr const char* kImageArchitecture = "image";

/// `example` (B, channels, size, size): a few images, stored with the model's answer. `training` is a JSON object.
void save_image_model(const std::string& path, ImageModel& model, const Tensor& example, const std::string& training);

struct LoadedImageModel {
  std::shared_ptr<ImageModel> model;  ///< in the stored precision, eval mode
  Tensor example;
  std::string training;  ///< JSON
};

/// Builds, loads and replays. @throws coset::Error "PATH: ..." (see restore_model), or when the architecture is another
LoadedImageModel load_image_model(const std::string& path);

}  // namespace coset::model
