/// Instance norm of the sum of two steerable features, one pass over each graph while its rows lie in the cache.
///
///   z = x + r,   c = z - mean of z over the nodes of the graph (0e columns; others keep z)
///   v_k = mean over those nodes of the mean (or sum) of c^2 over the 2l+1 columns of copy k
///   y = c w_k / sqrt(v_k + epsilon)  (+ b on 0e columns)
///
/// Source: SEGNN's instance_norm.py. T is float or double; arrays dense, row-major, blocks [mul][2l+1]; outputs overwritten;
/// the same bits at any thread count.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coset/compute/types.h"
#include "coset/rep/irreps.h"

namespace coset::compute {

struct InstanceNormOptions {
  double epsilon = 1e-5;
  bool sum_of_squares = false;  ///< v_k sums over the components of a copy instead of averaging

  bool operator==(const InstanceNormOptions&) const = default;
};

struct InstanceNormPlan {
  rep::Irreps irreps;
  InstanceNormOptions options;

  bool operator==(const InstanceNormPlan&) const = default;
};
/// One line that parse_instance_norm_plan turns into an equal plan: "irreps=8x0e+4x1o epsilon=1e-05 sum_of_squares=no".
std::string to_string(const InstanceNormPlan& plan);
/// @throws coset::Error in one line on any other text
InstanceNormPlan parse_instance_norm_plan(const std::string& text);

class InstanceNorm {
 public:
  explicit InstanceNorm(const rep::Irreps& irreps, InstanceNormOptions options = {});

  std::int64_t dim() const { return static_cast<std::int64_t>(copy_of_column_.size()); }
  std::int64_t copies() const { return static_cast<std::int64_t>(share_.size()); }
  std::int64_t scalars() const { return static_cast<std::int64_t>(scalar_columns_.size()); }
  const InstanceNormOptions& options() const { return options_; }

  /// Numbers that a forward keeps for its backward: means and 1 / sqrt(v + epsilon) of each graph.
  std::int64_t saved_numel(std::int64_t graphs) const { return graphs * (dim() + copies()); }

  /// y (nodes, dim).  saved (saved_numel), may be null.  Cost: three reads of a graph's rows, two of them cached.
  template <class T>
  void forward(const InstanceNormInputs<T>& in, T* y, T* saved) const;

  /// Gradients of <gy, y>.   gy (nodes, dim)
  template <class T>
  void backward(const InstanceNormInputs<T>& in, const T* saved, const T* gy,
                const InstanceNormGradients<T>& out) const;

 private:
  template <class T>
  void forward_graph(const InstanceNormInputs<T>& in, std::int64_t graph, T* y, T* saved) const;
  template <class T>
  void backward_graph(const InstanceNormInputs<T>& in, std::int64_t graph, const T* saved, const T* gy, T* gz,
                      T* parameters) const;

  InstanceNormOptions options_;
  std::vector<std::int32_t> copy_of_column_;
  std::vector<std::int32_t> scalar_columns_;
  std::vector<double> share_;  ///< of each column in its copy's v: 1 / (2l+1), or 1
};

}  // namespace coset::compute
