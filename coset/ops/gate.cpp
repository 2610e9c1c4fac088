#include "coset/ops/gate.h"

#include "coset/ops/operands.h"
#include "coset/ops/operation.h"

namespace coset::ops {

namespace {

struct Gate : KernelOperation<Gate, Operation::Second::closed> {
  static constexpr const char* kName = "ops::gate";
  explicit Gate(compute::GateShape of) : shape(std::move(of)) {}

  Shape output_shape(const Tensors& in) const { return {in[0].size(0), shape.output_dim()}; }

  template <class T>
  void value(const Tensors& in, T* z, T*) const {
    compute::gate<T>(shape, in[0].size(0), pointer<T>(in[0]), z);
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& out) const {
    compute::gate_backward<T>(shape, at.in[0].size(0), pointer<T>(at.in[0]), at.gz, pointer<T>(out[0]));
  }
  template <class T>
  void second(const SecondBackward<T>& at, T* ggz, const Tensors& out) const {
    compute::gate_second<T>(shape, at.in[0].size(0), {pointer<T>(at.in[0]), at.gz, pointer<T>(at.h[0])}, ggz,
                            pointer<T>(out[0]));
  }

  compute::GateShape shape;
};

}  // namespace

Tensor gate(const compute::GateShape& shape, const Tensor& x) {
  check_operands(Gate::kName, {{"x", x, {kAny, shape.input_dim()}}});
  return differentiable(c10::make_intrusive<Gate>(shape), {dense(x)});
}

}  // namespace coset::ops
