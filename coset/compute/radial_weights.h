/// Edge weights as functions of the distance, made for a run of edges where a convolution uses them and never stored
/// for all: R(r) = h(r) W, with few smooth functions h of the distance.
///
/// Exact: h = act(.. act(b W_0) W_1 ..), the last hidden layer of the radial network, act(t) = factor silu(t), b the
/// radial basis of the edge. Source: Batzner et al., arXiv 2101.03164, eq. 6.
/// Reduced: the curve R(r) lies, to rounding, in a space of some twenty directions Q (found greedily from samples of R
/// and its slope); h = R Q^T is tabulated between equidistant knots (cubic Hermite) and W = Q. Fewer columns to
/// multiply with, no exponentials, no Bessel functions; the error is measured against the exact network.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "coset/compute/matrix.h"

namespace coset::compute {

/// What the edges of a graph offer: rows of all edges.
template <class T>
struct RadialInputs {
  const double* distance = nullptr;  ///< (edges); in double, for R may change fast
  const T* basis = nullptr;          ///< (edges, size of the basis); only the exact functions read it
  const T* slope = nullptr;          ///< (edges, size of the basis): d basis / d distance
};

/// Edges first .. first + count - 1, or, where index is not null, those that it lists.
struct EdgeRun {
  std::int64_t first = 0;
  std::int64_t count = 0;
  const std::int64_t* index = nullptr;

  std::int64_t edge(std::int64_t place) const { return index ? index[place] : first + place; }
};

/// h and dh/dr of a run of edges.
template <class T>
class RadialFunctions {
 public:
  virtual ~RadialFunctions() = default;
  virtual std::int64_t width() const = 0;
  /// Numbers that `evaluate` needs for a run of `count` edges.
  virtual std::int64_t scratch_size(std::int64_t count) const = 0;
  /// h (run.count, width) and, unless null, dh.
  virtual void evaluate(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* h, T* dh) const = 0;
};

/// The radial basis at a distance and its slope, each of the basis' size.
using RadialBasisAt = std::function<void(double distance, double* basis, double* slope)>;

struct RadialReduction {
  double cutoff = 0.0;
  double kink = 0.0;        ///< a distance where curvature jumps becomes a knot; 0: none
  double tolerance = 1e-6;  ///< largest error of R and of dR/dr, each relative to its largest value
};

template <class T>
class RadialWeights {
 public:
  /// Exact. @param matrices  at least two; columns of each are the rows of the next, all column counts multiples of
  /// kLanePadding (pad with zeros), any number of rows in the first
  /// @throws coset::Error unless they fit together
  RadialWeights(const std::vector<Matrix>& matrices, double activation_factor);

  /// From functions of the distance alone. @throws coset::Error unless their width is the matrix' rows
  RadialWeights(std::shared_ptr<const RadialFunctions<T>> functions, const Matrix& last);

  std::int64_t columns() const { return columns_; }
  std::int64_t width() const { return functions_->width(); }
  bool needs_basis() const { return exact_; }
  const RadialFunctions<T>& functions() const { return *functions_; }
  const std::vector<T>& last() const { return last_; }  ///< (width, columns)
  /// Numbers a run of `count` edges needs between `values` and `pull`.
  std::int64_t scratch_size(std::int64_t count) const;
  /// w (run.count, columns). `slopes`: pull will follow on the same scratch memory.
  void values(const EdgeRun& run, const RadialInputs<T>& in, bool slopes, T* scratch, T* w) const;
  /// R and dR/dr of a run: w and dw (run.count, columns).
  void curve(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* w, T* dw) const;
  /// g[e] += sum over columns of gw[e, c] dR_c/dr of each edge e of the run; g (all edges).
  void pull(const EdgeRun& run, T* scratch, const T* gw, T* g) const;

 private:
  std::shared_ptr<const RadialFunctions<T>> functions_;
  std::int64_t columns_ = 0;
  bool exact_ = false;
  std::vector<T> last_, last_transposed_;
};

/// The weights of `exact` reduced as said above; `error` receives the largest measured error of R and dR/dr, each
/// relative to its largest value. It is the caller's to refuse one that is too large.
/// @param basis_size  numbers of the radial basis  @cost some 5 ms for 64 hidden neurons and 1,000 columns
template <class T>
RadialWeights<T> reduce(const RadialWeights<double>& exact, std::int64_t basis_size, const RadialBasisAt& basis,
                        const RadialReduction& options, double* error);

}  // namespace coset::compute
