#include "coset/ops/spherical_harmonics.h"

#include "coset/base/error.h"
#include "coset/ops/operands.h"
#include "coset/ops/operation.h"

namespace coset::ops {

namespace {

struct Harmonics : KernelOperation<Harmonics, Operation::Second::closed> {
  static constexpr const char* kName = "ops::spherical_harmonics";
  explicit Harmonics(const compute::HarmonicsOptions& of) : options(of) {}

  Shape output_shape(const Tensors& in) const { return {in[0].size(0), (options.lmax + 1) * (options.lmax + 1)}; }

  template <class T>
  void value(const Tensors& in, T* y, T*) const {
    compute::spherical_harmonics<T>(options, in[0].size(0), pointer<T>(in[0]), y);
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& out) const {
    compute::spherical_harmonics_vjp<T>(options, at.in[0].size(0), pointer<T>(at.in[0]), at.gz, pointer<T>(out[0]));
  }
  template <class T>
  void second(const SecondBackward<T>& at, T* ggz, const Tensors& out) const {
    compute::spherical_harmonics_vjp_vjp<T>(
        options, at.in[0].size(0), {pointer<T>(at.in[0]), at.gz, pointer<T>(at.h[0])}, ggz, pointer<T>(out[0]));
  }

  compute::HarmonicsOptions options;
};

}  // namespace

Tensor spherical_harmonics(const Tensor& vectors, int lmax, compute::HarmonicsNormalization normalization,
                           bool normalize) {
  check_operands(Harmonics::kName, {{"vectors", vectors, {kAny, 3}}});
  check(lmax >= 0, "[ops::spherical_harmonics] expected lmax >= 0; received ", lmax);
  compute::HarmonicsOptions options;
  options.lmax = lmax;
  options.normalization = normalization;
  options.normalize = normalize;
  return differentiable(c10::make_intrusive<Harmonics>(options), {dense(vectors)});
}

}  // namespace coset::ops
