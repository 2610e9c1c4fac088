/// Does a map commute with a group? For layers, whole models, and users' own code.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "coset/field/field.h"

namespace coset::verify {

using TensorList = std::vector<Tensor>;

/// max |a - b| / max(1, max |b|); infinity where shapes differ or a value is not finite.
double relative_error(const Tensor& a, const Tensor& b);

/// relative_error(f(g x), g f(x)) for one group element, given by its action on the input and on the output; the
/// largest over the outputs. @throws coset::Error when act_out changes their number
double equivariance_error(const std::function<TensorList(const TensorList&)>& f, const TensorList& x,
                          const std::function<TensorList(const TensorList&)>& act_in,
                          const std::function<TensorList(const TensorList&)>& act_out);

/// The same for a map of steerable tensors and an orthogonal matrix R (row-major 3 x 3, either determinant).
/// @throws coset::Error when f(R x) and f(x) differ in irreps
double equivariance_error(const std::function<field::Field(const field::Field&)>& f, const field::Field& x,
                          std::span<const double, 9> R);

/// The largest error over `trials` random rotations, and over as many rotoinversions.
struct O3Errors {
  double rotation = 0.0;
  double reflection = 0.0;
};
O3Errors o3_errors(const std::function<field::Field(const field::Field&)>& f, const field::Field& x, int trials,
                   std::uint64_t seed);

}  // namespace coset::verify
