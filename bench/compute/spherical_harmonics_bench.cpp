#include "bench/case.h"
#include "coset/compute/parallel.h"
#include "coset/compute/spherical_harmonics.h"
#include "coset/compute/spherical_harmonics_reference.h"

namespace coset::bench {

namespace {

constexpr std::int64_t kPoints = 1024;

enum class What { values, gradient, vjp };

template <class T>
void call(What what, const compute::HarmonicsOptions& options, const std::vector<T>& x, const std::vector<T>& g,
          std::vector<T>& y, std::vector<T>& out) {
  if (what == What::values) compute::spherical_harmonics(options, kPoints, x.data(), y.data());
  if (what == What::gradient) compute::spherical_harmonics_gradient(options, kPoints, x.data(), y.data(), out.data());
  if (what == What::vjp) compute::spherical_harmonics_vjp(options, kPoints, x.data(), g.data(), out.data());
}

template <class T>
Measured measure(What what, int lmax, const Settings& settings, const Machine& machine) {
  const std::int64_t size = (lmax + 1) * (lmax + 1);
  const auto x = numbers<T>(3 * kPoints, 1);
  const auto g = numbers<T>(size * kPoints, 2);
  std::vector<T> y(static_cast<std::size_t>(size * kPoints));
  std::vector<T> out(static_cast<std::size_t>(3 * size * kPoints));
  compute::HarmonicsOptions options{.lmax = lmax};
  Measured m;
  m.ours = 1e9 / kPoints * median_seconds(settings, [&] { call(what, options, x, g, y, out); });
  options.route = compute::Route::reference;
  if (!settings.quick && settings.reference)
    m.reference = 1e9 / kPoints * median_seconds(settings, [&] { call(what, options, x, g, y, out); });
  // Two operations per step of the recurrences and per coefficient; one multiply-add per term of a derivative.
  const auto& table = compute::harmonics_table(lmax, options.normalization);
  const double values = 2.5 * (lmax + 1) * (lmax + 2) + 2.0 * static_cast<double>(size);
  const double terms = static_cast<double>(table.derivative.size());
  const double flops = values + (what == What::values ? 0.0 : 2.0 * terms);
  const double numbers_moved = 3.0 + static_cast<double>(what == What::values     ? size
                                                         : what == What::gradient ? 4 * size
                                                                                  : size + 3);
  m.limit = 1e9 / kPoints * least_seconds(machine, settings, flops * kPoints, numbers_moved * sizeof(T) * kPoints);
  m.useful_gflops = flops / m.ours;
  return m;
}

}  // namespace

void add_spherical_harmonics(std::vector<Case>& cases) {
  const std::pair<What, const char*> kinds[] = {
      {What::values, "values"}, {What::gradient, "gradient"}, {What::vjp, "vjp"}};
  for (const int lmax : {3, 6})
    for (const auto& [what, name] : kinds)
      cases.push_back({"sh/l" + std::to_string(lmax) + "/" + name, "ns/point",
                       [what = what, lmax](const Settings& settings, const Machine& machine) {
                         return settings.float64 ? measure<double>(what, lmax, settings, machine)
                                                 : measure<float>(what, lmax, settings, machine);
                       }});
}

}  // namespace coset::bench
