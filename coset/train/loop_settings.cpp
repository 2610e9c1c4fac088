#include "coset/train/loop_settings.h"

namespace coset::train {

namespace {

constexpr double kMany = 1e12;  // epochs, steps, examples: beyond it nothing is counted

std::vector<Setting> parts_setting(std::int64_t parts) {
  if (parts == 0) return {};
  return {{.name = "parts",
           .value = parts,
           .help = "of a batch, shared out over the threads; the result depends on them, not on the threads",
           .least = 1,
           .most = 1024}};
}

std::vector<Setting> optimiser_settings(const LoopDefaults& d) {
  return {
      {.name = "lr", .value = d.lr, .help = "peak learning rate", .least = 0},
      {.name = "schedule",
       .value = d.schedule,
       .help = "of the learning rate",
       .choices = {"constant", "cosine", "step"}},
      {.name = "warmup_steps",
       .value = d.warmup_steps,
       .unit = "steps",
       .help = "linear rise of the learning rate",
       .least = 0,
       .most = kMany},
      {.name = "lr_floor", .value = 0.0, .help = "last learning rate as a fraction of the peak", .least = 0, .most = 1},
      {.name = "optimizer",
       .value = d.optimizer,
       .help = "adam: decay in the gradient; adamw: decoupled",
       .choices = {"adam", "adamw"}},
      {.name = "weight_decay", .value = d.weight_decay, .help = "of the weights, as the optimizer says", .least = 0},
      {.name = "clip", .value = 0.0, .help = "largest gradient norm; 0: no clipping", .least = 0},
      {.name = "average",
       .value = 0.0,
       .help = "decay of the weight average that is evaluated and kept; 0: none",
       .least = 0,
       .most = 0.999999},
  };
}

}  // namespace

std::vector<Setting> loop_settings(const LoopDefaults& d) {
  std::vector<Setting> settings = parts_setting(d.parts);
  const auto add = [&](const std::vector<Setting>& more) { settings.insert(settings.end(), more.begin(), more.end()); };
  add({{.name = "seed", .value = std::int64_t{1}, .help = "initial weights and order of the examples", .least = 0},
       {.name = "epochs", .value = d.epochs, .help = "passes over the training set", .least = 1, .most = kMany},
       {.name = "batch_size", .value = d.batch_size, .help = d.examples + " in a step", .least = 1, .most = kMany},
       {.name = "eval_every",
        .value = d.eval_every,
        .unit = "epochs",
        .help = "between evaluations",
        .least = 1,
        .most = kMany},
       {.name = "max_seconds", .value = 0.0, .unit = "s", .help = "training stops here; 0: no limit", .least = 0}});
  add(optimiser_settings(d));
  add({{.name = "checkpoint_seconds", .value = 30.0, .unit = "s", .help = "between checkpoints", .least = 0}});
  return settings;
}

LoopOptions loop_options(const Settings& settings) {
  LoopOptions options;
  options.config = settings.to_string();
  options.seed = static_cast<std::uint64_t>(settings.integer("seed"));
  options.epochs = settings.integer("epochs");
  options.batch_size = settings.integer("batch_size");
  if (settings.knows("parts")) options.parts = settings.integer("parts");
  options.eval_every = settings.integer("eval_every");
  options.max_seconds = settings.real("max_seconds");
  options.schedule.shape = parse_shape(settings.text("schedule"));
  options.schedule.peak = settings.real("lr");
  options.schedule.warmup_steps = settings.integer("warmup_steps");
  options.schedule.floor = settings.real("lr_floor");
  options.adam.decoupled = settings.text("optimizer") == "adamw";
  options.adam.weight_decay = settings.real("weight_decay");
  options.clip = settings.real("clip");
  options.average_decay = settings.real("average");
  options.checkpoint_seconds = settings.real("checkpoint_seconds");
  return options;
}

}  // namespace coset::train
