/// The training loop: it knows a Task, not a model.
///
/// A run lives in one folder:
///   config.yaml                          the resolved configuration
///   metrics.jsonl                        one JSON object per epoch and per evaluation
///   tensorboard/                         the same curves as TensorBoard events
///   checkpoints/last.safetensors         the whole state, replaced atomically
///   checkpoints/best.safetensors         the whole state at the best validation
///
/// The next state is a function of the checkpoint alone (examples are shuffled from (seed, epoch), random numbers
/// seeded from (seed, step)): a run that is stopped or killed at any moment and resumed ends with the same bits as one
/// that was not, given the same machine type and, where operations themselves are shared out, thread count (a task may
/// cut its batches into parts instead, as N-body does: then the bits depend on the parts). Metrics written after the
/// last checkpoint are taken back on resume and written again.
#pragma once

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include "coset/nn/module.h"
#include "coset/train/average.h"
#include "coset/train/checkpoint.h"
#include "coset/train/optimizer.h"
#include "coset/train/parameters.h"
#include "coset/train/schedule.h"

namespace coset::train {

enum class Split { validation, test };

/// What is trained: a module, its examples, a loss. The loop owns everything between them: order of the examples,
/// training and evaluation mode, backward, parts of a batch, optimiser, checkpoints.
class Task {
 public:
  virtual ~Task() = default;

  /// What is trained. Parameters and buffers are its own, always in the same order with the same names.
  virtual torch::nn::Module& module() = 0;
  /// Number of training examples.
  virtual std::int64_t examples() const = 0;
  /// Mean loss of these training examples, a scalar with its graph; the module is in training mode. `step` counts from 0
  /// over the whole run, and torch's default generator was seeded from (seed, step). With LoopOptions::parts above 1 it
  /// is called with parts of the batch, from several threads at once (train::mean_loss_gradient says what that allows).
  virtual Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) = 0;
  /// The metrics of a split, at least one and always the same names; empty for a test split that does not exist. The
  /// module is in evaluation mode.
  virtual Metrics evaluate(Split split) = 0;
  /// Whether evaluate() differentiates (forces do). Otherwise the loop switches the recording of graphs off for it.
  virtual bool evaluation_needs_gradients() const { return false; }
  /// Called at each new best validation, and again when a run goes on after one, while the evaluated weights (the
  /// average, if there is one) are in the module, which is in evaluation mode.
  virtual void on_best(const Best&) {}
};

struct LoopOptions {
  std::string folder;      ///< of the run; created
  bool resume = false;     ///< go on from checkpoints/last (from the start where a run was killed before its first one)
  std::string config;      ///< text of config.yaml
  std::uint64_t seed = 1;  ///< of order and random numbers
  std::int64_t epochs = 1;
  std::int64_t batch_size = 1;
  std::int64_t parts = 1;         ///< of a batch, shared out over the threads; more only without running statistics
  bool drop_last = true;          ///< leave out a last batch that is not full
  std::int64_t eval_every = 1;    ///< epochs between evaluations; the last epoch is always evaluated
  bool higher_is_better = false;  ///< of the first validation metric
  bool test_always = false;       ///< measure the test split at every evaluation, not only at a new best

  Schedule schedule;  ///< its total_steps is set by the loop: epochs * batches
  AdamOptions adam;
  double clip = 0.0;           ///< largest gradient norm; 0: no clipping
  double average_decay = 0.0;  ///< weight average; 0: none
  AverageStart average_start = AverageStart::corrected;

  double max_seconds = 0.0;          ///< time budget over all sessions, last evaluation included; 0: none
  double checkpoint_seconds = 30.0;  ///< at most this much work is lost; 0: only at the marks below
  std::int64_t checkpoint_steps = 0;
  std::FILE* display = stderr;  ///< progress bar or table of evaluations; nullptr: silent
};

enum class Stop { finished, out_of_time, interrupted };

struct TrainResult {
  Stop stop = Stop::finished;
  int signal = 0;  ///< interrupted: which of StopSignal's; a program then exits with 128 + signal
  Progress progress;
};

/// Trains until the epochs or the time are used up or a signal asks to stop; the step that runs is finished and the
/// checkpoint written first. coset/train/stop_signal.h says when a second signal ends the process at once (which loses
/// nothing but the steps since the last checkpoint).
/// @throws coset::Error on a loss, gradient or metric that is not finite (the last good checkpoint stays and is named),
/// on a folder that already holds a run or files of a run's names (resume = false), one in use by another process, or a
/// checkpoint that does not fit.
TrainResult train(Task& task, const LoopOptions& options);

/// Puts the best weights and buffers into the task's module, averaged where there is an average, and the module into
/// evaluation mode. Returns where they stood.
Best load_best(Task& task, const std::string& folder);

/// "FOLDER/checkpoints/last.safetensors" and ".../best.safetensors"
std::string last_checkpoint(const std::string& folder);
std::string best_checkpoint(const std::string& folder);

}  // namespace coset::train
