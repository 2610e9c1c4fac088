/// Functions that are linear in each of three operands, made differentiable to second order once for all of them.
#pragma once

#include <memory>

#include "coset/ops/torch.h"

namespace coset::ops {

/// The three operands, or three gradients or cotangents of them; an undefined one stands for "not wanted" or zero.
struct Triple {
  Tensor x, y, w;
};

/// z = f(x, y, w), linear in each. Operands are dense, of one floating type, and of the right shape.
class Trilinear {
 public:
  virtual ~Trilinear() = default;
  virtual const char* name() const = 0;  ///< in the message about third derivatives: "ops::tensor_product"

  virtual Tensor forward(const Triple& in) const = 0;
  /// Gradients of <gz, z> into the defined tensors of `out`.
  virtual void backward(const Triple& in, const Tensor& gz, const Triple& out) const = 0;
  /// Gradients of <h.x, gx> + <h.y, gy> + <h.w, gw>, (gx, gy, gw) from backward, into ggz and `out`.
  virtual void second(const Triple& in, const Tensor& gz, const Triple& h, const Tensor& ggz,
                      const Triple& out) const = 0;
};

/// f(x, y, w) as part of the autograd graph. Third derivatives throw.
Tensor apply_trilinear(std::shared_ptr<const Trilinear> f, const Triple& in);

}  // namespace coset::ops
