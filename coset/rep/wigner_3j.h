/// Wigner 3j tensors in the real basis: the one way to couple two irreps of SO(3) into a third.
///
/// Conventions: docs/conventions.md#wigner-3j (e3nn 0.5: real basis of docs/conventions.md#real-basis, Frobenius norm
/// 1, C(0,l,l) = delta / sqrt(2l+1), C(1,1,1) = epsilon / sqrt(6)). C is invariant: D (x) D (x) D C = C.
///
///   C_{j l n} = Re sum_{i,k,p} Q_{l1}[i,j] Q_{l2}[k,l] conj(Q_{l3}[p,n]) <l1 i l2 k | l3 p> / sqrt(2 l3 + 1)
///
/// <..|..> are the Condon-Shortley Clebsch-Gordan coefficients, summed exactly in integers (Racah's formula in
/// binomials). Source: e3nn.o3.wigner_3j.
#pragma once

#include <array>
#include <complex>
#include <vector>

namespace coset::rep {

/// One non-zero entry of a Wigner 3j tensor.
struct CouplingEntry {
  int i = 0;
  int j = 0;
  int k = 0;
  double value = 0.0;

  bool operator==(const CouplingEntry&) const = default;
};

/// <l1 m1 l2 m2 | l3 m3>, Condon-Shortley phases; 0 where m1 + m2 != m3, |m| > l or the triangle rule fails.
/// Rounded once from the exact value. @throws coset::Error unless 0 <= l and l1 + l2 + l3 < 1754
double clebsch_gordan(int l1, int m1, int l2, int m2, int l3, int m3);

/// Row-major (2l1+1, 2l2+1, 2l3+1), indices m = -l .. l at l + m. The reference stays valid for the life of the
/// program; safe to call from any thread. @throws coset::Error unless |l1 - l2| <= l3 <= l1 + l2
/// @cost O(l1 l2 min(l)) big-integer operations at the first call of a triple, a look-up afterwards
const std::vector<double>& wigner_3j(int l1, int l2, int l3);

/// The non-zero entries of wigner_3j(l1, l2, l3), ordered by (i, j, k); about 4 of every 2 l3 + 1.
std::vector<CouplingEntry> coupling_entries(int l1, int l2, int l3);

/// Unitary Q_l, row-major (2l+1, 2l+1), rows complex m, columns real m', the phase (-i)^l of e3nn included: the complex
/// Condon-Shortley harmonics (textbook axes (X, Y, Z) = our (z, x, y)) are i^l Q_l Y_real.
std::vector<std::complex<double>> real_to_complex(int l);

}  // namespace coset::rep
