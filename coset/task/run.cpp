#include "coset/task/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "coset/base/error.h"
#include "coset/base/printable.h"
#include "coset/io/atomic_write.h"
#include "coset/io/settings_text.h"
#include "coset/report/page.h"
#include "coset/task/run_record.h"

namespace coset::task {

namespace {

using nlohmann::ordered_json;

/// Prints a line of its own; what a name in it would do to a terminal is written out.
void say(std::FILE* display, const std::string& line) {
  if (display != nullptr) std::fprintf(display, "%s\n", printable(line).c_str());
}

/// The loop's view of a task, which writes the model file at every new best.
class Kept : public train::Task {
 public:
  Kept(task::Task& task, const Row& row, const Settings& settings, std::string model_file)
      : task_(task), row_(row), settings_(settings), model_file_(std::move(model_file)) {}

  torch::nn::Module& module() override { return task_.module(); }
  std::int64_t examples() const override { return task_.examples(); }
  Tensor loss(std::span<const std::int64_t> batch, std::int64_t step) override { return task_.loss(batch, step); }
  train::Metrics evaluate(train::Split split) override { return task_.evaluate(split); }
  bool evaluation_needs_gradients() const override { return task_.evaluation_needs_gradients(); }
  void on_best(const train::Best& best) override {
    ordered_json training{{"task", row_.name},
                          {"model", settings_.text("model")},
                          {"epoch", best.epoch},
                          {"step", best.step},
                          {"seed", settings_.integer("seed")}};
    for (const auto& [name, value] : best.validation) training["val_" + name] = value;
    model::save(model_file_, task_.model(), choice(row_, settings_.text("model")).architecture, task_.model_options(),
                task_.example(), {.training = training.dump(), .labels = task_.labels()});
    task_.on_best(best);
  }

 private:
  task::Task& task_;
  const Row& row_;
  const Settings& settings_;
  std::string model_file_;
};

/// The score with the published numbers, from the largest to the smallest, then every metric.
std::string table_of(const Row& row, const ordered_json& json) {
  std::string text;
  const report::PublishedTable& published = row.published;
  const std::string model = json["model"];
  if (!published.rows.empty() && json.contains(published.metric)) {
    text += fmt::format("{:<26} {:>10}\n", row.name, published.metric);
    for (const auto& each : published.rows) text += fmt::format("{:<26} {:>10.4f}  published\n", each.name, each.value);
    text += fmt::format("{:<26} {:>10.4f}  this run\n\n", model, json[published.metric].get<double>());
  }
  text += fmt::format("{:<26} {:>10}  {} parameters, best epoch {}\n", model, "", json["parameters"].dump(),
                      json["epoch"].dump());
  for (const auto& [name, value] : json.items())
    if (value.is_number_float()) text += fmt::format("{:<26} {:>10.5f}\n", name, value.get<double>());
  return text;
}

Answer answer_of(const Row& row, const Settings& settings, Task& task, std::int64_t epoch) {
  task.model().eval();
  const at::AutoGradMode recording(task.evaluation_needs_gradients());
  ordered_json json{
      {"model", settings.text("model")}, {"parameters", model::count_parameters(task.model())}, {"epoch", epoch}};
  for (const auto& [name, value] : task.score()) json[name] = value;
  return {json.dump(), table_of(row, json)};
}

std::string task_json(const Row& row) {
  ordered_json json{{"name", row.name}, {"about", row.about}};
  if (!row.published.rows.empty()) json["published"] = ordered_json::parse(report::to_json(row.published));
  return json.dump();
}

/// What a person finds in the folder after training.
void write_results(const Row& row, const std::string& folder, const RunResult& result) {
  ordered_json json = ordered_json::parse(result.answer.json);
  json["task"] = row.name;
  io::atomic_write(in_folder(folder, "result.json"), json.dump() + "\n");
  io::atomic_write(in_folder(folder, "task.json"), task_json(row) + "\n");
  io::atomic_write(in_folder(folder, "certificate.json"), result.certificate.to_json() + "\n");
}

/// Makes the task; of a run whose data is gone, the message says where the place of the data is written.
std::unique_ptr<Task> make(const Row& row, const Settings& settings, const std::string& folder) {
  try {
    return row.make(settings);
  } catch (const Error& error) {
    const bool moved = !folder.empty() && settings.knows("data") && !std::filesystem::exists(settings.text("data"));
    if (!moved) throw;
    fail(error.what(), "; the run has this place from the key data in ", in_folder(folder, "config.yaml"),
         ": say with --data FOLDER where the data lies now");
  }
}

void copy_weights(const model::Model& from, model::Model& to, const std::string& file) {
  const torch::NoGradGuard values;
  const auto copy = [&](const auto& source, const auto& target) {
    for (const auto& item : target) {
      const Tensor* stored = source.find(item.key());
      check(stored != nullptr && stored->sizes() == item.value().sizes(), file, ": expected ", item.key(),
            " as the settings of the run build it; received another network");
      Tensor(item.value()).copy_(*stored);
    }
  };
  copy(from.named_parameters(), to.named_parameters());
  copy(from.named_buffers(), to.named_buffers());
}

std::int64_t epoch_of(const model::Loaded& loaded) {
  const auto training = ordered_json::parse(loaded.provenance.training, nullptr, false);
  const bool known = training.is_object() && training.contains("epoch") && training["epoch"].is_number_integer();
  return known ? training["epoch"].get<std::int64_t>() : 0;
}

std::string value_of(const Assignments& stored, const std::string& key) {
  for (const auto& [name, word] : stored)
    if (name == key) return word;
  return "";
}

}  // namespace

RunResult run(const Row& row, const Settings& settings, const RunOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  const std::unique_ptr<Task> task = make(row, settings, options.resume ? options.folder : "");
  if (!task->note().empty()) say(options.display, "note: " + task->note());
  say(options.display, fmt::format("{}: {} parameters, {} training {}, {} threads, run folder {}",
                                   settings.text("model"), model::count_parameters(task->model()), task->examples(),
                                   row.loop.examples, at::get_num_threads(), options.folder));
  train::LoopOptions loop = train::loop_options(settings);
  loop.folder = options.folder;
  loop.resume = options.resume;
  loop.display = options.display;
  const std::string model_file = model_file_of(options.folder);
  Kept kept(*task, row, settings, model_file);
  RunResult result;
  result.training = train::train(kept, loop);
  if (result.training.stop == train::Stop::interrupted) return result;

  const train::Best best = train::load_best(kept, options.folder);
  result.answer = answer_of(row, settings, *task, best.epoch);
  const model::Loaded loaded = model::load(model_file);
  result.certificate = model::certify(*loaded.model, loaded.example);
  write_results(row, options.folder, result);
  task->illustrate(options.folder);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  RunRecord record{
      .command = options.command, .commit = options.commit, .seconds = seconds.count(), .data = {}, .layers = {}};
  record.threads = at::get_num_threads();
  record.data = std::to_string(task->examples()) + " training " + row.loop.examples +
                (settings.knows("data") && !settings.text("data").empty() ? ", " + settings.text("data") : "");
  for (const auto& [name, route] : loaded.model->routes()) record.layers.push_back(name + ": " + route);
  write_record(options.folder, record);
  report::write_page(options.folder);
  return result;
}

StoredRun read_run(const std::string& folder) {
  const std::string file = in_folder(folder, "config.yaml");
  check(std::filesystem::exists(file), folder, ": expected the folder of a run; there is no config.yaml in it");
  Assignments stored = io::assignments_from_yaml(io::read_text_file(file), file);
  const std::string name = value_of(stored, "task");
  check(!name.empty(), file, ": expected the key task");
  try {
    const Row& found = row(name);
    if (found.upgrade != nullptr) found.upgrade(stored);
    StoredRun run{&found, settings_of(found, value_of(stored, "model"))};
    run.settings.apply(stored, file);
    return run;
  } catch (const Error& error) {
    const std::string text = error.what();
    fail(text.starts_with(file) ? "" : file + ": ", text);
  }
}

Answer evaluate(const StoredRun& run, const std::string& model_file) {
  const model::Loaded loaded = model::load(model_file);
  Settings settings = run.settings;
  settings.take(loaded.options);
  const std::unique_ptr<Task> task = make(*run.row, settings, std::filesystem::path(model_file).parent_path().string());
  copy_weights(*loaded.model, task->model(), model_file);
  return answer_of(*run.row, settings, *task, epoch_of(loaded));
}

const Row* row_of(const model::Loaded& loaded) {
  const auto training = ordered_json::parse(loaded.provenance.training, nullptr, false);
  const std::string task = training.is_object() && training.contains("task") && training["task"].is_string()
                               ? training["task"].get<std::string>()
                               : "";
  const Row* found = nullptr;
  for (const Row& each : rows()) {
    const bool fits = std::any_of(each.models.begin(), each.models.end(),
                                  [&](const ModelChoice& c) { return c.architecture == loaded.architecture; });
    if (each.name == task) return &each;
    if (fits && found == nullptr) found = &each;
  }
  return found;
}

std::string in_folder(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

std::string model_file_of(const std::string& folder) {
  return in_folder(folder, "model.safetensors");
}

}  // namespace coset::task
