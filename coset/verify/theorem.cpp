#include "coset/verify/theorem.h"

#include "coset/base/error.h"
#include "coset/base/worse.h"

namespace coset::verify {
namespace {

std::size_t place(const FiniteSpaces& s, std::int64_t y, std::int64_t x) {
  return static_cast<std::size_t>(y * s.x.size + x);
}

void check_kernel(const FiniteSpaces& s, const FiniteKernel& kernel, std::int64_t expected, const char* function) {
  check(std::ssize(kernel) == expected, "[verify::", function, "] expected ", expected, " numbers for |Y| = ", s.y.size,
        " and |X| = ", s.x.size, "; received ", kernel.size());
}

}  // namespace

FiniteSpaces finite_spaces(const group::GroupGrid& group, const group::Subgroup& x_stabiliser,
                           const group::Subgroup& y_stabiliser) {
  return {group, group::left_cosets(group, x_stabiliser), group::left_cosets(group, y_stabiliser)};
}

double commutation_error(const FiniteSpaces& s, const FiniteKernel& kernel) {
  check_kernel(s, kernel, s.x.size * s.y.size, "commutation_error");
  double worst = 0.0;
  for (std::int64_t g = 0; g < s.group.size; ++g)
    for (std::int64_t y = 0; y < s.y.size; ++y)
      for (std::int64_t x = 0; x < s.x.size; ++x)
        worst = worse(worst, std::abs(kernel[place(s, s.y.act(g, y), s.x.act(g, x))] - kernel[place(s, y, x)]));
  return worst;
}

FiniteKernel project(const FiniteSpaces& s, const FiniteKernel& kernel) {
  check_kernel(s, kernel, s.x.size * s.y.size, "project");
  FiniteKernel mean(kernel.size());
  for (std::int64_t g = 0; g < s.group.size; ++g)
    for (std::int64_t y = 0; y < s.y.size; ++y)
      for (std::int64_t x = 0; x < s.x.size; ++x)
        mean[place(s, y, x)] += kernel[place(s, s.y.act(g, y), s.x.act(g, x))] / static_cast<double>(s.group.size);
  return mean;
}

FiniteKernel convolution_kernel(const FiniteSpaces& s, const FiniteKernel& one_argument) {
  check_kernel(s, one_argument, s.x.size, "convolution_kernel");
  FiniteKernel kernel;
  for (std::int64_t representative : s.y.representative) {
    const std::int64_t back = s.group.inverse[static_cast<std::size_t>(representative)];
    for (std::int64_t x = 0; x < s.x.size; ++x)
      kernel.push_back(one_argument[static_cast<std::size_t>(s.x.act(back, x))]);
  }
  return kernel;
}

double stabiliser_error(const FiniteSpaces& s, const FiniteKernel& one_argument) {
  check_kernel(s, one_argument, s.x.size, "stabiliser_error");
  double worst = 0.0;
  for (std::int64_t h : group::stabiliser(s.group, s.y, 0))
    for (std::int64_t x = 0; x < s.x.size; ++x)
      worst = worse(worst, std::abs(one_argument[static_cast<std::size_t>(s.x.act(h, x))] -
                                    one_argument[static_cast<std::size_t>(x)]));
  return worst;
}

std::int64_t free_parameters(const FiniteSpaces& s) {
  const auto stabiliser = group::stabiliser(s.group, s.y, 0);
  std::vector<bool> seen(static_cast<std::size_t>(s.x.size));
  std::int64_t orbits = 0;
  for (std::int64_t x = 0; x < s.x.size; ++x) {
    if (seen[static_cast<std::size_t>(x)]) continue;
    ++orbits;
    for (std::int64_t h : stabiliser) seen[static_cast<std::size_t>(s.x.act(h, x))] = true;
  }
  return orbits;
}

}  // namespace coset::verify
