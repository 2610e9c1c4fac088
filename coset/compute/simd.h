/// Which instruction set the fused kernels use: chosen at run time from what the processor has, or forced.
#pragma once

#include <vector>

namespace coset::compute {

enum class SimdTarget { portable, avx2, avx512 };
const char* to_string(SimdTarget target);

/// Targets of this build that this processor can run, weakest first.
std::vector<SimdTarget> simd_targets();

/// The target in use: the strongest, or what set_simd_target or the environment variable COSET_SIMD (portable,
/// avx2, avx512) chose.
SimdTarget simd_target();

/// Forces a target for the whole process. Not meant to be called while kernels run.
/// @throws coset::Error when the processor or the build lacks it
void set_simd_target(SimdTarget target);

}  // namespace coset::compute
