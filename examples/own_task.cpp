// A model and a task of one's own: the dipole of a cloud of charges, learned by an E(3)-equivariant network.
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "coset/task/run.h"

using namespace coset;

/// d = sum_i f(q_i, |x_i - centre|) (x_i - centre): any f gives a vector that rotates with the points.
struct Dipole : model::Model {
  explicit Dipole(std::int64_t width) {
    first = register_parameter("first", 0.5 * torch::randn({2, width}));
    second = register_parameter("second", 0.5 * torch::randn({width, 1}));
  }
  field::Signature signature() const override {
    return {.inputs = {{.name = "positions", .shape = {"B", "n", "3"}, .action = field::Action::position},
                       {.name = "charges", .shape = {"B", "n"}}},
            .outputs = {{"dipole", {"B", "3"}, "", field::Action::direction, rep::Irreps("1x1o")}},
            .rotations = true,
            .reflections = true,
            .translations = true,
            .permutations = true};
  }
  model::NamedValues forward(const model::NamedValues& in) override {
    field::expect_inputs("Dipole", signature(), in);
    const Tensor x = in.at("positions") - in.at("positions").mean(1, true);
    const Tensor features = at::stack({in.at("charges"), x.square().sum(-1)}, -1);
    return {{"dipole", (x * at::silu(features.matmul(first)).matmul(second)).sum(1)}};
  }
  Tensor first, second;
};

/// Random clouds of eight charges; the target is sum_i q_i x_i of the centred points.
struct DipoleTask : task::Task {
  explicit DipoleTask(const Settings& settings) {
    build_model(settings);
    positions = torch::randn({512, 8, 3}), charges = torch::randn({512, 8});
    target = ((positions - positions.mean(1, true)) * charges.unsqueeze(-1)).sum(1);
  }
  model::NamedValues input(const Tensor& i) const {
    return {{"positions", positions.index_select(0, i)}, {"charges", charges.index_select(0, i)}};
  }
  Tensor error(const Tensor& i) {
    return at::mse_loss(model().forward(input(i)).at("dipole"), target.index_select(0, i));
  }
  std::int64_t examples() const override { return 384; }
  model::NamedValues example() override { return input(at::arange(384, 388)); }
  Tensor loss(std::span<const std::int64_t> batch, std::int64_t) override {
    return error(torch::tensor(at::IntArrayRef(batch.data(), batch.size()), at::kLong));
  }
  train::Metrics evaluate(train::Split split) override {
    if (split == train::Split::test) return {};
    return {{"mse", error(at::arange(384, 512)).item<double>()}};
  }
  Tensor positions, charges, target;
};

int main() {
  const auto options = [] { return Settings({{.name = "width", .value = std::int64_t{32}, .least = 1.0}}); };
  const auto build = [](const Settings& o) -> std::shared_ptr<model::Model> {
    return std::make_shared<Dipole>(o.integer("width"));
  };
  model::add_architecture({"dipole", "a vector from charges", options, build});
  const auto make = [](const Settings& s) -> std::unique_ptr<task::Task> { return std::make_unique<DipoleTask>(s); };
  task::add_row({.name = "dipole",
                 .about = "dipoles of random charges",
                 .models = {{"sum", "a sum over points", "dipole"}},
                 .loop = {.epochs = 60, .batch_size = 32, .lr = 1e-2, .schedule = "cosine"},
                 .make = make});
  const auto folder = std::filesystem::temp_directory_path() / ("coset_own_task_" + std::to_string(::getpid()));
  const task::Row& row = task::row("dipole");
  const task::RunResult result = task::run(row, task::settings_of(row), {.folder = folder});
  const model::Loaded loaded = model::load(task::model_file_of(folder));  // its architecture found by name
  const verify::Certificate certificate = model::certify(*loaded.model, loaded.example);
  std::printf("%s\n%s", result.answer.json.c_str(), certificate.to_string().c_str());
  std::filesystem::remove_all(folder);
  return certificate.verdict() == verify::Verdict::equivariant ? 0 : 1;
}
