#include "coset/train/loop.h"

#include <ATen/Context.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/io/atomic_write.h"
#include "coset/train/data_parallel.h"
#include "coset/train/display.h"
#include "coset/train/journal.h"
#include "coset/train/run_folder.h"
#include "coset/train/stop_signal.h"

namespace coset::train {

namespace {

constexpr std::uint64_t kOrderStream = 0x6f72646572;  // seeds of the two uses must differ
constexpr std::uint64_t kStepStream = 0x73746570;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr std::int64_t kMostSteps = std::int64_t{1} << 52;  // whole numbers that a double holds

NamedTensors prefixed(const std::string& prefix, const NamedTensors& tensors) {
  NamedTensors named;
  for (const auto& [name, tensor] : tensors) named.push_back({prefix + name, tensor});
  return named;
}

void append(NamedTensors& list, const NamedTensors& more) {
  list.insert(list.end(), more.begin(), more.end());
}

void validate(const LoopOptions& o, std::int64_t examples) {
  check(o.epochs >= 1, "[train] expected epochs >= 1; received ", o.epochs);
  check(o.batch_size >= 1 && o.batch_size <= kMostSteps, "[train] expected a batch size in [1, ", kMostSteps,
        "]; received ", o.batch_size);
  check(o.parts >= 1, "[train] expected parts >= 1; received ", o.parts);
  check(o.eval_every >= 1, "[train] expected eval_every >= 1; received ", o.eval_every);
  check(o.clip >= 0.0 && o.max_seconds >= 0.0 && o.checkpoint_seconds >= 0.0 && o.checkpoint_steps >= 0,
        "[train] expected clip, max_seconds, checkpoint_seconds and checkpoint_steps >= 0");
  check(examples >= (o.drop_last ? o.batch_size : 1), "[train] expected at least one batch of ", o.batch_size,
        " examples; received ", examples, " examples");
}

/// The weights, and the running statistics: those were gathered with the weights, so the average needs its own.
NamedTensors averaged_tensors(Task& task) {
  NamedTensors all = parameters_of(task.module());
  for (const NamedTensor& buffer : buffers_of(task.module()))
    if (buffer.tensor.is_floating_point()) all.push_back(buffer);
  return all;
}

class Loop {
 public:
  Loop(Task& task, const LoopOptions& options)
      : task_(task),
        options_(options),
        parameters_(parameters_of(task.module())),
        adam_(parameters_, options.adam),
        order_{options.seed, task.examples(), options.batch_size, options.drop_last} {
    validate(options, order_.examples);
    const std::int64_t partial = options.drop_last ? 0 : options.batch_size - 1;
    batches_ = (order_.examples + partial) / options.batch_size;
    check(options.epochs <= kMostSteps / batches_, "[train] expected at most ", kMostSteps / batches_, " epochs of ",
          batches_, " batches; received ", options.epochs);
    options_.schedule.total_steps = options.epochs * batches_;
    learning_rate(options_.schedule, 0);
    if (options.average_decay > 0.0)
      average_.emplace(averaged_tensors(task), options.average_decay, options.average_start);
  }

  TrainResult run();

 private:
  NamedTensors state();
  void start();
  void resume(const std::string& path);
  void complete_best(const Checkpoint& last) const;
  void say_how_it_starts(bool goes_on);
  double gradients_of(std::span<const std::int64_t> batch);
  Metrics metrics_of(Split split);
  void one_step();
  void end_epoch();
  void evaluate(double train_loss);
  bool is_better(const Metrics& validation) const;
  void save(const std::string& path);
  void save_if_due();
  bool out_of_time() const;
  void update_clock() { progress_.seconds = seconds_before_ + seconds_since(started_); }
  void check_finite(double value, const std::string& what) const;
  void check_statistics() const;

  Task& task_;
  LoopOptions options_;
  NamedTensors parameters_;
  Adam adam_;
  std::optional<WeightAverage> average_;
  Order order_;
  std::int64_t batches_ = 0;  // per epoch

  Progress progress_;
  std::vector<std::int64_t> shuffled_;  // of epoch shuffled_epoch_
  std::int64_t shuffled_epoch_ = -1;
  std::int64_t evaluated_step_ = -1;
  double evaluation_seconds_ = 0.0;  // of the latest evaluation: kept free at the end of a time budget
  double seconds_before_ = 0.0;      // trained in earlier sessions
  Clock::time_point started_;
  Clock::time_point saved_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Display> display_;
};

NamedTensors Loop::state() {
  NamedTensors all = prefixed("model.", parameters_);
  append(all, prefixed("buffer.", buffers_of(task_.module())));
  append(all, adam_.state());
  if (average_) append(all, average_->state());
  return all;
}

void Loop::save(const std::string& path) {
  update_clock();
  progress_.metric_lines = journal_ ? journal_->lines() : 0;
  save_checkpoint(path, {progress_, order_, options_.config, state()});
  saved_ = Clock::now();
}

void Loop::resume(const std::string& path) {
  const Checkpoint checkpoint = load_checkpoint(path);
  const Order& stored = checkpoint.order;
  check(stored == order_, path, ": expected seed, examples, batch size and drop_last ", stored.seed, ", ",
        stored.examples, ", ", stored.batch_size, ", ", stored.drop_last, " as the run began; received ", order_.seed,
        ", ", order_.examples, ", ", order_.batch_size, ", ", order_.drop_last);
  const Progress& p = checkpoint.progress;
  check(p.batch < batches_ && p.epoch <= p.step / batches_ && p.step == p.epoch * batches_ + p.batch, path,
        ": expected a step of ", batches_, " batches an epoch; received step ", p.step, ", epoch ", p.epoch, ", batch ",
        p.batch);
  if (p.best.step >= 0) {
    complete_best(checkpoint);
    // What on_best writes is older than the checkpoint, or of a validation that the checkpoint does not know.
    load_best(task_, options_.folder);
    task_.on_best(p.best);
  }
  restore(checkpoint.tensors, state(), path);
  progress_ = p;
}

/// The best checkpoint is written right after the last one of the same step; a stop between them leaves it to us.
void Loop::complete_best(const Checkpoint& last) const {
  const std::string best = best_checkpoint(options_.folder);
  const std::int64_t step = last.progress.best.step;
  if (std::filesystem::exists(best) && load_checkpoint(best).progress.best.step == step) return;
  check(last.progress.step == step, best, ": the checkpoint of the best validation (step ", step, ") is missing");
  save_checkpoint(best, last);
}

/// What a person should know before the first step.
void Loop::say_how_it_starts(bool goes_on) {
  if (goes_on) {
    display_->note("resumed at step " + std::to_string(progress_.step) + ", epoch " + std::to_string(progress_.epoch));
    if (progress_.epoch >= options_.epochs)
      display_->note("nothing left to train: the run has finished its " + std::to_string(options_.epochs) +
                     " epochs; raise epochs in " + options_.folder + "/config.yaml to go on");
  }
  const Schedule& schedule = options_.schedule;
  if (schedule.warmup_steps > schedule.total_steps)
    display_->note("warning: the learning rate rises over " + std::to_string(schedule.warmup_steps) +
                   " steps, longer than the training of " + std::to_string(schedule.total_steps));
}

void Loop::start() {
  const std::string last = last_checkpoint(options_.folder);
  const bool goes_on = options_.resume && std::filesystem::exists(last);
  if (goes_on) resume(last);
  started_ = saved_ = Clock::now();
  seconds_before_ = progress_.seconds;
  io::atomic_write(options_.folder + "/config.yaml", options_.config);
  if (!goes_on) save(last);
  journal_ = std::make_unique<Journal>(options_.folder, progress_.metric_lines);
  display_ =
      std::make_unique<Display>(options_.display, options_.epochs, batches_, progress_.step, options_.max_seconds);
  say_how_it_starts(goes_on);
}

void Loop::check_finite(double value, const std::string& what) const {
  if (std::isfinite(value)) return;
  const std::string last = last_checkpoint(options_.folder);
  fail("the ", what, " is ", value, " at step ", progress_.step, " (epoch ", progress_.epoch + 1, ", batch ",
       progress_.batch + 1, " of ", batches_, "); training stopped. The last good checkpoint is ", last, " (step ",
       load_checkpoint(last).progress.step, "); lower the learning rate or clip the gradients in ", options_.folder,
       "/config.yaml, then go on with --resume");
}

/// Leaves the gradients of the batch's mean loss in the parameters, and returns that loss.
double Loop::gradients_of(std::span<const std::int64_t> batch) {
  if (!task_.module().is_training()) task_.module().train();
  const auto size = static_cast<std::int64_t>(batch.size());
  if (options_.parts > 1)
    return mean_loss_gradient(parameters_, size, options_.parts, [&](std::int64_t begin, std::int64_t end) {
      return task_.loss(batch.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)),
                        progress_.step);
    });
  const Tensor loss = task_.loss(batch, progress_.step);
  check(loss.defined() && loss.numel() == 1 && loss.requires_grad(),
        "[train] expected a scalar loss that depends on the parameters");
  loss.backward();
  return loss.item<double>();
}

/// The split's metrics, of the weights that stand in the module.
Metrics Loop::metrics_of(Split split) {
  task_.module().eval();
  const at::AutoGradMode recording(task_.evaluation_needs_gradients());
  return task_.evaluate(split);
}

/// The variance of one value is none: batch normalisation then writes NaN into its running statistics without a word.
void Loop::check_statistics() const {
  for (const NamedTensor& buffer : buffers_of(task_.module()))
    check(!buffer.tensor.is_floating_point() || torch::isfinite(buffer.tensor).all().item<bool>(),
          "a batch of 1 example makes the running statistics '", buffer.name,
          "' NaN: batch normalisation needs batches of at least 2; choose another batch_size");
}

void Loop::one_step() {
  if (shuffled_epoch_ != progress_.epoch) {
    shuffled_ = shuffled_indices(order_.examples, derive_seed(order_.seed, kOrderStream),
                                 static_cast<std::uint64_t>(progress_.epoch));
    shuffled_epoch_ = progress_.epoch;
  }
  const std::int64_t first = progress_.batch * order_.batch_size;
  const std::int64_t count = std::min(order_.batch_size, order_.examples - first);
  at::manual_seed(derive_seed(derive_seed(order_.seed, kStepStream), static_cast<std::uint64_t>(progress_.step)));
  clear_gradients(parameters_);
  const double loss =
      gradients_of(std::span(shuffled_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)));
  check_finite(loss, "loss");
  if (count == 1) check_statistics();
  const double norm = gradient_norm(parameters_);
  check_finite(norm, "gradient norm");
  adam_.step(learning_rate(options_.schedule, progress_.step), clip_factor(norm, options_.clip));
  ++progress_.step;
  ++progress_.batch;
  progress_.loss_sum += loss;
  progress_.norm_sum += norm;
  if (average_) average_->update(progress_.step);
  update_clock();
  display_->step(progress_, loss);
}

void Loop::end_epoch() {
  const auto n = static_cast<double>(batches_);
  const double loss = progress_.loss_sum / n;
  const double norm = progress_.norm_sum / n;
  ++progress_.epoch;
  progress_.batch = 0;
  progress_.loss_sum = progress_.norm_sum = 0.0;
  journal_->add(
      "train", progress_,
      {{"loss", loss}, {"lr", learning_rate(options_.schedule, progress_.step - 1)}, {"gradient_norm", norm}});
  if (progress_.epoch % options_.eval_every == 0 || progress_.epoch == options_.epochs) evaluate(loss);
}

bool Loop::is_better(const Metrics& validation) const {
  const Best& best = progress_.best;
  if (best.step < 0) return true;
  const double now = validation.front().second;
  const double before = best.validation.front().second;
  return options_.higher_is_better ? now > before : now < before;
}

void Loop::evaluate(double train_loss) {
  const auto began = Clock::now();
  Metrics validation;
  Metrics test;
  bool better = false;
  {
    const WeightAverage::Scope averaged(average_ ? &*average_ : nullptr);
    validation = metrics_of(Split::validation);
    check(!validation.empty(), "[train] expected at least one validation metric");
    for (const auto& [name, value] : validation) check_finite(value, "validation " + name);
    better = is_better(validation);
    if (better || options_.test_always) test = metrics_of(Split::test);
    if (better) {
      progress_.best = {progress_.step, progress_.epoch, validation, test};
      task_.on_best(progress_.best);  // before the checkpoint: a kill in between repeats this evaluation
    }
  }
  evaluated_step_ = progress_.step;
  evaluation_seconds_ = seconds_since(began);
  update_clock();
  journal_->add("validation", progress_, validation);
  if (!test.empty()) journal_->add("test", progress_, test);
  display_->evaluation(progress_, train_loss, validation, test, better);
  if (better) {
    save(last_checkpoint(options_.folder));
    save(best_checkpoint(options_.folder));
  }
}

bool Loop::out_of_time() const {
  return options_.max_seconds > 0.0 && progress_.seconds + evaluation_seconds_ >= options_.max_seconds;
}

void Loop::save_if_due() {
  const bool by_time = options_.checkpoint_seconds > 0.0 && seconds_since(saved_) >= options_.checkpoint_seconds;
  const bool by_steps = options_.checkpoint_steps > 0 && progress_.step % options_.checkpoint_steps == 0;
  if (by_time || by_steps) save(last_checkpoint(options_.folder));
}

TrainResult Loop::run() {
  const StopSignal signal;
  const RunFolder folder(options_.folder);
  if (!options_.resume) folder.expect_no_run();
  start();
  TrainResult result;
  while (progress_.epoch < options_.epochs && result.stop == Stop::finished) {
    one_step();
    if (progress_.batch == batches_) end_epoch();
    if (signal.received() != 0) {
      result.stop = Stop::interrupted;
      result.signal = signal.received();
    } else if (out_of_time() && progress_.epoch < options_.epochs) {
      result.stop = Stop::out_of_time;
      if (evaluated_step_ != progress_.step) {
        evaluate(progress_.batch > 0 ? progress_.loss_sum / static_cast<double>(progress_.batch) : progress_.loss_sum);
      }
    } else {
      save_if_due();
    }
  }
  save(last_checkpoint(options_.folder));
  if (result.stop == Stop::interrupted)
    display_->note("stopped by a signal at step " + std::to_string(progress_.step) + "; resume to go on");
  if (result.stop == Stop::out_of_time) display_->note("time budget used up at step " + std::to_string(progress_.step));
  result.progress = progress_;
  return result;
}

}  // namespace

TrainResult train(Task& task, const LoopOptions& options) {
  return Loop(task, options).run();
}

Best load_best(Task& task, const std::string& folder) {
  const std::string path = best_checkpoint(folder);
  const Checkpoint checkpoint = load_checkpoint(path);
  const auto stored = [&](const std::string& prefix) {
    NamedTensors found;
    for (const auto& named : checkpoint.tensors)
      if (named.name.rfind(prefix, 0) == 0) found.push_back(named);
    return found;
  };
  const torch::nn::Module& module = task.module();
  const NamedTensors average = stored("average.");
  restore(stored("buffer."), prefixed("buffer.", buffers_of(module)), path);
  if (average.empty())
    restore(stored("model."), prefixed("model.", parameters_of(module)), path);
  else
    restore(average, prefixed("average.", averaged_tensors(task)), path);
  task.module().eval();
  return checkpoint.progress.best;
}

}  // namespace coset::train
