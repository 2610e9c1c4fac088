#include "coset/compute/simd.h"

#include <hwy/targets.h>

#include <cstdlib>
#include <mutex>
#include <string_view>

#include "coset/base/error.h"
#include "coset/compute/row_kernels.h"

namespace coset::compute {

void fill_gemm(RowKernels<float>& table);
void fill_gemm(RowKernels<double>& table);
void fill_rows(RowKernels<float>& table);
void fill_rows(RowKernels<double>& table);
void fill_gate(RowKernels<float>& table);
void fill_gate(RowKernels<double>& table);

namespace {

struct Name {
  SimdTarget target;
  const char* text;
  std::int64_t mask;
};

constexpr Name kNames[] = {{SimdTarget::portable, "portable", HWY_SCALAR | HWY_EMU128},
                           {SimdTarget::sse4, "sse4", HWY_SSE4},
                           {SimdTarget::avx2, "avx2", HWY_AVX2},
                           {SimdTarget::avx512, "avx512", HWY_AVX3}};

/// What this processor runs, whatever was forced before.
std::int64_t processor_targets() {
  static const std::int64_t targets = [] {
    hwy::SetSupportedTargetsForTest(0);
    return hwy::SupportedTargets();
  }();
  return targets | HWY_SCALAR | HWY_EMU128;
}

struct Tables {
  RowKernels<float> f32{};
  RowKernels<double> f64{};
};

struct State {
  SimdTarget target = SimdTarget::portable;
  Tables tables;
};

void choose(State& state, SimdTarget target) {
  const Name& name = kNames[static_cast<std::size_t>(target)];
  check((processor_targets() & name.mask) != 0,
        "[compute::set_simd_target] expected an instruction set of this processor; ", "received ", name.text);
  hwy::SetSupportedTargetsForTest(name.mask);
  hwy::GetChosenTarget().Update(name.mask);
  state.target = target;
  fill_gemm(state.tables.f32);
  fill_gemm(state.tables.f64);
  fill_rows(state.tables.f32);
  fill_rows(state.tables.f64);
  fill_gate(state.tables.f32);
  fill_gate(state.tables.f64);
}

SimdTarget initial_target() {
  const SimdTarget best = simd_targets().back();
  const char* wish = std::getenv("COSET_SIMD");
  if (!wish) return best;
  for (const Name& name : kNames)
    if (std::string_view(wish) == name.text) return name.target;
  fail("[compute] expected COSET_SIMD to be portable, sse4, avx2 or avx512; received ", wish);
}

State& state() {
  static State state = [] {
    State first;
    choose(first, initial_target());
    return first;
  }();
  return state;
}

}  // namespace

const char* print(SimdTarget target) {
  return kNames[static_cast<std::size_t>(target)].text;
}

std::vector<SimdTarget> simd_targets() {
  std::vector<SimdTarget> out;
  for (const Name& name : kNames)
    if (processor_targets() & name.mask) out.push_back(name.target);
  return out;
}

SimdTarget simd_target() {
  return state().target;
}

void set_simd_target(SimdTarget target) {
  choose(state(), target);
}

template <>
const RowKernels<float>& row_kernels<float>() {
  return state().tables.f32;
}

template <>
const RowKernels<double>& row_kernels<double>() {
  return state().tables.f64;
}

}  // namespace coset::compute
