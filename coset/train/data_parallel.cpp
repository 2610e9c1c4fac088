#include "coset/train/data_parallel.h"

#include <algorithm>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"

namespace coset::train {

namespace {

struct Part {
  double loss = 0.0;  // n_k / n L_k
  std::vector<Tensor> gradients;
};

/// The sum in order of what the parts have of one parameter; undefined where none has any.
Tensor sum_of(const std::vector<Part>& parts, std::size_t parameter) {
  Tensor sum;
  for (const Part& part : parts) {
    const Tensor& gradient = part.gradients[parameter];
    if (!gradient.defined()) continue;
    if (sum.defined())
      sum.add_(gradient);
    else
      sum = gradient.clone(at::MemoryFormat::Contiguous);
  }
  return sum;
}

}  // namespace

double mean_loss_gradient(const NamedTensors& parameters, std::int64_t n, std::int64_t parts,
                          const std::function<Tensor(std::int64_t begin, std::int64_t end)>& mean_loss) {
  check(n >= 1 && parts >= 1, "[train::mean_loss_gradient] expected at least one example and one part; received ", n,
        " and ", parts);
  std::vector<Tensor> leaves;
  for (const auto& parameter : parameters) leaves.push_back(parameter.tensor);
  const std::int64_t count = std::min(n, parts);
  std::vector<Part> computed(static_cast<std::size_t>(count));
  compute::parallel_blocks(count, [&](std::int64_t k) {
    const at::AutoGradMode recording(true);  // a property of the thread
    const std::int64_t begin = k * n / count;
    const std::int64_t end = (k + 1) * n / count;
    const Tensor loss = mean_loss(begin, end) * (static_cast<double>(end - begin) / static_cast<double>(n));
    Part& part = computed[static_cast<std::size_t>(k)];
    part.loss = loss.item<double>();
    part.gradients = torch::autograd::grad({loss}, leaves, {}, c10::nullopt, false, /*allow_unused=*/true);
  });
  compute::parallel_blocks(static_cast<std::int64_t>(leaves.size()), [&](std::int64_t i) {
    const torch::NoGradGuard values;
    const auto parameter = static_cast<std::size_t>(i);
    leaves[parameter].mutable_grad() = sum_of(computed, parameter);
  });
  double loss = 0.0;
  for (const Part& part : computed) loss += part.loss;
  return loss;
}

}  // namespace coset::train
