/// Correlation of signals on R^d x| H with a filter bank: one ordinary convolution after merging fields and H into
/// channels.
///
///   y[b, o, r, x] = bias[o] + sum_{i, q, p} bank[o, r, i, q, p] f[b, i, q, stride x + dilation p - padding]
///
/// d = 1, 2 or 3 from the number of axes. Scalar signals have H of size 1, so lifting, group and isotropic convolution
/// are this one function with different banks. Correlation, no kernel flip.
/// Source: Bekkers, lecture notes 2021, theorem 3.2; SE2CNN.
#pragma once

#include <cstdint>
#include <string>

#include "coset/ops/torch.h"

namespace coset::ops {

enum class PaddingMode { zero, circular, reflect };
/// "zero", "circular", "reflect"; @throws coset::Error naming the nearest
PaddingMode parse_padding_mode(const std::string& text);

/// The same on every axis: symmetric layers have no preferred one.
struct ConvGeometry {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  PaddingMode mode = PaddingMode::zero;
  bool transposed = false;  ///< correlation with the zero-stuffed input: the stride enlarges; zero padding only

  bool operator==(const ConvGeometry&) const = default;
};

/// One line that parse_conv_geometry turns into equal geometry:
/// "stride=1 padding=2 dilation=1 mode=zero transposed=no".
std::string to_string(const ConvGeometry& geometry);
/// @throws coset::Error in one line on any other text
ConvGeometry parse_conv_geometry(const std::string& text);

/// @param f     (B, I, Q, X...)        @param bank (O, R, I, Q, k...)       @param bias (O), or undefined
/// @return      (B, O, R, X'...)
/// @throws      coset::Error on shapes that do not fit
Tensor group_conv(const Tensor& f, const Tensor& bank, const Tensor& bias, const ConvGeometry& geometry = {});

}  // namespace coset::ops
