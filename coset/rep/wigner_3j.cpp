#include "coset/rep/wigner_3j.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>

#include "coset/base/error.h"
#include "coset/math/factorial.h"
#include "coset/math/natural.h"

namespace coset::rep {
namespace {

using math::factorial;
using math::Natural;

// sum_k (-1)^k C(a,k) C(b,x-k) C(c,y-k), exact; terms follow from their ratios.
long double alternating_sum(int a, int b, int c, int x, int y) {
  const int first = std::max({0, x - b, y - c});
  const int last = std::min({a, x, y});
  if (first > last) return 0.0L;
  Natural term = math::binomial(a, first);
  for (const auto& [n, k] : {std::pair(b, x - first), std::pair(c, y - first)})
    for (int i = 1; i <= std::min(k, n - k); ++i) (term *= static_cast<std::uint32_t>(n - i + 1)) /= i;
  Natural even;
  Natural odd;
  for (int k = first; k <= last; ++k) {
    (k % 2 == 0 ? even : odd) += term;
    const int up[] = {a - k, x - k, y - k};
    const int down[] = {k + 1, b - x + k + 1, c - y + k + 1};
    if (k == last) break;
    for (const int factor : up) term *= static_cast<std::uint32_t>(factor);
    for (const int divisor : down) term /= static_cast<std::uint32_t>(divisor);
  }
  if (even < odd) return -(odd -= even).to_long_double();
  return (even -= odd).to_long_double();
}

bool couples(int l1, int l2, int l3) {
  return l1 >= 0 && l2 >= 0 && l3 >= std::abs(l1 - l2) && l3 <= l1 + l2;
}

// <l1 m1 l2 m2 | l3 m1+m2> / sqrt(2 l3 + 1). Both signs of all m give the same magnitude bit for bit, so that entries
// which vanish in the real basis vanish exactly.
double scaled_clebsch_gordan(int l1, int m1, int l2, int m2, int l3) {
  const int m3 = m1 + m2;
  if (std::abs(m1) > l1 || std::abs(m2) > l2 || std::abs(m3) > l3) return 0.0;
  const int a = l1 + l2 - l3;
  const int b = l1 - l2 + l3;
  const int c = -l1 + l2 + l3;
  const long double numerator = (factorial(l1 + m1) * factorial(l1 - m1) / factorial(a)) *
                                (factorial(l2 + m2) * factorial(l2 - m2) / factorial(b)) *
                                (factorial(l3 + m3) * factorial(l3 - m3) / factorial(c));
  return static_cast<double>(std::sqrt(numerator / factorial(l1 + l2 + l3 + 1)) *
                             alternating_sum(a, b, c, l1 - m1, l2 + m2));
}

void check_degrees(const char* function, int l1, int l2, int l3) {
  check(
      std::min({l1, l2, l3}) >= 0 && std::max({l1, l2, l3}) < math::kMaxFactorial && l1 + l2 + l3 < math::kMaxFactorial,
      "[rep::", function, "] expected degrees >= 0 with a sum below ", math::kMaxFactorial, "; received (", l1, ", ",
      l2, ", ", l3, ")");
}

// An entry of Q_l is i^power, over sqrt(2) unless m = 0.
int phase_power(int l, int m, int real_m) {
  int power = 3 * l;
  if (real_m < 0) power += m < 0 ? 3 : 1;
  if (m > 0 && m % 2 != 0) power += 2;
  return power % 4;
}

double root_half(int m) {
  return m == 0 ? 1.0 : M_SQRT1_2;
}

// Re sum over the complex m1 = +-j, m2 = +-l, m3 = m1 + m2 = +-n.
double real_entry(std::array<int, 3> degree, std::array<int, 3> real_m) {
  double sum = 0.0;
  for (int s1 = real_m[0] == 0 ? 1 : -1; s1 <= 1; s1 += 2)
    for (int s2 = real_m[1] == 0 ? 1 : -1; s2 <= 1; s2 += 2) {
      const int m1 = s1 * std::abs(real_m[0]);
      const int m2 = s2 * std::abs(real_m[1]);
      if (std::abs(m1 + m2) != std::abs(real_m[2])) continue;
      const int power = phase_power(degree[0], m1, real_m[0]) + phase_power(degree[1], m2, real_m[1]) + 4 -
                        phase_power(degree[2], m1 + m2, real_m[2]);
      if (power % 2 != 0) continue;
      const double value = scaled_clebsch_gordan(degree[0], m1, degree[1], m2, degree[2]);
      sum += power % 4 == 0 ? value : -value;
    }
  return sum * (root_half(real_m[0]) * root_half(real_m[1]) * root_half(real_m[2]));
}

std::vector<double> compute_wigner_3j(int l1, int l2, int l3) {
  const int n2 = 2 * l2 + 1;
  const int n3 = 2 * l3 + 1;
  std::vector<double> tensor(static_cast<std::size_t>(2 * l1 + 1) * n2 * n3, 0.0);
  for (int m1 = -l1; m1 <= l1; ++m1)
    for (int m2 = -l2; m2 <= l2; ++m2) {
      double* row = &tensor[(static_cast<std::size_t>(m1 + l1) * n2 + (m2 + l2)) * n3 + l3];
      std::array<int, 4> candidates{std::abs(m1 + m2), -std::abs(m1 + m2), std::abs(m1 - m2), -std::abs(m1 - m2)};
      for (const int m3 : candidates)
        if (std::abs(m3) <= l3) row[m3] = real_entry({l1, l2, l3}, {m1, m2, m3});
    }
  return tensor;
}

}  // namespace

double clebsch_gordan(int l1, int m1, int l2, int m2, int l3, int m3) {
  check_degrees("clebsch_gordan", l1, l2, l3);
  if (m1 + m2 != m3 || !couples(l1, l2, l3)) return 0.0;
  return std::sqrt(2.0 * l3 + 1.0) * scaled_clebsch_gordan(l1, m1, l2, m2, l3);
}

const std::vector<double>& wigner_3j(int l1, int l2, int l3) {
  check_degrees("wigner_3j", l1, l2, l3);
  check(couples(l1, l2, l3), "[rep::wigner_3j] expected |l1 - l2| <= l3 <= l1 + l2; received (", l1, ", ", l2, ", ", l3,
        ")");
  static std::mutex mutex;
  static std::map<std::array<int, 3>, std::unique_ptr<const std::vector<double>>> cache;
  {
    const std::lock_guard lock(mutex);
    if (const auto found = cache.find({l1, l2, l3}); found != cache.end()) return *found->second;
  }
  // Computed outside the lock; when two threads race, the first result stays and both see it.
  auto tensor = std::make_unique<const std::vector<double>>(compute_wigner_3j(l1, l2, l3));
  const std::lock_guard lock(mutex);
  return *cache.try_emplace({l1, l2, l3}, std::move(tensor)).first->second;
}

std::vector<CouplingEntry> coupling_entries(int l1, int l2, int l3) {
  const std::vector<double>& tensor = wigner_3j(l1, l2, l3);
  std::vector<CouplingEntry> entries;
  const double* value = tensor.data();
  for (int i = 0; i <= 2 * l1; ++i)
    for (int j = 0; j <= 2 * l2; ++j)
      for (int k = 0; k <= 2 * l3; ++k, ++value)
        if (*value != 0.0) entries.push_back({i, j, k, *value});
  return entries;
}

std::vector<std::complex<double>> real_to_complex(int l) {
  check(l >= 0, "[rep::real_to_complex] expected l >= 0; received l = ", l);
  const std::array<std::complex<double>, 4> powers{{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};
  const int n = 2 * l + 1;
  std::vector<std::complex<double>> q(static_cast<std::size_t>(n) * n);
  for (int m = -l; m <= l; ++m)
    for (const int real_m : {-m, m})
      q[static_cast<std::size_t>(m + l) * n + (real_m + l)] = powers[phase_power(l, m, real_m)] * root_half(m);
  return q;
}

}  // namespace coset::rep
