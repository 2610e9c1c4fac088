#include "coset/ops/group_conv.h"

#include <array>

#include "coset/base/error.h"
#include "coset/base/record.h"
#include "coset/base/words.h"
#include "coset/ops/operands.h"

namespace coset::ops {
namespace {

using Shape = std::vector<std::int64_t>;

std::size_t axes_of(const Tensor& tensor) {
  return tensor.defined() ? static_cast<std::size_t>(tensor.dim()) : 0;
}

/// The last `space` axes grow by `padding` on both sides.
Tensor padded(const Tensor& x, std::int64_t space, const ConvGeometry& g) {
  if (g.padding == 0 || g.mode == PaddingMode::zero) return x;
  const std::vector<std::int64_t> sides(static_cast<std::size_t>(2 * space), g.padding);
  return at::pad(x, sides, g.mode == PaddingMode::circular ? "circular" : "reflect");
}

/// The bank as weights of a transposed convolution, whose taps count from the output: channels exchanged, axes
/// reversed.
Tensor transposed_bank(const Tensor& bank, std::int64_t space) {
  std::vector<std::int64_t> axes;
  for (std::int64_t a = 0; a < space; ++a) axes.push_back(2 + a);
  return bank.transpose(0, 1).flip(axes);
}

Tensor convolve(const Tensor& x, const Tensor& weight, const Tensor& bias, std::int64_t space, const ConvGeometry& g) {
  const auto axes = static_cast<std::size_t>(space);
  const std::vector<std::int64_t> stride(axes, g.stride), dilation(axes, g.dilation), none(axes, 0);
  if (g.transposed) {
    // cells of the zero-stuffed input seen by the first window: dilation (k - 1) - padding of them lie outside
    const std::vector<std::int64_t> cut(axes, g.dilation * (weight.size(2) - 1) - g.padding);
    return at::convolution(x, transposed_bank(weight, space), bias, stride, cut, dilation, true, none, 1);
  }
  const std::vector<std::int64_t> padding(axes, g.mode == PaddingMode::zero ? g.padding : 0);
  return at::convolution(padded(x, space, g), weight, bias, stride, padding, dilation, false, none, 1);
}

constexpr std::array kPaddingModes{Word{PaddingMode::zero, "zero"}, Word{PaddingMode::circular, "circular"},
                                   Word{PaddingMode::reflect, "reflect"}};

}  // namespace

PaddingMode parse_padding_mode(const std::string& text) {
  return parse_word("ops::parse_padding_mode", text, kPaddingModes);
}

std::string to_string(const ConvGeometry& g) {
  return RecordWriter()
      .integer("stride", g.stride)
      .integer("padding", g.padding)
      .integer("dilation", g.dilation)
      .word("mode", word_of(g.mode, kPaddingModes))
      .flag("transposed", g.transposed)
      .text();
}

ConvGeometry parse_conv_geometry(const std::string& text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  RecordReader reader(text, "ops::parse_conv_geometry");
  ConvGeometry g;
  g.stride = reader.integer("stride", 1, kMost);
  g.padding = reader.integer("padding", 0, kMost);
  g.dilation = reader.integer("dilation", 1, kMost);
  g.mode = parse_padding_mode(reader.plain("mode"));
  g.transposed = reader.flag("transposed");
  reader.end();
  return g;
}

Tensor group_conv(const Tensor& f, const Tensor& bank, const Tensor& bias, const ConvGeometry& g) {
  check_operands("ops::group_conv", {{"f", f, Shape(axes_of(f), kAny)}, {"bank", bank, Shape(axes_of(bank), kAny)}});
  const std::int64_t space = bank.dim() - 4;
  check(space >= 1 && space <= 3 && f.dim() == bank.dim() - 1 && f.size(1) == bank.size(2) && f.size(2) == bank.size(3),
        "[ops::group_conv] expected f (B, I, Q, X...) and bank (O, R, I, Q, k...); received ", shape_text(f.sizes()),
        ", ", shape_text(bank.sizes()));
  if (bias.defined())
    check_operands("ops::group_conv", {{"f", f, Shape(axes_of(f), kAny)}, {"bias", bias, {bank.size(0)}}});
  check(g.stride >= 1 && g.dilation >= 1 && g.padding >= 0,
        "[ops::group_conv] expected stride and dilation >= 1 and padding >= 0; received ", g.stride, ", ", g.dilation,
        " and ", g.padding);
  check(!g.transposed || g.mode == PaddingMode::zero,
        "[ops::group_conv] expected zero padding of a transposed convolution; received another mode");
  const std::int64_t out = bank.size(0), n_out = bank.size(1);
  Tensor weight = bank.flatten(2, 3).flatten(0, 1);  // (O R, I Q, k...)
  if (f.numel() == 0) weight = weight.contiguous();  // torch views the weights as one row where there is no example
  const Tensor per_channel = bias.defined() ? bias.repeat_interleave(n_out) : Tensor();
  const Tensor y = convolve(f.flatten(1, 2), weight, per_channel, space, g);  // (B, O R, X'...)
  return y.unflatten(1, {out, n_out});
}

}  // namespace coset::ops
