#include "coset/compute/simd.h"

#include <hwy/targets.h>

#include <cstdlib>
#include <mutex>
#include <string_view>

#include "coset/base/error.h"
#include "coset/compute/cpu/channelwise_kernels.h"
#include "coset/compute/cpu/harmonics_kernels.h"
#include "coset/compute/cpu/row_kernels.h"

namespace coset::compute {

void fill_gemm(RowKernels<float>& table);
void fill_gemm(RowKernels<double>& table);
void fill_rows(RowKernels<float>& table);
void fill_rows(RowKernels<double>& table);
void fill_gate(RowKernels<float>& table);
void fill_gate(RowKernels<double>& table);
void fill_columns(RowKernels<float>& table);
void fill_columns(RowKernels<double>& table);
void fill_channelwise_forward(ChannelwiseKernels<float>& table);
void fill_channelwise_forward(ChannelwiseKernels<double>& table);
void fill_channelwise_backward(ChannelwiseKernels<float>& table);
void fill_channelwise_backward(ChannelwiseKernels<double>& table);
void fill_harmonics(HarmonicsKernels<float>& table);
void fill_harmonics(HarmonicsKernels<double>& table);

namespace {

struct Name {
  SimdTarget target;
  const char* text;
  std::int64_t mask;
};

constexpr Name kNames[] = {{SimdTarget::portable, "portable", HWY_SCALAR | HWY_EMU128},
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

template <class T>
struct Tables {
  RowKernels<T> rows{};
  ChannelwiseKernels<T> channelwise{};
  HarmonicsKernels<T> harmonics{};

  void fill() {
    fill_gemm(rows);
    fill_rows(rows);
    fill_gate(rows);
    fill_columns(rows);
    fill_channelwise_forward(channelwise);
    fill_channelwise_backward(channelwise);
    fill_harmonics(harmonics);
  }
};

struct State {
  SimdTarget target = SimdTarget::portable;
  Tables<float> f32;
  Tables<double> f64;
};

void choose(State& state, SimdTarget target) {
  const Name& name = kNames[static_cast<std::size_t>(target)];
  check((processor_targets() & name.mask) != 0,
        "[compute::set_simd_target] expected an instruction set of this processor; ", "received ", name.text);
  hwy::SetSupportedTargetsForTest(name.mask);
  hwy::GetChosenTarget().Update(name.mask);
  state.target = target;
  state.f32.fill();
  state.f64.fill();
}

SimdTarget initial_target() {
  const SimdTarget best = simd_targets().back();
  const char* wish = std::getenv("COSET_SIMD");
  if (!wish) return best;
  for (const Name& name : kNames)
    if (std::string_view(wish) == name.text) return name.target;
  fail("[compute] expected COSET_SIMD to be portable, avx2 or avx512; received ", wish);
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

const char* to_string(SimdTarget target) {
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
  return state().f32.rows;
}

template <>
const RowKernels<double>& row_kernels<double>() {
  return state().f64.rows;
}

template <>
const ChannelwiseKernels<float>& channelwise_kernels<float>() {
  return state().f32.channelwise;
}

template <>
const ChannelwiseKernels<double>& channelwise_kernels<double>() {
  return state().f64.channelwise;
}

template <>
const HarmonicsKernels<float>& harmonics_kernels<float>() {
  return state().f32.harmonics;
}

template <>
const HarmonicsKernels<double>& harmonics_kernels<double>() {
  return state().f64.harmonics;
}

}  // namespace coset::compute
