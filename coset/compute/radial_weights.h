/// Edge weights as functions of the distance, made for a run of edges where a convolution uses them and never stored
/// for all.
///
/// RadialNetwork: R(r) = q_n(.. act(act(b W_0) W_1) ..) W_n, act(t) = factor silu(t), none after the last matrix, b the
/// radial basis of the edge. Source: Batzner et al., arXiv 2101.03164, eq. 6.
/// RadialTable: the same as a cubic Hermite interpolation between knots.
#pragma once

#include <cstdint>
#include <vector>

namespace coset::compute {

/// A dense matrix, row-major.
struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values;
};

/// What the edges of a graph offer: rows of all edges.
template <class T>
struct RadialInputs {
  const T* distance = nullptr;  ///< (edges)
  const T* basis = nullptr;     ///< (edges, size of the basis)
  const T* slope = nullptr;     ///< (edges, size of the basis): d basis / d distance
};

/// Edges first .. first + count - 1, or, where index is not null, those that it lists.
struct EdgeRun {
  std::int64_t first = 0;
  std::int64_t count = 0;
  const std::int64_t* index = nullptr;

  std::int64_t edge(std::int64_t place) const { return index ? index[place] : first + place; }
};

template <class T>
class RadialWeights {
 public:
  virtual ~RadialWeights() = default;
  /// Length of a weight row; a multiple of kLanePadding.
  virtual std::int64_t columns() const = 0;
  /// Numbers a run of `count` edges needs between `values` and `pull`.
  virtual std::int64_t scratch_size(std::int64_t count) const = 0;
  /// w (run.count, columns). `slopes`: pull will follow on the same scratch memory.
  virtual void values(const EdgeRun& run, const RadialInputs<T>& in, bool slopes, T* scratch, T* w) const = 0;
  /// g[e] += sum over columns of gw[e, c] dR_c/dr of each edge e of the run; g (all edges).
  virtual void pull(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, const T* gw, T* g) const = 0;
};

template <class T>
class RadialNetwork final : public RadialWeights<T> {
 public:
  /// @param matrices  at least two; columns of each are the rows of the next, all column counts multiples of
  /// kLanePadding (pad with zeros), any number of rows in the first
  /// @throws coset::Error unless they fit together
  RadialNetwork(const std::vector<Matrix>& matrices, double activation_factor);

  std::int64_t columns() const override { return layers_.back().columns; }
  std::int64_t scratch_size(std::int64_t count) const override;
  void values(const EdgeRun& run, const RadialInputs<T>& in, bool slopes, T* scratch, T* w) const override;
  void pull(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, const T* gw, T* g) const override;

 private:
  struct Layer {
    std::int64_t rows, columns;
    std::vector<T> values;
  };
  std::int64_t width() const { return layers_.back().rows; }  ///< of the last hidden layer
  std::int64_t widest() const;
  /// The last hidden layer into h (count, width) and its derivative by the distance into dh, unless null.
  void hidden(const EdgeRun& run, const RadialInputs<T>& in, T* scratch, T* h, T* dh) const;

  std::vector<Layer> layers_;
  std::vector<T> last_transposed_;
  double factor_;
};

}  // namespace coset::compute
