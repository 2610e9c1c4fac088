#include "coset/compute/tensor_product_conv.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "coset/base/error.h"
#include "coset/compute/cpu/channelwise.h"
#include "coset/compute/cpu/scratch.h"
#include "coset/compute/cpu/trilinear.h"
#include "coset/compute/parallel.h"
#include "coset/compute/tensor_product.h"

namespace coset::compute {

TensorProductConv::TensorProductConv(rep::TensorProductPlan plan) : plan_(std::move(plan)) {
  if (ChannelwiseKernel::fits(plan_)) channelwise_ = std::make_unique<ChannelwiseKernel>(plan_);
}
TensorProductConv::~TensorProductConv() = default;
TensorProductConv::TensorProductConv(TensorProductConv&&) noexcept = default;
TensorProductConv& TensorProductConv::operator=(TensorProductConv&&) noexcept = default;

Route TensorProductConv::route() const {
  return channelwise_ ? Route::fused : Route::reference;
}

Route TensorProductConv::chosen(const ConvOptions& options) const {
  const bool can_refer = options.layout == Layout::mul_ir;
  const Route wish = can_refer ? resolved(options.route) : options.route;
  const Route best = wish == Route::automatic ? route() : wish;
  check(best == Route::reference || channelwise_,
        "[compute::TensorProductConv] expected a plan of weighted uvu paths with mul2 = 1 for the fused kernel; "
        "received ",
        plan_.paths.size(), " paths of other kinds");
  check(best == Route::fused || can_refer,
        "[compute::TensorProductConv] expected layout mul_ir on the reference route; received ir_mul");
  return best;
}

std::int64_t TensorProductConv::weight_row(const ConvOptions& options) const {
  return options.shared_weights ? 0 : plan_.weight_numel;
}

namespace {

void check_weights(const ConvOptions& options, const void* h_w, const void* out_w) {
  check(
      !options.shared_weights || (!h_w && !out_w),
      "[compute::TensorProductConv] expected no derivative by weights that all edges share; received a place for one");
}

template <class T>
const T* offset(const T* base, std::int64_t elements) {
  return base ? base + elements : nullptr;
}

template <class T>
T* offset(T* base, std::int64_t elements) {
  return base ? base + elements : nullptr;
}

/// One edge at a time, so that the messages of a graph are never all in memory.
template <class T>
void reference_forward(const rep::TensorProductPlan& plan, const EdgeIndex& edges, const Operands<T>& in,
                       std::int64_t w_row, T* z, bool accumulate) {
  const std::int64_t dim_out = plan.out.dim();
  if (!accumulate) std::fill_n(z, edges.receivers * dim_out, T(0));
  parallel_ranges(edges.receivers, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::int64_t e = edges.receiver_start[i]; e < edges.receiver_start[i + 1]; ++e) {
        const Operands<T> row{offset(in.x, edges.sender[e] * plan.in1.dim()), offset(in.y, e * plan.in2.dim()),
                              offset(in.w, e * w_row)};
        reference::tensor_product(plan, 1, true, row, z + i * dim_out, true);
      }
  });
}

template <class T>
void reference_backward(const rep::TensorProductPlan& plan, const EdgeIndex& edges, const Operands<T>& in,
                        std::int64_t w_row, const T* gz, const Gradients<T>& out) {
  const std::int64_t dim1 = plan.in1.dim();
  const std::int64_t dim2 = plan.in2.dim();
  if (out.x && !out.add_x) std::fill_n(out.x, edges.senders * dim1, T(0));
  if (out.y && !out.add_y) std::fill_n(out.y, edges.edges * dim2, T(0));
  if (out.w && !out.add_w) std::fill_n(out.w, edges.edges * plan.weight_numel, T(0));
  for (std::int64_t i = 0; i < edges.receivers; ++i)
    for (std::int64_t e = edges.receiver_start[i]; e < edges.receiver_start[i + 1]; ++e) {
      const std::int64_t j = edges.sender[e];
      const Operands<T> row{offset(in.x, j * dim1), offset(in.y, e * dim2), offset(in.w, e * w_row)};
      const Gradients<T> to{
          offset(out.x, j * dim1), offset(out.y, e * dim2), offset(out.w, e * plan.weight_numel), true, true, true};
      // Per-row weights: with one row there is no sum to split, and no scratch.
      reference::tensor_product_backward(plan, 1, false, row, gz + i * plan.out.dim(), to);
    }
}

}  // namespace

template <class T>
void TensorProductConv::run_forward(Route route, const EdgeIndex& edges, const Operands<T>& in, T* z, bool accumulate,
                                    const ConvOptions& options) const {
  if (route == Route::fused && in.x && in.y && in.w)
    channelwise_->forward<T>(edges, in, nullptr, z, options, accumulate);
  else
    reference_forward(plan_, edges, in, weight_row(options), z, accumulate);
}

template <class T>
void TensorProductConv::run_backward(Route route, const EdgeIndex& edges, const Operands<T>& in, const T* gz,
                                     const Gradients<T>& out, const ConvOptions& options) const {
  if (route == Route::fused && in.x && in.y && in.w && gz)
    channelwise_->backward<T>(edges, in, nullptr, gz, out, options);
  else
    reference_backward(plan_, edges, in, weight_row(options), gz, out);
}

template <class T>
void TensorProductConv::forward(const EdgeIndex& edges, const Operands<T>& in, T* z, const ConvOptions& options) const {
  const Route best = chosen(options);
  count_kernel(best == Route::fused ? Kernel::conv_channelwise : Kernel::conv_reference);
  run_forward(best, edges, in, z, false, options);
}

template <class T>
void TensorProductConv::backward(const EdgeIndex& edges, const Operands<T>& in, const T* gz, const Gradients<T>& out,
                                 const ConvOptions& options) const {
  check_weights(options, nullptr, out.w);
  const Route best = chosen(options);
  count_kernel(best == Route::fused ? Kernel::conv_channelwise : Kernel::conv_reference);
  run_backward(best, edges, in, gz, out, options);
}

template <class T>
void TensorProductConv::second(const EdgeIndex& edges, const SecondInputs<T>& at, T* ggz, const Gradients<T>& out,
                               const ConvOptions& options) const {
  const auto& [in, gz, h] = at;
  check_weights(options, h.w, out.w);
  const Route best = chosen(options);
  count_kernel(best == Route::fused ? Kernel::conv_channelwise : Kernel::conv_reference);
  if (best == Route::fused && in.x && in.y && in.w && h.x && h.y && (h.w || options.shared_weights) && gz) {
    ScratchFrame frame;
    Operands<T> tangents = h;
    if (options.shared_weights) {
      T* const zeros = frame.take<T>(plan_.weight_numel);
      std::fill_n(zeros, plan_.weight_numel, T(0));
      tangents.w = zeros;
    }
    if (ggz) channelwise_->forward(edges, in, &tangents, ggz, options, false);
    if (out.x || out.y || out.w) channelwise_->backward(edges, in, &tangents, gz, out, options);
    return;
  }
  second_of_trilinear(
      at, ggz, out,
      [&](const Operands<T>& term, bool accumulate) { run_forward(best, edges, term, ggz, accumulate, options); },
      [&](const Operands<T>& term, const Gradients<T>& to) { run_backward(best, edges, term, at.gz, to, options); },
      [&](const Gradients<T>& unreached, T* z) {
        if (z) std::fill_n(z, edges.receivers * plan_.out.dim(), T(0));
        if (unreached.x) std::fill_n(unreached.x, edges.senders * plan_.in1.dim(), T(0));
        if (unreached.y) std::fill_n(unreached.y, edges.edges * plan_.in2.dim(), T(0));
        if (unreached.w) std::fill_n(unreached.w, edges.edges * plan_.weight_numel, T(0));
      });
}

#define COSET_INSTANTIATE(T)                                                                                        \
  template void TensorProductConv::forward<T>(const EdgeIndex&, const Operands<T>&, T*, const ConvOptions&) const;  \
  template void TensorProductConv::backward<T>(const EdgeIndex&, const Operands<T>&, const T*, const Gradients<T>&, \
                                               const ConvOptions&) const;                                           \
  template void TensorProductConv::second<T>(const EdgeIndex&, const SecondInputs<T>&, T*, const Gradients<T>&,     \
                                             const ConvOptions&) const;
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
