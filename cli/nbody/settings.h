/// The settings of `coset train nbody`: declared keys and presets.
#pragma once

#include <vector>

#include "coset/base/settings.h"
#include "coset/model/nbody_model.h"

namespace coset::cli {

Settings nbody_settings();
const std::vector<Preset>& nbody_presets();

model::NBodyModelOptions nbody_model_options(const Settings& config);

}  // namespace coset::cli
