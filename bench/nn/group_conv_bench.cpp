/// Regular group convolutions against a plain convolution of the same expanded size, called in turns so that both see
/// the same machine. The filter bank is rebuilt at every training step.
#include <algorithm>
#include <chrono>

#include "bench/case.h"
#include "coset/nn/grid/group_conv.h"
#include "coset/nn/grid/plan_kernel.h"

namespace coset::bench {
namespace {

struct Shape {
  const char* name;
  std::int64_t turns, fields, kernel, batch, image;
};
constexpr Shape kShapes[] = {{"c4_16_3_b8x32", 4, 16, 3, 8, 32}, {"c8_8_5_b8x32", 8, 8, 5, 8, 32},
                             {"c8_8_7_b8x32", 8, 8, 7, 8, 32},   {"c16_8_5_b8x32", 16, 8, 5, 8, 32},
                             {"c8_8_5_b16x64", 8, 8, 5, 16, 64}, {"c16_8_5_b16x64", 16, 8, 5, 16, 64}};

enum class What { infer, forward, step };

/// Median seconds of two calls made in turns.
std::pair<double, double> medians(const Settings& settings, const std::function<void()>& a,
                                  const std::function<void()>& b) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> first, second;
  const auto timed = [](const std::function<void()>& call) {
    const auto start = Clock::now();
    call();
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  a(), b();
  double total = 0.0;
  while (first.size() < 9 || (total < 4.0 * settings.seconds && first.size() < 1000)) {
    first.push_back(timed(a));
    second.push_back(timed(b));
    total += first.back() + second.back();
  }
  const auto median = [](std::vector<double>& times) {
    std::ranges::nth_element(times, times.begin() + std::ssize(times) / 2);
    return times[times.size() / 2];
  };
  return {median(first), median(second)};
}

Measured measure(const Shape& s, What what, const Settings& settings, const Machine& machine) {
  const auto dtype = settings.float64 ? at::kDouble : at::kFloat;
  const auto grid = field::shared_grid("c" + std::to_string(s.turns));
  nn::GroupConv layer(grid, s.fields, s.fields, {.size = s.kernel, .geometry = {.padding = s.kernel / 2}});
  layer.to(dtype);
  layer.train(what != What::infer);
  const std::int64_t channels = s.fields * s.turns;
  const bool train = what == What::step;
  const Tensor x = at::randn({settings.quick ? 1 : s.batch, channels, s.image, s.image}, dtype).requires_grad_(train);
  const Tensor weight =
      layer.filter_bank().detach().view({channels, channels, s.kernel, s.kernel}).clone().requires_grad_(true);
  const Tensor bias = at::zeros({channels}, dtype).requires_grad_(true);
  const Tensor cotangent = at::randn(x.sizes(), dtype);
  const auto run = [&](const std::function<Tensor()>& f) {
    const at::AutoGradMode grad(what != What::infer);
    const Tensor y = f();
    if (train) y.backward(cotangent);
  };
  const auto ours = [&] { run([&] { return layer.forward({layer.in(), x}).data(); }); };
  const auto plain = [&] { run([&] { return at::conv2d(x, weight, bias, 1, s.kernel / 2); }); };
  const bool alone = settings.quick || !settings.reference;
  const auto [a, b] = alone ? std::pair{median_seconds(settings, ours), 0.0} : medians(settings, ours, plain);
  const double flops = 2.0 * static_cast<double>(x.numel() * channels * s.kernel * s.kernel) * (train ? 3.0 : 1.0);
  return {1e3 * a, 1e3 * b, 1e3 * least_seconds(machine, settings, flops, 0.0), 1e-9 * flops / a};
}

Measured expand(const Settings& settings, const Machine& machine) {
  const kernel::GroupConvPlan plan = kernel::interpolated_group(group::cyclic_grid(16), {.size = 5});
  const ops::FilterExpansion expansion(plan);
  const Tensor weight = at::randn({8, 8, plan.pair_weights()}, settings.float64 ? at::kDouble : at::kFloat);
  const at::NoGradGuard no_grad;
  Measured m;
  m.ours = 1e3 * median_seconds(settings, [&] { expansion(weight); });
  const double flops = 2.0 * 64.0 * static_cast<double>(plan.n_out * plan.fibre_basis * plan.taps * plan.spatial_basis);
  m.limit = 1e3 * least_seconds(machine, settings, flops, 64.0 * 6400.0 * (settings.float64 ? 8.0 : 4.0));
  m.useful_gflops = 1e-6 * flops / m.ours;
  if (!settings.quick && settings.reference)
    m.reference = 1e3 * median_seconds(settings, [&] { ops::expand_reference(plan, weight); });
  return m;
}

}  // namespace

void add_group_conv(std::vector<Case>& cases) {
  const std::pair<What, const char*> kinds[] = {
      {What::infer, "infer"}, {What::forward, "forward"}, {What::step, "step"}};
  for (const Shape& shape : kShapes)
    for (const auto& [what, name] : kinds)
      cases.push_back({std::string("regular/") + shape.name + "/" + name, "ms",
                       [&shape, what = what](const Settings& settings, const Machine& machine) {
                         return measure(shape, what, settings, machine);
                       }});
  cases.push_back({"regular/expand_c16_8_5", "ms", expand});
}

}  // namespace coset::bench
