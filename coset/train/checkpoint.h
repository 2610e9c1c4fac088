/// The whole state of a training run in one file (safetensors), written atomically.
///
/// Tensors: "model.<parameter>", "buffer.<buffer>", the optimiser's "adam.*", and "average.<parameter>" and
/// "average.<running statistic>" where weights are averaged. The metadata hold the progress as JSON, the resolved
/// configuration, and what the bits of the run depend on. No random state is stored because none exists between steps:
/// the order of an epoch follows from (seed, epoch), and every step seeds its generator from (seed, step).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "coset/train/parameters.h"

namespace coset::train {

/// Names and values of one evaluation; the first one decides which weights are the best.
using Metrics = std::vector<std::pair<std::string, double>>;

/// The best evaluation so far.
struct Best {
  std::int64_t step = -1;  ///< -1: none yet
  std::int64_t epoch = 0;
  Metrics validation;
  Metrics test;  ///< measured with the same weights

  bool operator==(const Best&) const = default;
};

/// Where a run stands between two steps.
struct Progress {
  std::int64_t step = 0;          ///< updates done
  std::int64_t epoch = 0;         ///< epochs completed
  std::int64_t batch = 0;         ///< batches done of the epoch that runs: the position in its shuffled order
  double loss_sum = 0.0;          ///< of those batches, for the mean over the epoch
  double norm_sum = 0.0;          ///< the same of the gradient norm
  double seconds = 0.0;           ///< time trained, all sessions together
  std::int64_t metric_lines = 0;  ///< lines of metrics.jsonl that belong to this state
  Best best;

  bool operator==(const Progress&) const = default;
};

/// What decides the order of the examples; a run can only go on with the same.
struct Order {
  std::uint64_t seed = 1;
  std::int64_t examples = 0;
  std::int64_t batch_size = 0;
  bool drop_last = true;

  bool operator==(const Order&) const = default;
};

struct Checkpoint {
  Progress progress;
  Order order;
  std::string config;    ///< the resolved configuration as YAML
  NamedTensors tensors;  ///< CPU tensors, names unique
};

/// Refuses (coset::Error) to store a tensor with NaN or infinity, so that every checkpoint is a good one.
void save_checkpoint(const std::string& path, const Checkpoint& checkpoint);

/// @throws coset::Error naming the file when it is cut, changed, of another format version or no checkpoint.
Checkpoint load_checkpoint(const std::string& path);

/// Copies the stored values into the live tensors. Strict: every live tensor must be stored with the same type and
/// shape, and nothing may be left over among the stored names that begin with one of the prefixes in use. `path` is for
/// messages.
void restore(const NamedTensors& stored, const NamedTensors& live, const std::string& path);

}  // namespace coset::train
