// The gate on channel rows, vectorised over channels.
#include <cstdint>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/gate_kernels.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include <hwy/contrib/math/math-inl.h>

#include "coset/compute/cpu/row_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

/// 1 / (1 + exp(-t)), NaN of NaN; the argument is clamped so that exp stays finite, where the result has long been 0 or
/// 1. (Min and Max alone would lose the NaN: what they return for one depends on the target.)
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V t) {
  using T = hn::TFromD<D>;
  const V bound = hn::Set(d, sizeof(T) == 4 ? T(80) : T(700));
  const V clamped = hn::Min(hn::Max(hn::Neg(t), hn::Neg(bound)), bound);
  const V one = hn::Set(d, T(1));
  return hn::IfThenElse(hn::IsNaN(t), t, hn::Div(one, hn::Add(one, hn::Exp(d, clamped))));
}

/// The value of a gate at t and its slope: of sigmoid, or of silu(t) = t sigmoid(t).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gate_value(D d, V t, bool silu) {
  const auto s = sigmoid(d, t);
  return silu ? hn::Mul(t, s) : s;
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V silu_slope(D d, V t, V s) {
  const auto one = hn::Set(d, hn::TFromD<D>(1));
  return hn::Mul(s, hn::MulAdd(t, hn::Sub(one, s), one));
}

template <class T>
void silu(std::int64_t count, double factor, T* x, T* dx) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto scale = hn::Set(d, static_cast<T>(factor));
  for (std::int64_t u = 0; u < count; u += lanes) {
    const auto t = hn::LoadU(d, x + u);
    const auto s = sigmoid(d, t);
    hn::StoreU(hn::Mul(scale, hn::Mul(t, s)), d, x + u);
    if (dx) hn::StoreU(hn::Mul(hn::Mul(scale, silu_slope(d, t, s)), hn::LoadU(d, dx + u)), d, dx + u);
  }
}

template <class T>
void gate(const GatePlan& plan, std::int64_t rows, const T* in, std::int64_t in_row, T* out, std::int64_t out_row) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto scalar_factor = hn::Set(d, static_cast<T>(plan.scalar_factor));
  const auto gate_factor = hn::Set(d, static_cast<T>(plan.gate_factor));
  for (std::int64_t r = 0; r < rows; ++r, in += in_row, out += out_row) {
    for (std::int64_t u = 0; u < plan.scalars; u += lanes) {
      const auto t = hn::LoadU(d, in + plan.scalars_in + u);
      hn::StoreU(hn::Mul(scalar_factor, hn::Mul(t, sigmoid(d, t))), d, out + plan.scalars_out + u);
    }
    for (const GateGroup& g : plan.groups)
      for (std::int64_t u = 0; u < g.mul; u += lanes) {
        const auto s = hn::Mul(gate_factor, gate_value(d, hn::LoadU(d, in + g.gate + u), plan.silu_gates));
        for (std::int64_t k = 0; k < g.components; ++k)
          hn::StoreU(hn::Mul(s, hn::LoadU(d, in + g.in + k * g.in_stride + u)), d, out + g.out + k * g.out_stride + u);
      }
  }
}

/// The scalars come first in their row, the gates of each group after them in order: writing in that order lets every
/// partial vector spill into lanes that are written later.
template <class T>
void gate_backward(const GatePlan& plan, std::int64_t rows, const T* in, std::int64_t in_row, const T* gout,
                   std::int64_t out_row, T* gin) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto one = hn::Set(d, T(1));
  const auto scalar_factor = hn::Set(d, static_cast<T>(plan.scalar_factor));
  const auto gate_factor = hn::Set(d, static_cast<T>(plan.gate_factor));
  for (std::int64_t r = 0; r < rows; ++r, in += in_row, gout += out_row, gin += in_row) {
    for (std::int64_t u = 0; u < plan.scalars; u += lanes) {
      const auto t = hn::LoadU(d, in + plan.scalars_in + u);
      const auto s = sigmoid(d, t);
      const auto slope = silu_slope(d, t, s);
      const auto g = hn::Mul(scalar_factor, hn::LoadU(d, gout + plan.scalars_out + u));
      hn::StoreU(hn::Mul(g, slope), d, gin + plan.scalars_in + u);
    }
    for (const GateGroup& g : plan.groups)
      for (std::int64_t u = 0; u < g.mul; u += lanes) {
        const auto t = hn::LoadU(d, in + g.gate + u);
        const auto s = sigmoid(d, t);
        const auto slope = plan.silu_gates ? silu_slope(d, t, s) : hn::Mul(s, hn::Sub(one, s));
        const auto scaled = hn::Mul(gate_factor, plan.silu_gates ? hn::Mul(t, s) : s);
        auto along = hn::Zero(d);
        for (std::int64_t k = 0; k < g.components; ++k) {
          const auto upstream = hn::LoadU(d, gout + g.out + k * g.out_stride + u);
          along = hn::MulAdd(upstream, hn::LoadU(d, in + g.in + k * g.in_stride + u), along);
          hn::StoreU(hn::Mul(scaled, upstream), d, gin + g.in + k * g.in_stride + u);
        }
        hn::StoreU(hn::Mul(hn::Mul(gate_factor, slope), along), d, gin + g.gate + u);
      }
  }
}

template <class T>
void fill(RowKernels<T>& table) {
  table.silu = silu<T>;
  table.gate = gate<T>;
  table.gate_backward = gate_backward<T>;
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE

#define COSET_SIMD_EXPORT fill_gate, RowKernels
#include "coset/compute/cpu/simd_export.inc"
