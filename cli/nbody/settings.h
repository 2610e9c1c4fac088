/// The settings of `coset train nbody`: declared keys and presets.
#pragma once

#include <vector>

#include "coset/model/nbody_model.h"
#include "coset/train/config.h"

namespace coset::cli {

train::Config nbody_settings();
const std::vector<train::Preset>& nbody_presets();

model::NBodyModelOptions nbody_model_options(const train::Config& config);

}  // namespace coset::cli
