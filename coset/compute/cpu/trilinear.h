/// Second derivatives of anything trilinear, from its first ones.
///
/// z = F(x, y, w) linear in each; <gz, F> has gradients Bx(gz; y, w), By(gz; x, w), Bw(gz; x, y). Then
///   s = <hx, Bx> + <hy, By> + <hw, Bw> = <gz, F(hx, y, w) + F(x, hy, w) + F(x, y, hw)>,
/// so ds/dgz is a sum of three values and ds/dx = Bx(gz; hy, w) + Bx(gz; y, hw), likewise for y and w.
#pragma once

#include <cstdint>

#include "coset/compute/types.h"

namespace coset::compute {

/// forward(operands, accumulate) writes F; backward(operands, gradients) writes or adds the gradients that are not
/// null; clear(gradients, ggz) zeroes the outputs that no term reaches.
template <class T, class Forward, class Backward, class Clear>
void second_of_trilinear(const SecondInputs<T>& at, T* ggz, const Gradients<T>& out, Forward&& forward,
                         Backward&& backward, Clear&& clear) {
  const auto& [in, gz, h] = at;
  const Operands<T> swapped[3] = {{h.x, in.y, in.w}, {in.x, h.y, in.w}, {in.x, in.y, h.w}};
  const bool present[3] = {h.x != nullptr, h.y != nullptr, h.w != nullptr};
  Gradients<T> to = out;
  bool add_z = false;
  for (int term = 0; term < 3; ++term) {
    if (!present[term]) continue;
    if (ggz) forward(swapped[term], add_z);
    add_z = true;
    // The operand that was swapped out has no gradient in this term.
    Gradients<T> wanted = to;
    if (term == 0) wanted.x = nullptr;
    if (term == 1) wanted.y = nullptr;
    if (term == 2) wanted.w = nullptr;
    if (wanted.x || wanted.y || wanted.w) backward(swapped[term], wanted);
    to.add_x = to.add_x || wanted.x;
    to.add_y = to.add_y || wanted.y;
    to.add_w = to.add_w || wanted.w;
  }
  clear(Gradients<T>{to.add_x ? nullptr : out.x, to.add_y ? nullptr : out.y, to.add_w ? nullptr : out.w},
        add_z ? nullptr : ggz);
}

}  // namespace coset::compute
