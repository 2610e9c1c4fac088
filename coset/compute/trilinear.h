/// Second derivatives of anything trilinear, from its first ones.
///
/// z = F(x, y, w) linear in each; <gz, F> has gradients Bx(gz; y, w), By(gz; x, w), Bw(gz; x, y). Then
///   s = <hx, Bx> + <hy, By> + <hw, Bw> = <gz, F(hx, y, w) + F(x, hy, w) + F(x, y, hw)>,
/// so ds/dgz is a sum of three values and ds/dx = Bx(gz; hy, w) + Bx(gz; y, hw), likewise for y and w.
#pragma once

#include <cstdint>

#include "coset/compute/tensor_product.h"

namespace coset::compute {

/// forward(operands, accumulate) writes F; backward(operands, gradients, accumulate) writes the gradients that are not
/// null. `clear(pointer_kind)` is called for outputs that no term reaches: bit 1 ggz, 2 x, 4 y, 8 w.
template <class T, class Forward, class Backward, class Clear>
void second_of_trilinear(const Operands<T>& in, const Operands<T>& h, T* ggz, const Gradients<T>& out,
                         Forward&& forward, Backward&& backward, Clear&& clear) {
  const Operands<T> swapped[3] = {{h.x, in.y, in.w}, {in.x, h.y, in.w}, {in.x, in.y, h.w}};
  const bool present[3] = {h.x != nullptr, h.y != nullptr, h.w != nullptr};
  bool wrote_z = false;
  bool wrote_x = false;
  bool wrote_y = false;
  bool wrote_w = false;
  auto pass = [&](int term, bool x, bool y, bool w) {
    const Gradients<T> first{x && !wrote_x ? out.x : nullptr, y && !wrote_y ? out.y : nullptr,
                             w && !wrote_w ? out.w : nullptr};
    const Gradients<T> more{x && wrote_x ? out.x : nullptr, y && wrote_y ? out.y : nullptr,
                            w && wrote_w ? out.w : nullptr};
    if (first.x || first.y || first.w) backward(swapped[term], first, false);
    if (more.x || more.y || more.w) backward(swapped[term], more, true);
    wrote_x = wrote_x || x;
    wrote_y = wrote_y || y;
    wrote_w = wrote_w || w;
  };
  for (int term = 0; term < 3; ++term) {
    if (!present[term]) continue;
    if (ggz) {
      forward(swapped[term], wrote_z);
      wrote_z = true;
    }
    pass(term, term != 0, term != 1, term != 2);
  }
  if (ggz && !wrote_z) clear(1);
  if (out.x && !wrote_x) clear(2);
  if (out.y && !wrote_y) clear(4);
  if (out.w && !wrote_w) clear(8);
}

}  // namespace coset::compute
