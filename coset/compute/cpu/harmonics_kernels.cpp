// Spherical harmonics, a vector of points at a time: recurrences on registers, values through a small array [m][point];
// both values and slopes are transposed in registers on their way to the rows.
#include <algorithm>
#include <cstdint>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "coset/compute/cpu/harmonics_kernels.cpp"
#include "coset/compute/cpu/simd_begin.inc"

#include "coset/compute/cpu/harmonics_kernels.h"
#include "coset/compute/cpu/row_transpose.h"
#include "coset/compute/cpu/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

#if HWY_TARGET != HWY_SCALAR

/// Where the harmonics of one vector of points are evaluated.
template <class T>
struct Directions {
  Vector<T> u[3];
  Vector<T> square;      ///< |u|^2
  Vector<T> inverse;     ///< 1 / |x|; 1 without normalisation
  bool rescale = false;  ///< some |x| is so short or long that its square is not exact: see rescaled_block
};

template <class T>
HWY_INLINE Vector<T> square(const Vector<T>* u) {
  return hn::MulAdd(u[0], u[0], hn::MulAdd(u[1], u[1], hn::Mul(u[2], u[2])));
}

template <class T>
HWY_INLINE Directions<T> directions(const HarmonicsCall<T>& call, std::int64_t p) {
  const Lanes<T> d;
  Directions<T> out;
  hn::LoadInterleaved3(d, call.x + 3 * p, out.u[0], out.u[1], out.u[2]);
  const auto one = hn::Set(d, T(1));
  out.inverse = one;
  if (!call.normalize) {
    out.square = square<T>(out.u);
    return out;
  }
  out.inverse = hn::Div(one, hn::Sqrt(square<T>(out.u)));
  for (auto& u : out.u) u = hn::Mul(u, out.inverse);
  out.square = square<T>(out.u);
  // Lengths below 1e-14 too, whose second derivatives would meet infinities on their way. False of NaN.
  constexpr T kRounding = 16 * std::numeric_limits<T>::epsilon();
  const auto off = hn::MulAdd(out.inverse, hn::Set(d, kRounding * T(1e-14)), hn::Abs(hn::Sub(out.square, one)));
  const auto unit = hn::Le(off, hn::Set(d, kRounding));
  out.rescale = !hn::AllTrue(d, unit) && !call.rescaled;
  return out;
}

/// columns[l^2 + l + m][point]; kDegree < 0: the degree is only known at run time.
template <class T, int kDegree>
HWY_INLINE void evaluate(const HarmonicsCall<T>& call, const Directions<T>& at, T* HWY_RESTRICT columns) {
  const Lanes<T> d;
  const int lmax = kDegree < 0 ? call.lmax : kDegree;
  const T* HWY_RESTRICT c = call.coefficients->recurrence.data();
  const auto x = at.u[0], y = at.u[1], z = at.u[2];
  const auto r2 = at.square;
  auto a = hn::Set(d, T(1));
  auto b = hn::Zero(d);
#pragma GCC unroll 13
  for (int m = 0; m <= lmax; ++m) {
    auto below = hn::Zero(d);
    auto p = hn::Set(d, *c++);
#pragma GCC unroll 13
    for (int l = m; l <= lmax; ++l) {
      T* to = columns + (l * l + l) * kLanes<T>;
      hn::Store(hn::Mul(p, a), d, to + m * kLanes<T>);
      if (m > 0) hn::Store(hn::Mul(p, b), d, to - m * kLanes<T>);
      if (l == lmax) break;
      const auto next = hn::Mul(hn::Set(d, c[0]), hn::Mul(y, p));
      const auto less = hn::Mul(hn::Set(d, c[1]), hn::Mul(r2, below));
      c += 2;
      below = p;
      p = hn::Sub(next, less);
    }
    const auto a_next = hn::MulSub(a, z, hn::Mul(b, x));
    b = hn::MulAdd(b, z, hn::Mul(a, x));
    a = a_next;
  }
}

/// sum of factor values[at] for the three axes of one record.
template <class T>
struct Three {
  Vector<T> x, y, z;
};
template <class T>
HWY_INLINE Three<T> gather(const HarmonicsNeighbours<T>& n, const T* HWY_RESTRICT values) {
  const Lanes<T> d;
  auto term = [&](int i) HWY_ATTR { return hn::Load(d, values + n.at[i] * kLanes<T>); };
  auto factor = [&](int i) HWY_ATTR { return hn::Set(d, n.factor[i]); };
  return {hn::MulAdd(factor(0), term(0), hn::Mul(factor(1), term(1))), hn::Mul(factor(2), term(2)),
          hn::MulAdd(factor(3), term(3), hn::Mul(factor(4), term(4)))};
}

/// out_k = sum over harmonics of g dY/du_k, by the harmonic that is read; `pulled`, when not null, receives for every
/// harmonic s the sum over k of h_k (terms of g that read s).
template <class T, int kDegree>
HWY_INLINE Three<T> contract(const HarmonicsCall<T>& call, const T* HWY_RESTRICT y, const T* HWY_RESTRICT g,
                             const Vector<T>* h, T* HWY_RESTRICT pulled) {
  const Lanes<T> d;
  const int lmax = kDegree < 0 ? call.lmax : kDegree;
  const HarmonicsNeighbours<T>* n = call.coefficients->of_source.data();
  Three<T> out{hn::Zero(d), hn::Zero(d), hn::Zero(d)};
  for (int s = 0; s < lmax * lmax; ++s) {
    const Three<T> t = gather(n[s], g);
    const auto value = hn::Load(d, y + s * kLanes<T>);
    out.x = hn::MulAdd(t.x, value, out.x);
    out.y = hn::MulAdd(t.y, value, out.y);
    out.z = hn::MulAdd(t.z, value, out.z);
    if (pulled) hn::Store(hn::MulAdd(h[0], t.x, hn::MulAdd(h[1], t.y, hn::Mul(h[2], t.z))), d, pulled + s * kLanes<T>);
  }
  if (pulled)  // nothing reads the highest degree
    for (int s = lmax * lmax; s < (lmax + 1) * (lmax + 1); ++s) hn::Store(hn::Zero(d), d, pulled + s * kLanes<T>);
  return out;
}

template <class T>
HWY_INLINE Vector<T> dot(const Vector<T>* a, const Three<T>& b) {
  return hn::MulAdd(a[0], b.x, hn::MulAdd(a[1], b.y, hn::Mul(a[2], b.z)));
}

/// (v - u (u . v)) / |x| when normalised.
template <class T>
HWY_INLINE Three<T> project(const Directions<T>& at, bool normalize, const Three<T>& v) {
  if (!normalize) return v;
  const auto along = dot<T>(at.u, v);
  return {hn::Mul(at.inverse, hn::NegMulAdd(at.u[0], along, v.x)),
          hn::Mul(at.inverse, hn::NegMulAdd(at.u[1], along, v.y)),
          hn::Mul(at.inverse, hn::NegMulAdd(at.u[2], along, v.z))};
}

template <class T>
constexpr std::int64_t kColumns = (kMostHarmonics + 1) * (kMostHarmonics + 1) * kLanes<T>;
/// Components of the array for `degree`, rounded up so that a block of the transposition always fits.
template <class T, int kDegree>
constexpr std::int64_t kColumnsOf = kDegree < 0 ? kColumns<T>
                                                : std::max<std::int64_t>((kDegree + 1) * (kDegree + 1), 4) * kLanes<T>;

template <class T>
using Block = void (*)(const HarmonicsCall<T>&, std::int64_t);

/// Runs `block` on vectors brought near length one by powers of two, which is exact, and brings derivatives back: one
/// power for the first, two for the second order. Zero vectors keep Y_0 and nothing else. Rare.
template <class T>
HWY_NOINLINE void rescaled_block(const HarmonicsCall<T>& call, std::int64_t p, Block<T> block) {
  T x[3 * kLanes<T>];
  HarmonicsScale<T> scale[kLanes<T>];
  for (std::int64_t i = 0; i < kLanes<T>; ++i) {
    scale[i] = rescale(call.x + 3 * (p + i), x + 3 * i);
    const bool zero = x[3 * i] == 0 && x[3 * i + 1] == 0 && x[3 * i + 2] == 0;
    if (zero) x[3 * i] = T(1), scale[i].first = T(0);
  }
  const std::int64_t size = (call.lmax + 1) * (call.lmax + 1);
  auto from = [p](auto* array, std::int64_t columns) { return array ? array + p * columns : nullptr; };
  HarmonicsCall<T> near = call;
  near.rescaled = true;
  near.x = x, near.g = from(call.g, size), near.h = from(call.h, 3);
  near.y = from(call.y, size), near.dy = from(call.dy, 3 * size);
  near.gx = from(call.gx, 3), near.dg = from(call.dg, size);
  block(near, 0);
  auto back = [&](T* array, std::int64_t columns, int order) {
    for (std::int64_t i = 0; array && i < kLanes<T>; ++i)
      for (int k = 0; k < order; ++k) scale[i].apply(array + i * columns, columns);
  };
  back(near.dy, 3 * size, 1), back(near.dg, size, 1), back(near.gx, 3, call.h ? 2 : 1);
  for (std::int64_t i = 0; near.y && i < kLanes<T>; ++i)
    if (scale[i].first == T(0)) std::fill_n(near.y + i * size + 1, size - 1, T(0));
}

template <class T, int kDegree>
void values_block(const HarmonicsCall<T>& call, std::int64_t p) {
  HWY_ALIGN T columns[kColumnsOf<T, kDegree>];
  const int lmax = kDegree < 0 ? call.lmax : kDegree;
  const std::int64_t size = (lmax + 1) * (lmax + 1);
  const auto at = directions(call, p);
  if (HWY_UNLIKELY(at.rescale)) return rescaled_block<T>(call, p, values_block<T, kDegree>);
  evaluate<T, kDegree>(call, at, columns);
  store_rows(columns, size, call.y + p * size, size);
}

/// Slopes of harmonics first .. first + kLanes - 1 along the three axes, to rows of 3 size.
template <class T>
HWY_INLINE void store_slopes(const HarmonicsCall<T>& call, const Directions<T>& at, const T* HWY_RESTRICT columns,
                             std::int64_t first, std::int64_t size, T* HWY_RESTRICT rows) {
  const Lanes<T> d;
  HWY_ALIGN T slopes[3][kLanes<T> * kLanes<T>];
  const HarmonicsNeighbours<T>* n = call.coefficients->of_target.data() + first;
  for (std::int64_t j = 0; j < kLanes<T>; ++j) {
    const Three<T> slope = project(at, call.normalize, gather(n[j], columns));
    hn::Store(slope.x, d, slopes[0] + j * kLanes<T>);
    hn::Store(slope.y, d, slopes[1] + j * kLanes<T>);
    hn::Store(slope.z, d, slopes[2] + j * kLanes<T>);
  }
  for (std::int64_t axis = 0; axis < 3; ++axis) store_square(slopes[axis], rows + axis * size + first, 3 * size);
}

template <class T, int kDegree>
void gradient_block(const HarmonicsCall<T>& call, std::int64_t p) {
  HWY_ALIGN T columns[kColumnsOf<T, kDegree>];
  const int lmax = kDegree < 0 ? call.lmax : kDegree;
  const std::int64_t size = (lmax + 1) * (lmax + 1);
  const auto at = directions(call, p);
  if (HWY_UNLIKELY(at.rescale)) return rescaled_block<T>(call, p, gradient_block<T, kDegree>);
  evaluate<T, kDegree>(call, at, columns);
  store_rows(columns, size, call.y + p * size, size);
  T* const rows = call.dy + 3 * p * size;
  std::int64_t first = 0;
  for (; first + kLanes<T> <= size; first += kLanes<T>) store_slopes(call, at, columns, first, size, rows);
  for (; first < size; first += kBlock<T>) {
    const std::int64_t m = std::min(first, size - kBlock<T>);  // the last block overlaps the one before
    const HarmonicsNeighbours<T>* n = call.coefficients->of_target.data() + m;
    Vector<T> x[kBlock<T>], y[kBlock<T>], z[kBlock<T>];
#pragma GCC unroll 4
    for (std::int64_t j = 0; j < kBlock<T>; ++j) {
      const Three<T> slope = project(at, call.normalize, gather(n[j], columns));
      x[j] = slope.x, y[j] = slope.y, z[j] = slope.z;
    }
    store_block<T>(x, rows + m, 3 * size);
    store_block<T>(y, rows + size + m, 3 * size);
    store_block<T>(z, rows + 2 * size + m, 3 * size);
  }
}

template <class T, int kDegree>
void vjp_block(const HarmonicsCall<T>& call, std::int64_t p) {
  const Lanes<T> d;
  HWY_ALIGN T columns[kColumnsOf<T, kDegree>];
  HWY_ALIGN T upstream[kColumnsOf<T, kDegree>];
  const int lmax = kDegree < 0 ? call.lmax : kDegree;
  const std::int64_t size = (lmax + 1) * (lmax + 1);
  const auto at = directions(call, p);
  if (HWY_UNLIKELY(at.rescale)) return rescaled_block<T>(call, p, vjp_block<T, kDegree>);
  evaluate<T, kDegree>(call, at, columns);
  load_rows(call.g + p * size, size, size, upstream);
  const Three<T> out = project(at, call.normalize, contract<T, kDegree>(call, columns, upstream, nullptr, nullptr));
  hn::StoreInterleaved3(out.x, out.y, out.z, d, call.gx + 3 * p);
}

/// See second_in_x of the reference for the formula.
template <class T, int kDegree>
void vjp_vjp_block(const HarmonicsCall<T>& call, std::int64_t p) {
  const Lanes<T> d;
  HWY_ALIGN T columns[kColumnsOf<T, kDegree>];
  HWY_ALIGN T upstream[kColumnsOf<T, kDegree>];
  HWY_ALIGN T pulled[kColumnsOf<T, kDegree>];
  const int lmax = kDegree < 0 ? call.lmax : kDegree;
  const std::int64_t size = (lmax + 1) * (lmax + 1);
  const auto at = directions(call, p);
  if (HWY_UNLIKELY(at.rescale)) return rescaled_block<T>(call, p, vjp_vjp_block<T, kDegree>);
  evaluate<T, kDegree>(call, at, columns);
  Three<T> h;
  hn::LoadInterleaved3(d, call.h + 3 * p, h.x, h.y, h.z);
  const Three<T> along = project(at, call.normalize, h);
  const Vector<T> direction[3] = {along.x, along.y, along.z};
  if (call.dg) {
    const HarmonicsNeighbours<T>* n = call.coefficients->of_target.data();
    for (std::int64_t m = 0; m < size; ++m)
      hn::Store(dot<T>(direction, gather(n[m], columns)), d, pulled + m * kLanes<T>);
    store_rows(pulled, size, call.dg + p * size, size);
  }
  if (!call.gx) return;
  load_rows(call.g + p * size, size, size, upstream);
  const Three<T> gradient = contract<T, kDegree>(call, columns, upstream, direction, pulled);
  Three<T> out = project(at, call.normalize, contract<T, kDegree>(call, columns, pulled, nullptr, nullptr));
  if (call.normalize) {
    const Three<T> projected = project(at, true, gradient);
    const auto radial_gradient = dot<T>(at.u, gradient);
    const auto radial_h = dot<T>(at.u, h);
    const auto value = dot<T>(direction, gradient);
    auto minus = [&](Vector<T> from, Vector<T> u, Vector<T> a, Vector<T> g) HWY_ATTR {
      const auto sum = hn::MulAdd(u, value, hn::MulAdd(a, radial_gradient, hn::Mul(g, radial_h)));
      return hn::NegMulAdd(at.inverse, sum, from);
    };
    out = {minus(out.x, at.u[0], along.x, projected.x), minus(out.y, at.u[1], along.y, projected.y),
           minus(out.z, at.u[2], along.z, projected.z)};
  }
  hn::StoreInterleaved3(out.x, out.y, out.z, d, call.gx + 3 * p);
}

/// Runs `block` on whole vectors of points, and on a padded copy of the rest.
template <class T, void (*block)(const HarmonicsCall<T>&, std::int64_t)>
void for_blocks(const HarmonicsCall<T>& call) {
  constexpr std::int64_t lanes = kLanes<T>;
  std::int64_t p = 0;
  for (; p + lanes <= call.n; p += lanes) block(call, p);
  if (p == call.n) return;
  const std::int64_t size = (call.lmax + 1) * (call.lmax + 1);
  const std::int64_t rest = call.n - p;
  ScratchFrame frame;
  const std::int64_t numbers = lanes * (9 + 6 * size);
  T* next = frame.take<T>(numbers);
  std::fill_n(next, numbers, T(0));
  auto in = [&](const T* from, std::int64_t columns) -> const T* {
    if (!from) return nullptr;
    std::copy_n(from + p * columns, rest * columns, next);
    next += lanes * columns;
    return next - lanes * columns;
  };
  auto out = [&](T* to, std::int64_t columns) -> T* {
    if (!to) return nullptr;
    next += lanes * columns;
    return next - lanes * columns;
  };
  HarmonicsCall<T> padded = call;
  std::fill_n(next + 3 * rest, 3 * (lanes - rest), T(1));  // vectors of an ordinary length
  padded.x = in(call.x, 3), padded.g = in(call.g, size), padded.h = in(call.h, 3);
  padded.y = out(call.y, size), padded.dy = out(call.dy, 3 * size), padded.dg = out(call.dg, size);
  padded.gx = out(call.gx, 3);
  block(padded, 0);
  auto back = [&](const T* from, T* to, std::int64_t columns) {
    if (to) std::copy_n(from, rest * columns, to + p * columns);
  };
  back(padded.y, call.y, size), back(padded.dy, call.dy, 3 * size), back(padded.dg, call.dg, size);
  back(padded.gx, call.gx, 3);
}

#define COSET_HARMONICS_CASE(function, degree) \
  case degree:                                 \
    return for_blocks<T, function<T, degree>>(call);
#if defined(__SANITIZE_ADDRESS__) && !defined(COSET_SANITIZE_EVERY_DEGREE)  // takes the compiler minutes
#define COSET_HARMONICS_HIGHER(function)
#else
#define COSET_HARMONICS_HIGHER(function) \
  COSET_HARMONICS_CASE(function, 4)      \
  COSET_HARMONICS_CASE(function, 5)      \
  COSET_HARMONICS_CASE(function, 6)      \
  COSET_HARMONICS_CASE(function, 7)      \
  COSET_HARMONICS_CASE(function, 8)      \
  COSET_HARMONICS_CASE(function, 9)      \
  COSET_HARMONICS_CASE(function, 10)     \
  COSET_HARMONICS_CASE(function, 11)     \
  COSET_HARMONICS_CASE(function, 12)
#endif
#define COSET_HARMONICS(name, function)              \
  template <class T>                                 \
  void name(const HarmonicsCall<T>& call) {          \
    switch (call.lmax) {                             \
      COSET_HARMONICS_CASE(function, 1)              \
      COSET_HARMONICS_CASE(function, 2)              \
      COSET_HARMONICS_CASE(function, 3)              \
      COSET_HARMONICS_HIGHER(function)               \
      default:                                       \
        return for_blocks<T, function<T, -1>>(call); \
    }                                                \
  }
COSET_HARMONICS(values, values_block)
COSET_HARMONICS(gradient, gradient_block)
COSET_HARMONICS(vjp, vjp_block)
COSET_HARMONICS(vjp_vjp, vjp_vjp_block)

template <class T>
void fill(HarmonicsKernels<T>& table) {
  table = {values<T>, gradient<T>, vjp<T>, vjp_vjp<T>};
}

#else

/// One lane: the reference is as good.
template <class T>
void fill(HarmonicsKernels<T>& table) {
  table = {};
}

#endif

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE

#define COSET_SIMD_EXPORT fill_harmonics, HarmonicsKernels
#include "coset/compute/cpu/simd_export.inc"
