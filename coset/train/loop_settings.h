/// The settings of the training loop, declared once: what every task's config.yaml holds beside its own.
#pragma once

#include <string>
#include <vector>

#include "coset/base/settings.h"
#include "coset/train/loop.h"

namespace coset::train {

/// Defaults in which tasks differ.
struct LoopDefaults {
  std::string examples = "examples";  ///< what a batch is made of, for the help: "images"
  std::int64_t epochs = 1;
  std::int64_t batch_size = 1;
  std::int64_t eval_every = 1;
  /// Of a batch, one thread each (train::mean_loss_gradient); 0: no such setting, as running statistics need whole
  /// batches.
  std::int64_t parts = 0;
  double lr = 1e-3;
  std::string schedule = "constant";
  std::int64_t warmup_steps = 0;
  std::string optimizer = "adam";
  double weight_decay = 0.0;
};

/// seed, epochs, batch_size, ..., checkpoint_seconds: the keys that loop_options() reads.
std::vector<Setting> loop_settings(const LoopDefaults& defaults);

/// Everything but the folder, resume and display.
LoopOptions loop_options(const Settings& settings);

}  // namespace coset::train
