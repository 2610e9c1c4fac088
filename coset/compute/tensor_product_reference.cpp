#include <algorithm>
#include <vector>

#include "coset/compute/parallel.h"
#include "coset/compute/tensor_product.h"

namespace coset::compute::reference {

namespace {

using rep::ConnectionMode;
using rep::TensorProductPath;
using rep::TensorProductPlan;

constexpr std::int64_t kRowBlocks = 16;  // of shared-weight gradients; fixed, so that sums do not depend on threads

/// Calls f(u, v, o, q): copies u of x and v of y feed copy o of z through weight q.
template <class F>
void for_connections(const TensorProductPath& path, F&& f) {
  const std::int64_t m1 = path.mul1;
  const std::int64_t m2 = path.mul2;
  const std::int64_t mo = path.mul_out;
  std::int64_t pair = 0;
  switch (path.instruction.mode) {
    case ConnectionMode::uvw:
      for (std::int64_t u = 0; u < m1; ++u)
        for (std::int64_t v = 0; v < m2; ++v)
          for (std::int64_t w = 0; w < mo; ++w) f(u, v, w, (u * m2 + v) * mo + w);
      break;
    case ConnectionMode::uvu:
    case ConnectionMode::uvv:
    case ConnectionMode::uvuv:
      for (std::int64_t u = 0; u < m1; ++u)
        for (std::int64_t v = 0; v < m2; ++v) {
          const std::int64_t q = u * m2 + v;
          const auto mode = path.instruction.mode;
          f(u, v, mode == ConnectionMode::uvu ? u : mode == ConnectionMode::uvv ? v : q, q);
        }
      break;
    case ConnectionMode::uuw:
      for (std::int64_t u = 0; u < m1; ++u)
        for (std::int64_t w = 0; w < mo; ++w) f(u, u, w, u * mo + w);
      break;
    case ConnectionMode::uuu:
      for (std::int64_t u = 0; u < m1; ++u) f(u, u, u, u);
      break;
    case ConnectionMode::uvu_v:
    case ConnectionMode::u_vw:
      for (std::int64_t u = 0; u < m1; ++u)
        for (std::int64_t v = u + 1; v < m1; ++v, ++pair) {
          if (path.instruction.mode == ConnectionMode::uvu_v)
            f(u, v, pair, pair);
          else
            for (std::int64_t w = 0; w < mo; ++w) f(u, v, w, pair * mo + w);
        }
      break;
  }
}

template <class T>
struct Row {
  const T* x;
  const T* y;
  const T* w;
};

template <class T>
void add_forward(const TensorProductPath& path, const Row<T>& in, T* z) {
  const bool weighted = path.instruction.has_weight;
  for_connections(path, [&](std::int64_t u, std::int64_t v, std::int64_t o, std::int64_t q) {
    const T* x = in.x + path.offset1 + u * (2 * path.l1 + 1);
    const T* y = in.y + path.offset2 + v * (2 * path.l2 + 1);
    T* out = z + path.offset_out + o * (2 * path.l3 + 1);
    const T scale = static_cast<T>(path.coefficient) * (weighted ? in.w[path.weight_offset + q] : T(1));
    for (const auto& c : path.coupling) out[c.k] += scale * static_cast<T>(c.value) * x[c.i] * y[c.j];
  });
}

template <class T>
void add_backward(const TensorProductPath& path, const Row<T>& in, const T* gz, const Gradients<T>& out) {
  const bool weighted = path.instruction.has_weight;
  for_connections(path, [&](std::int64_t u, std::int64_t v, std::int64_t o, std::int64_t q) {
    const std::int64_t at_x = path.offset1 + u * (2 * path.l1 + 1);
    const std::int64_t at_y = path.offset2 + v * (2 * path.l2 + 1);
    const T* g = gz + path.offset_out + o * (2 * path.l3 + 1);
    const T scale = static_cast<T>(path.coefficient);
    const bool has_w = !weighted || in.w;
    const T w = weighted ? (in.w ? in.w[path.weight_offset + q] : T(0)) : T(1);
    if (out.x && in.y && has_w)
      for (const auto& c : path.coupling)
        out.x[at_x + c.i] += scale * w * static_cast<T>(c.value) * in.y[at_y + c.j] * g[c.k];
    if (out.y && in.x && has_w)
      for (const auto& c : path.coupling)
        out.y[at_y + c.j] += scale * w * static_cast<T>(c.value) * in.x[at_x + c.i] * g[c.k];
    if (out.w && weighted && in.x && in.y) {
      T sum = 0;
      for (const auto& c : path.coupling) sum += static_cast<T>(c.value) * in.x[at_x + c.i] * in.y[at_y + c.j] * g[c.k];
      out.w[path.weight_offset + q] += scale * sum;
    }
  });
}

template <class T>
const T* row_of(const T* base, std::int64_t row, std::int64_t size) {
  return base ? base + row * size : nullptr;
}

template <class T>
T* row_of(T* base, std::int64_t row, std::int64_t size) {
  return base ? base + row * size : nullptr;
}

template <class T>
void clear(T* out, std::int64_t size) {
  if (out) std::fill_n(out, size, T(0));
}

}  // namespace

template <class T>
void tensor_product(const TensorProductPlan& plan, std::int64_t rows, bool shared_weights, const Operands<T>& in, T* z,
                    bool accumulate) {
  const std::int64_t dim1 = plan.in1.dim();
  const std::int64_t dim2 = plan.in2.dim();
  const std::int64_t dim_out = plan.out.dim();
  const std::int64_t stride = shared_weights ? 0 : plan.weight_numel;
  if (!accumulate) clear(z, rows * dim_out);
  if (!in.x || !in.y || (plan.weight_numel > 0 && !in.w)) return;
  parallel_ranges(rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      for (const auto& path : plan.paths)
        add_forward(path, Row<T>{in.x + r * dim1, in.y + r * dim2, row_of(in.w, r, stride)}, z + r * dim_out);
  });
}

template <class T>
void tensor_product_backward(const TensorProductPlan& plan, std::int64_t rows, bool shared_weights,
                             const Operands<T>& in, const T* gz, const Gradients<T>& out) {
  const std::int64_t dim1 = plan.in1.dim();
  const std::int64_t dim2 = plan.in2.dim();
  const std::int64_t dim_out = plan.out.dim();
  const std::int64_t numel = plan.weight_numel;
  const std::int64_t stride = shared_weights ? 0 : numel;
  if (!out.add_x) clear(out.x, rows * dim1);
  if (!out.add_y) clear(out.y, rows * dim2);
  if (!out.add_w) clear(out.w, shared_weights ? numel : rows * numel);
  if (!gz) return;
  const bool partial = shared_weights && out.w;
  std::vector<T> partial_w(static_cast<std::size_t>(partial ? kRowBlocks * numel : 0));
  const std::int64_t grain = std::max<std::int64_t>(1, (rows + kRowBlocks - 1) / kRowBlocks);
  parallel_ranges(rows, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) {
      const Row<T> row{row_of(in.x, r, dim1), row_of(in.y, r, dim2), row_of(in.w, r, stride)};
      T* w = partial ? partial_w.data() + begin / grain * numel : row_of(out.w, r, numel);
      const Gradients<T> to{row_of(out.x, r, dim1), row_of(out.y, r, dim2), w};
      for (const auto& path : plan.paths) add_backward(path, row, gz + r * dim_out, to);
    }
  });
  if (!partial) return;
  for (std::int64_t block = 0; block < kRowBlocks; ++block)
    for (std::int64_t q = 0; q < numel; ++q) out.w[q] += partial_w[static_cast<std::size_t>(block * numel + q)];
}

#define COSET_INSTANTIATE(T)                                                                                           \
  template void tensor_product<T>(const TensorProductPlan&, std::int64_t, bool, const Operands<T>&, T*, bool);         \
  template void tensor_product_backward<T>(const TensorProductPlan&, std::int64_t, bool, const Operands<T>&, const T*, \
                                           const Gradients<T>&);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute::reference
