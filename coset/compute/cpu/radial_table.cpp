#include "coset/compute/cpu/radial_table.h"

#include <algorithm>
#include <cmath>

#include "coset/compute/cpu/row_kernels.h"

namespace coset::compute {

namespace {

/// Knots of a table: fine enough that cubic interpolation of 30 waves in the cutoff is right to 1e-8.
constexpr std::int64_t kFewestIntervals = 2048;
/// Radii at which the curve is sampled to find its directions.
constexpr std::int64_t kSamples = 160;
constexpr std::int64_t kMostDirections = 48;

/// R and dR/dr of the exact weights at many radii, in double.
struct Curve {
  std::int64_t columns = 0;
  std::vector<double> values, slopes;  ///< (radii, columns)

  Curve(const RadialWeights<double>& weights, const RadialBasisAt& basis, std::int64_t size,
        const std::vector<double>& radii)
      : columns(weights.columns()) {
    const auto count = static_cast<std::int64_t>(radii.size());
    std::vector<double> b(static_cast<std::size_t>(count * size)), db(b.size());
    for (std::int64_t i = 0; i < count; ++i) basis(radii[i], b.data() + i * size, db.data() + i * size);
    values.resize(static_cast<std::size_t>(count * columns));
    slopes.resize(values.size());
    std::vector<double> scratch(static_cast<std::size_t>(weights.scratch_size(count)));
    weights.curve({0, count, nullptr}, {radii.data(), b.data(), db.data()}, scratch.data(), values.data(),
                  slopes.data());
  }
};

double largest(const std::vector<double>& values) {
  double most = 0.0;
  for (const double x : values) most = std::max(most, std::abs(x));
  return most;
}

/// Rows of R and of dR/dr, each in units of its largest value, minus what directions found so far span.
class Directions {
 public:
  Directions(const Curve& curve, double value_scale, double slope_scale) : columns_(curve.columns) {
    for (const double x : curve.values) rows_.push_back(x / value_scale);
    for (const double x : curve.slopes) rows_.push_back(x / slope_scale);
  }

  /// Orthonormal rows until no residual exceeds the tolerance.
  std::vector<double> find(double tolerance) {
    std::vector<double> found;
    for (std::int64_t n = 0; n < kMostDirections; ++n) {
      const std::int64_t row = farthest(tolerance);
      if (row < 0) break;
      std::vector<double> q(rows_.begin() + row * columns_, rows_.begin() + (row + 1) * columns_);
      orthogonalise(found, q);
      for (std::int64_t r = 0; r < static_cast<std::int64_t>(rows_.size()) / columns_; ++r) remove(q, r);
      found.insert(found.end(), q.begin(), q.end());
    }
    return found;
  }

 private:
  static double dot(const double* a, const double* b, std::int64_t count) {
    double sums[8] = {};
    std::int64_t c = 0;
    for (; c + 8 <= count; c += 8)
      for (int l = 0; l < 8; ++l) sums[l] += a[c + l] * b[c + l];
    for (; c < count; ++c) sums[0] += a[c] * b[c];
    double sum = 0.0;
    for (const double part : sums) sum += part;
    return sum;
  }
  /// The row with the largest entry, -1 when none is above the tolerance.
  std::int64_t farthest(double tolerance) const {
    double most = tolerance;
    std::int64_t row = -1;
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (std::abs(rows_[i]) > most) most = std::abs(rows_[i]), row = static_cast<std::int64_t>(i) / columns_;
    return row;
  }
  /// Once more against all found: residuals are small beside what was subtracted.
  void orthogonalise(const std::vector<double>& found, std::vector<double>& q) const {
    for (std::size_t at = 0; at < found.size(); at += static_cast<std::size_t>(columns_)) {
      const double along = dot(found.data() + at, q.data(), columns_);
      for (std::int64_t c = 0; c < columns_; ++c) q[c] -= along * found[at + c];
    }
    const double norm = std::sqrt(dot(q.data(), q.data(), columns_));
    for (double& x : q) x /= norm;
  }
  void remove(const std::vector<double>& q, std::int64_t r) {
    double* row = rows_.data() + r * columns_;
    const double along = dot(q.data(), row, columns_);
    for (std::int64_t c = 0; c < columns_; ++c) row[c] -= along * q[c];
  }

  std::int64_t columns_;
  std::vector<double> rows_;
};

std::vector<double> spaced(double first, double step, std::int64_t count) {
  std::vector<double> radii(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) radii[i] = first + step * static_cast<double>(i);
  return radii;
}

/// A number of intervals whose knots meet the kink.
std::int64_t intervals_for(const RadialReduction& options) {
  if (options.kink <= 0.0) return kFewestIntervals;
  std::int64_t best = kFewestIntervals;
  double least = 1.0;
  for (std::int64_t n = kFewestIntervals; n < 2 * kFewestIntervals; ++n) {
    const double place = options.kink / options.cutoff * static_cast<double>(n);
    const double distance = std::abs(place - std::round(place));
    if (distance < least - 1e-9) least = distance, best = n;
  }
  return best;
}

/// The functions h = R Q^T at the knots: (knots, 2, padded directions).
std::vector<double> tabulate(const RadialWeights<double>& exact, const RadialBasisAt& basis, std::int64_t size,
                             const std::vector<double>& radii, const Matrix& directions) {
  const RowKernels<double>& kernels = row_kernels<double>();
  const std::int64_t width = directions.rows;
  const std::int64_t columns = directions.columns;
  const std::int64_t hidden = exact.width();
  std::vector<double> transposed(directions.values.size());
  for (std::int64_t n = 0; n < width; ++n)
    for (std::int64_t c = 0; c < columns; ++c) transposed[c * width + n] = directions.values[n * columns + c];
  // R Q^T = h (W Q^T): the product of the two matrices first.
  std::vector<double> product(static_cast<std::size_t>(hidden * width));
  kernels.gemm(hidden, width, columns, exact.last().data(), columns, 1, transposed.data(), width, product.data(), width,
               false);
  const auto count = static_cast<std::int64_t>(radii.size());
  std::vector<double> b(static_cast<std::size_t>(count * size)), db(b.size());
  for (std::int64_t i = 0; i < count; ++i) basis(radii[i], b.data() + i * size, db.data() + i * size);
  std::vector<double> h(static_cast<std::size_t>(count * hidden)), dh(h.size());
  std::vector<double> scratch(static_cast<std::size_t>(exact.functions().scratch_size(count)));
  exact.functions().evaluate({0, count, nullptr}, {radii.data(), b.data(), db.data()}, scratch.data(), h.data(),
                             dh.data());
  std::vector<double> knots(static_cast<std::size_t>(2 * count * width));
  kernels.gemm(count, width, hidden, h.data(), hidden, 1, product.data(), width, knots.data(), 2 * width, false);
  kernels.gemm(count, width, hidden, dh.data(), hidden, 1, product.data(), width, knots.data() + width, 2 * width,
               false);
  return knots;
}

}  // namespace

template <class T>
RadialTable<T>::RadialTable(std::int64_t width, double step, const std::vector<double>& knots)
    : width_(width),
      intervals_(static_cast<std::int64_t>(knots.size()) / (2 * width) - 1),
      inverse_step_(1.0 / step),
      coefficients_(static_cast<std::size_t>(4 * intervals_ * width)) {
  for (std::int64_t k = 0; k < intervals_; ++k)
    for (std::int64_t c = 0; c < width; ++c) {
      const double* at = knots.data() + 2 * k * width + c;
      const double value = at[0];
      const double slope = step * at[width];
      const double rise = at[2 * width] - value;
      const double next = step * at[3 * width];
      T* const to = coefficients_.data() + 4 * k * width + c;
      to[0] = static_cast<T>(value);
      to[width] = static_cast<T>(slope);
      to[2 * width] = static_cast<T>(3 * rise - 2 * slope - next);
      to[3 * width] = static_cast<T>(slope + next - 2 * rise);
    }
}

template <class T>
void RadialTable<T>::evaluate(const EdgeRun& run, const RadialInputs<T>& in, T*, T* h, T* dh) const {
  const T inverse = static_cast<T>(inverse_step_);
  for (std::int64_t e = 0; e < run.count; ++e) {
    const double place = in.distance[run.edge(e)] * inverse_step_;
    const std::int64_t k = std::min(static_cast<std::int64_t>(place), intervals_ - 1);
    const T t = static_cast<T>(place - static_cast<double>(k));
    const T* const p = coefficients_.data() + 4 * k * width_;
    T* const to = h + e * width_;
    for (std::int64_t c = 0; c < width_; ++c)
      to[c] = p[c] + t * (p[width_ + c] + t * (p[2 * width_ + c] + t * p[3 * width_ + c]));
    if (!dh) continue;
    T* const dto = dh + e * width_;
    for (std::int64_t c = 0; c < width_; ++c)
      dto[c] = inverse * (p[width_ + c] + t * (2 * p[2 * width_ + c] + t * 3 * p[3 * width_ + c]));
  }
}

template class RadialTable<float>;
template class RadialTable<double>;

/// Largest error of R and dR/dr at radii between the knots, where interpolation is worst.
template <class T>
double measured_error(const RadialWeights<T>& reduced, const RadialWeights<double>& exact, const RadialBasisAt& basis,
                      std::int64_t basis_size, const std::vector<double>& radii) {
  const Curve expected(exact, basis, basis_size, radii);
  const auto points = static_cast<std::int64_t>(radii.size());
  std::vector<T> values(expected.values.size()), slopes(values.size()),
      scratch(static_cast<std::size_t>(reduced.scratch_size(points)));
  reduced.curve({0, points, nullptr}, {radii.data(), nullptr, nullptr}, scratch.data(), values.data(), slopes.data());
  const double value_scale = largest(expected.values);
  const double slope_scale = largest(expected.slopes);
  double worst = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i)
    worst = std::max({worst, std::abs(static_cast<double>(values[i]) - expected.values[i]) / value_scale,
                      std::abs(static_cast<double>(slopes[i]) - expected.slopes[i]) / slope_scale});
  return worst;
}

template <class T>
RadialWeights<T> reduce(const RadialWeights<double>& exact, std::int64_t basis_size, const RadialBasisAt& basis,
                        const RadialReduction& options, double* error) {
  const std::int64_t intervals = intervals_for(options);
  const double step = options.cutoff / static_cast<double>(intervals);
  // Samples off both ends: at 0 the basis divides by the distance.
  const double first = 1e-3 * options.cutoff;
  const Curve samples(exact, basis, basis_size, spaced(first, (options.cutoff - first) / kSamples, kSamples));
  const double value_scale = largest(samples.values);
  const double slope_scale = largest(samples.slopes);
  const std::vector<double> directions = Directions(samples, value_scale, slope_scale).find(0.1 * options.tolerance);
  const auto count = static_cast<std::int64_t>(directions.size()) / samples.columns;
  const std::int64_t width = padded(std::max<std::int64_t>(count, 1));
  std::vector<double> radii = spaced(0.0, step, intervals + 1);
  radii.front() = 1e-6 * step;
  Matrix last{width, samples.columns, directions};
  last.values.resize(static_cast<std::size_t>(width * samples.columns));
  const std::vector<double> knots = tabulate(exact, basis, basis_size, radii, last);
  RadialWeights<T> reduced(std::make_shared<RadialTable<T>>(width, step, knots), last);
  *error = measured_error(reduced, exact, basis, basis_size, spaced(1.5 * step, 7 * step, (intervals - 2) / 7));
  return reduced;
}

template RadialWeights<float> reduce<float>(const RadialWeights<double>&, std::int64_t, const RadialBasisAt&,
                                            const RadialReduction&, double*);
template RadialWeights<double> reduce<double>(const RadialWeights<double>&, std::int64_t, const RadialBasisAt&,
                                              const RadialReduction&, double*);

}  // namespace coset::compute
