#include "coset/train/optimizer.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "coset/base/error.h"
#include "coset/train/adam_kernel.h"

namespace coset::train {

namespace {

constexpr std::int64_t kBlock = 4096;     // elements summed in one go by gradient_norm
constexpr std::int64_t kGrain = 1 << 15;  // elements that make a second thread worth its start

void validate(const NamedTensors& parameters, const AdamOptions& o) {
  check(!parameters.empty(), "[train::Adam] expected at least one parameter");
  check(o.beta1 >= 0.0 && o.beta1 < 1.0 && o.beta2 >= 0.0 && o.beta2 < 1.0,
        "[train::Adam] expected beta1 and beta2 in [0, 1); received ", o.beta1, " and ", o.beta2);
  check(o.eps >= 0.0 && o.weight_decay >= 0.0, "[train::Adam] expected eps and weight_decay >= 0; received ", o.eps,
        " and ", o.weight_decay);
  const auto dtype = parameters.front().tensor.scalar_type();
  check(dtype == torch::kFloat32 || dtype == torch::kFloat64, "[train::Adam] expected float32 or float64; received ",
        c10::toString(dtype), " for '", parameters.front().name, "'");
  for (const auto& [name, tensor] : parameters) {
    check(tensor.defined() && tensor.is_leaf() && tensor.device().is_cpu() && tensor.is_contiguous() &&
              tensor.scalar_type() == dtype,
          "[train::Adam] expected contiguous ", c10::toString(dtype), " leaves on the CPU; '", name, "' is not one");
  }
}

/// Sum of squares of one gradient, in float64, block after block.
template <class T>
double squared_norm(const T* g, std::int64_t n) {
  const std::int64_t blocks = (n + kBlock - 1) / kBlock;
  std::vector<double> partial(static_cast<std::size_t>(blocks));
  at::parallel_for(0, blocks, kGrain / kBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      partial[static_cast<std::size_t>(b)] = sum_of_squares(std::min(kBlock, n - b * kBlock), g + b * kBlock);
    }
  });
  double total = 0.0;
  for (const double sum : partial) total += sum;
  return total;
}

}  // namespace

/// One parameter of this step: its elements stand at [offset, offset + size) of the flat moments.
struct Adam::Segment {
  Tensor weight;
  Tensor gradient;
  std::int64_t offset = 0;
  std::int64_t size = 0;
  std::int64_t begin = 0;  // place in this step's work, which leaves out parameters without gradient
  double correction1 = 0.0;
  double correction2 = 0.0;
};

Adam::Adam(NamedTensors parameters, const AdamOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  validate(parameters_, options_);
  for (const auto& parameter : parameters_) elements_ += parameter.tensor.numel();
  const auto dtype = parameters_.front().tensor.scalar_type();
  first_ = torch::zeros({elements_}, dtype);
  second_ = torch::zeros({elements_}, dtype);
  steps_ = torch::zeros({static_cast<std::int64_t>(parameters_.size())}, torch::kInt64);
}

template <class T>
void Adam::update(const std::vector<Segment>& segments, double lr, double gradient_scale) {
  const double decay = options_.weight_decay;
  const AdamStep<T> common{.gradient_scale = static_cast<T>(gradient_scale),
                           .coupled_decay = static_cast<T>(options_.decoupled ? 0.0 : decay),
                           .keep = static_cast<T>(options_.decoupled ? 1.0 - lr * decay : 1.0),
                           .beta1 = static_cast<T>(options_.beta1),
                           .rest1 = static_cast<T>(1.0 - options_.beta1),
                           .beta2 = static_cast<T>(options_.beta2),
                           .rest2 = static_cast<T>(1.0 - options_.beta2),
                           .rate = T{0},
                           .root = T{1},
                           .eps = static_cast<T>(options_.eps)};
  T* const first = first_.data_ptr<T>();
  T* const second = second_.data_ptr<T>();

  const std::int64_t work = segments.back().begin + segments.back().size;
  at::parallel_for(0, work, kGrain, [&](std::int64_t begin, std::int64_t end) {
    auto segment = std::upper_bound(segments.begin(), segments.end(), begin,
                                    [](std::int64_t place, const Segment& s) { return place < s.begin + s.size; });
    for (; segment != segments.end() && segment->begin < end; ++segment) {
      AdamStep<T> step = common;
      step.rate = static_cast<T>(lr / segment->correction1);
      step.root = static_cast<T>(std::sqrt(segment->correction2));
      const std::int64_t from = std::max<std::int64_t>(0, begin - segment->begin);
      const std::int64_t count = std::min(end - segment->begin, segment->size) - from;
      const std::int64_t offset = segment->offset + from;
      adam_update(step, count, segment->gradient.template data_ptr<T>() + from,
                  segment->weight.template data_ptr<T>() + from, first + offset, second + offset);
    }
  });
}

void Adam::step(double lr, double gradient_scale) {
  check(std::isfinite(lr) && lr >= 0.0, "[train::Adam::step] expected a learning rate >= 0; received ", lr);
  torch::NoGradGuard no_grad;
  std::vector<Segment> segments;
  std::int64_t offset = 0;
  std::int64_t begin = 0;
  auto* steps = steps_.data_ptr<std::int64_t>();
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    const Tensor& weight = parameters_[p].tensor;
    const std::int64_t size = weight.numel();
    if (const Tensor gradient = weight.grad(); gradient.defined() && size > 0) {
      check(gradient.scalar_type() == weight.scalar_type() && gradient.sizes() == weight.sizes(),
            "[train::Adam::step] expected a gradient of the shape and type of '", parameters_[p].name, "'");
      const auto t = static_cast<double>(++steps[p]);
      segments.push_back({weight, gradient.contiguous(), offset, size, begin, 1.0 - std::pow(options_.beta1, t),
                          1.0 - std::pow(options_.beta2, t)});
      begin += size;
    }
    offset += size;
  }
  if (segments.empty()) return;
  if (first_.scalar_type() == torch::kFloat32) {
    update<float>(segments, lr, gradient_scale);
  } else {
    update<double>(segments, lr, gradient_scale);
  }
  // Written through raw pointers: tell autograd and caches that look at the version.
  for (const Segment& segment : segments) segment.weight.unsafeGetTensorImpl()->bump_version();
}

NamedTensors Adam::state() const {
  NamedTensors state;
  std::int64_t offset = 0;
  for (const auto& [name, tensor] : parameters_) {
    state.push_back({"adam.m." + name, first_.narrow(0, offset, tensor.numel()).view(tensor.sizes())});
    state.push_back({"adam.v." + name, second_.narrow(0, offset, tensor.numel()).view(tensor.sizes())});
    offset += tensor.numel();
  }
  state.push_back({"adam.steps", steps_});
  return state;
}

double gradient_norm(const NamedTensors& parameters) {
  double total = 0.0;
  for (const auto& parameter : parameters) {
    if (!parameter.tensor.grad().defined()) continue;
    const Tensor g = parameter.tensor.grad().contiguous();
    total += g.scalar_type() == torch::kFloat32 ? squared_norm(g.data_ptr<float>(), g.numel())
                                                : squared_norm(g.data_ptr<double>(), g.numel());
  }
  return std::sqrt(total);
}

double clip_factor(double norm, double max_norm) {
  return max_norm > 0.0 ? std::min(1.0, max_norm / (norm + 1e-6)) : 1.0;
}

void clear_gradients(const NamedTensors& parameters) {
  for (const auto& parameter : parameters) {
    Tensor weight = parameter.tensor;
    weight.mutable_grad() = Tensor();
  }
}

}  // namespace coset::train
