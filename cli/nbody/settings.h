/// The settings of `coset train nbody`: declared keys, presets, and what the training loop makes of them.
#pragma once

#include <vector>

#include "coset/model/nbody_model.h"
#include "coset/train/config.h"
#include "coset/train/loop.h"

namespace coset::cli {

train::Config nbody_settings();
const std::vector<train::Preset>& nbody_presets();

model::NBodyModelOptions nbody_model_options(const train::Config& config);

/// Everything but the folder, resume and display.
train::LoopOptions nbody_loop_options(const train::Config& config);

}  // namespace coset::cli
