#include "coset/task/task.h"

#include <algorithm>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/task/bloodcells.h"
#include "coset/task/nbody.h"
#include "coset/task/rotmnist.h"

namespace coset::task {

namespace {

std::deque<Row>& all_rows() {
  static std::deque<Row> all{nbody_row(), rotmnist_row(), bloodcells_row()};
  return all;
}

template <class List>
const auto& find(const List& list, const std::string& name, const std::string& what) {
  std::vector<std::string> names;
  for (const auto& item : list) {
    if (item.name == name) return item;
    names.push_back(item.name);
  }
  std::string known;
  for (const std::string& each : names) known += (known.empty() ? "" : ", ") + each;
  const std::string nearest = nearest_word(name, names);
  fail("unknown ", what, " '", name, "'; ", nearest.empty() ? "" : "did you mean '" + nearest + "'? ",
       "known: ", known);
}

bool stands_in(const Assignments& assignments, const std::string& name) {
  return std::any_of(assignments.begin(), assignments.end(), [&](const auto& pair) { return pair.first == name; });
}

/// What identifies the run: task, model and, where the row reads files, data.
std::vector<Setting> heading(const Row& row, const std::string& model) {
  std::vector<std::string> models;
  for (const ModelChoice& each : row.models) models.push_back(each.name);
  std::vector<Setting> settings{{.name = "task", .value = row.name, .help = "what is trained", .choices = {row.name}},
                                {.name = "model", .value = model, .help = "network", .choices = models}};
  if (row.needs_data)
    settings.push_back({.name = "data", .value = std::string(), .help = "folder of the data, as shipped"});
  return settings;
}

}  // namespace

void add_row(const Row& row) {
  check(!row.name.empty() && !row.models.empty() && row.make != nullptr,
        "[task::add_row] expected a name, a model and make; received '", row.name, "'");
  for (const Row& known : rows())
    check(known.name != row.name, "[task::add_row] there is a task named '", row.name, "' already");
  all_rows().push_back(row);
}

const std::deque<Row>& rows() {
  return all_rows();
}

const Row& row(const std::string& name) {
  return find(rows(), name, "task");
}

const ModelChoice& choice(const Row& row, const std::string& model) {
  return model.empty() ? row.models.front() : find(row.models, model, "model of " + row.name);
}

Settings settings_of(const Row& row, const std::string& model) {
  const ModelChoice& chosen = choice(row, model);
  Settings settings(heading(row, chosen.name));
  const std::vector<Setting> own = row.settings == nullptr ? std::vector<Setting>() : row.settings();
  const auto declared_by_row = [&](const std::string& name) {
    return std::any_of(own.begin(), own.end(), [&](const Setting& setting) { return setting.name == name; });
  };
  Settings options = model::architecture(chosen.architecture).options();
  options.apply(chosen.defaults, "model " + chosen.name);
  for (const Setting& option : options.declared())
    if (!option.derived && !stands_in(chosen.options, option.name) && !declared_by_row(option.name))
      settings.declare({option});
  return settings.declare(own).declare(train::loop_settings(row.loop));
}

void Task::build_model(const Settings& settings, const Assignments& derived) {
  const Row& own = row(settings.text("task"));
  const ModelChoice& chosen = choice(own, settings.text("model"));
  const model::Architecture& architecture = model::architecture(chosen.architecture);
  options_ = architecture.options();
  options_.apply(chosen.defaults, "model " + chosen.name);
  Assignments said;
  for (const Setting& option : options_.declared())
    if (!option.derived && !stands_in(chosen.options, option.name) && settings.knows(option.name))
      said.emplace_back(option.name, settings.word(option.name));
  for (const auto& [assignments, source] :
       {std::pair{said, own.name}, {chosen.options, "model " + chosen.name}, {derived, own.name + "'s data"}})
    options_.apply(assignments, source);
  at::manual_seed(derive_seed(static_cast<std::uint64_t>(settings.integer("seed")), 0));
  options_ = model::resolved(architecture, options_);
  model_ = architecture.build(options_);
}

train::Metrics Task::score() {
  train::Metrics metrics;
  for (const auto& [prefix, split] : {std::pair{"val_", train::Split::validation}, {"test_", train::Split::test}})
    for (const auto& [name, value] : evaluate(split)) metrics.emplace_back(prefix + name, value);
  return metrics;
}

}  // namespace coset::task
