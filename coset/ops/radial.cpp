#include "coset/ops/radial.h"

#include <functional>

#include "coset/base/error.h"
#include "coset/ops/operands.h"
#include "coset/ops/operation.h"

namespace coset::ops {
namespace {

/// Several functions of one number with two derivatives, each row a table of its own.
struct Radial : KernelOperation<Radial, Operation::Second::closed> {
  using Functions = std::function<void(double, std::span<kernel::RadialValue>)>;
  static constexpr const char* kName = "ops::radial_basis";
  Radial(Functions of, std::int64_t number) : functions(std::move(of)), count(number) {}

  Shape output_shape(const Tensors& in) const { return {in[0].size(0), count}; }

  /// Calls f(e, i, value of function i at distance e).
  template <class T, class F>
  void each(const Tensor& distance, const F& f) const {
    std::vector<kernel::RadialValue> row(static_cast<std::size_t>(count));
    for (std::int64_t e = 0; e < distance.size(0); ++e) {
      functions(static_cast<double>(pointer<T>(distance)[e]), row);
      for (std::int64_t i = 0; i < count; ++i) f(e, e * count + i, row[static_cast<std::size_t>(i)]);
    }
  }

  template <class T>
  void value(const Tensors& in, T* z, T*) const {
    each<T>(in[0], [&](std::int64_t, std::int64_t i, const auto& f) { z[i] = static_cast<T>(f.value); });
  }
  template <class T>
  void gradients(const Backward<T>& at, const Tensors& out) const {
    if (!out[0].defined()) return;
    out[0].zero_();
    T* gx = pointer<T>(out[0]);
    each<T>(at.in[0],
            [&](std::int64_t e, std::int64_t i, const auto& f) { gx[e] += at.gz[i] * static_cast<T>(f.first); });
  }
  template <class T>
  void second(const SecondBackward<T>& at, T* ggz, const Tensors& out) const {
    out[0].zero_();
    T* gx = pointer<T>(out[0]);
    const T* h = pointer<T>(at.h[0]);
    each<T>(at.in[0], [&](std::int64_t e, std::int64_t i, const auto& f) {
      const T along = h != nullptr ? h[e] : T(0);
      ggz[i] = along * static_cast<T>(f.first);
      gx[e] += along * at.gz[i] * static_cast<T>(f.second);
    });
  }

  Functions functions;
  std::int64_t count;
};

Tensor apply_functions(const char* where, Radial::Functions functions, std::int64_t count, const Tensor& distance) {
  check_operands(where, {{"distance", distance, {kAny}}});
  return differentiable(c10::make_intrusive<Radial>(std::move(functions), count), {dense(distance)});
}

}  // namespace

Tensor radial_basis(const kernel::RadialEmbedding& embedding, const Tensor& distance) {
  return apply_functions(
      "ops::radial_basis", [embedding](double r, std::span<kernel::RadialValue> out) { evaluate(embedding, r, out); },
      embedding.number, distance);
}

Tensor polynomial_cutoff(const Tensor& distance, double r_max, double p) {
  const auto cutoff = [=](double r, std::span<kernel::RadialValue> out) {
    out[0] = kernel::polynomial_cutoff(r, r_max, p);
  };
  return apply_functions("ops::polynomial_cutoff", cutoff, 1, distance).squeeze(1);
}

}  // namespace coset::ops
