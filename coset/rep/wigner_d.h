/// Wigner D-matrices in the real basis: how an irrep of SO(3) or O(3) acts.
///
/// Conventions: docs/conventions.md#wigner-d. Y^l(R v) = D^l(R) Y^l(v); D^1(R) = R; D(R1 R2) = D(R1) D(R2), D(R)^-1 =
/// D(R)^T; indices m = -l .. l at l + m, row-major. Evaluated as Z(alpha) J Z(beta) J Z(gamma) with Z(a) = D(Ry(a)) in
/// closed form and the constant matrix J = D(half turn about (e_x + e_y)/sqrt2), kept per degree. Source: specs
/// steerable 1.4.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "coset/rep/irreps.h"
#include "coset/rep/rotation.h"

namespace coset::rep {

/// D^l of a rotation, (2l+1, 2l+1). @throws coset::Error unless l >= 0 and the matrix is a rotation (to 1e-6)  @cost
/// O(l^3)
std::vector<double> wigner_d(int l, EulerAngles angles);
std::vector<double> wigner_d(int l, std::span<const double, 9> rotation);

/// The irrep (l, p) of an element of O(3): for det R = -1, p D^l(-R). @throws coset::Error unless R^T R = 1 (to 1e-6)
std::vector<double> wigner_d(Irrep irrep, std::span<const double, 9> element);

/// Block-diagonal matrix of a whole feature row, (dim, dim); each copy of an irrep gets its own block.
std::vector<double> wigner_d(const Irreps& irreps, std::span<const double, 9> element);

/// rows <- rows D(element)^T for `rows` (n, irreps.dim()): every feature row transformed, without the dense matrix.
/// @cost O(sum of mul (2l+1)^2) a row
void transform_rows(const Irreps& irreps, std::span<const double, 9> element, std::span<double> rows);

/// D^l of the half turn about (e_x + e_y)/sqrt2: symmetric, J J = 1. Kept for the life of the program, any thread.
const std::vector<double>& wigner_j(int l);

/// Real antisymmetric generators X_x, X_y, X_z: D^l(Rx(t)) = exp(t X_x), and so on. [X_x, X_y] = X_z.
std::array<std::vector<double>, 3> so3_generators(int l);

}  // namespace coset::rep
