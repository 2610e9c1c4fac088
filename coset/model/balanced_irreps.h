/// Hidden irreps of SEGNN from one width number.
#pragma once

#include "coset/rep/irreps.h"

namespace coset::model {

/// The smallest n x (0e + 1o + ... + lmax y) whose fully connected product with `attribute` onto itself has at least
/// width^2 weights, the number of an ordinary layer of that width. Width 64 with l = 1, 1: 32x0e+32x1o. Source:
/// SEGNN's balanced_irreps.py. @throws coset::Error unless width >= 1, lmax >= 0 and `attribute` has a 0e
rep::Irreps weight_balanced_irreps(std::int64_t width, const rep::Irreps& attribute, int lmax);

/// `dim` columns split equally over the degrees, the remainder to 0e. Source: SEGNN's balanced_irreps.py.
rep::Irreps balanced_irreps(int lmax, std::int64_t dim);

}  // namespace coset::model
