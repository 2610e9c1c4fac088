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
  check(o.batch_size >= 1, "[train] expected a batch size >= 1; received ", o.batch_size);
  check(o.eval_every >= 1, "[train] expected eval_every >= 1; received ", o.eval_every);
  check(o.clip >= 0.0 && o.max_seconds >= 0.0 && o.checkpoint_seconds >= 0.0 && o.checkpoint_steps >= 0,
        "[train] expected clip, max_seconds, checkpoint_seconds and checkpoint_steps >= 0");
  check(examples >= (o.drop_last ? o.batch_size : 1), "[train] expected at least one batch of ", o.batch_size,
        " examples; received ", examples, " examples");
}

/// The weights, and the running statistics: those were gathered with the weights, so the average needs its own.
NamedTensors averaged_tensors(Task& task) {
  NamedTensors all = task.parameters();
  for (const NamedTensor& buffer : task.buffers())
    if (buffer.tensor.is_floating_point()) all.push_back(buffer);
  return all;
}

class Loop {
 public:
  Loop(Task& task, const LoopOptions& options)
      : task_(task),
        options_(options),
        parameters_(task.parameters()),
        adam_(parameters_, options.adam),
        order_{options.seed, task.examples(), options.batch_size, options.drop_last} {
    validate(options, order_.examples);
    const std::int64_t partial = options.drop_last ? 0 : options.batch_size - 1;
    batches_ = (order_.examples + partial) / options.batch_size;
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
  void one_step();
  void end_epoch();
  void evaluate(double train_loss);
  bool is_better(const Metrics& validation) const;
  void save(const std::string& path);
  void save_if_due();
  bool out_of_time() const;
  void update_clock() { progress_.seconds = seconds_before_ + seconds_since(started_); }
  void check_finite(double value, const std::string& what) const;

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
  append(all, prefixed("buffer.", task_.buffers()));
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
  restore(checkpoint.tensors, state(), path);
  progress_ = checkpoint.progress;
  if (progress_.best.step < 0) return;
  // The best checkpoint is written right after the last one of the same step; a kill between them leaves it to us.
  const std::string best = best_checkpoint(options_.folder);
  if (std::filesystem::exists(best) && load_checkpoint(best).progress.best.step == progress_.best.step) return;
  check(progress_.step == progress_.best.step, best, ": the checkpoint of the best validation (step ",
        progress_.best.step, ") is missing");
  save_checkpoint(best, checkpoint);
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
  if (goes_on)
    display_->note("resumed at step " + std::to_string(progress_.step) + ", epoch " + std::to_string(progress_.epoch));
}

void Loop::check_finite(double value, const std::string& what) const {
  if (std::isfinite(value)) return;
  const std::string last = last_checkpoint(options_.folder);
  fail("the ", what, " is ", value, " at step ", progress_.step, " (epoch ", progress_.epoch + 1, ", batch ",
       progress_.batch + 1, " of ", batches_, "); training stopped. The last good checkpoint is ", last, " (step ",
       load_checkpoint(last).progress.step, "); lower the learning rate or clip the gradients in ", options_.folder,
       "/config.yaml, then go on with --resume");
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
  const double loss = task_.step(
      std::span(shuffled_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)), progress_.step);
  check_finite(loss, "loss");
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
    validation = task_.evaluate(Split::validation);
    check(!validation.empty(), "[train] expected at least one validation metric");
    for (const auto& [name, value] : validation) check_finite(value, "validation " + name);
    better = is_better(validation);
    if (better || options_.test_always) test = task_.evaluate(Split::test);
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
  const RunFolder folder(options_.folder);
  check(options_.resume || !folder.holds_a_run(), options_.folder,
        " already holds a run; resume it or choose another folder");
  start();
  const StopSignal signal;
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
  const NamedTensors average = stored("average.");
  restore(stored("buffer."), prefixed("buffer.", task.buffers()), path);
  if (average.empty())
    restore(stored("model."), prefixed("model.", task.parameters()), path);
  else
    restore(average, prefixed("average.", averaged_tensors(task)), path);
  return checkpoint.progress.best;
}

}  // namespace coset::train
