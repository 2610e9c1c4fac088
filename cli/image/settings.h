/// The settings of `coset train rotmnist` and `coset train bloodcells`.
#pragma once

#include <vector>

#include "coset/base/settings.h"
#include "coset/data/augmentation.h"
#include "coset/model/image_model.h"

namespace coset::cli {

/// `task`: "rotmnist" or "bloodcells".
Settings image_settings(const std::string& task);
const std::vector<Preset>& image_presets();

/// Size, channels and classes come from the data.
model::ImageModelOptions image_model_options(const Settings& config);
data::AugmentationOptions image_augmentation(const Settings& config);

/// What lies beyond the edge of a turned picture: black for digits, a mirror image for photographs.
data::Border image_border(const std::string& task);

}  // namespace coset::cli
