/// The Fourier transform on a finite group H of the plane, along the fibres of fields.
///
/// Source: Serre, Linear Representations of Finite Groups, 2.4; Cesa, Lang, Weiler, ICLR 2022.
#pragma once

#include "coset/field/field.h"

namespace coset::nn {

/// The irreps of the regular representation of C_N or D_N up to a frequency, each as often as it occurs there.
struct FourierBasis {
  rep::GridRepresentation rep;
  Tensor rows;  ///< (coefficients, |G|) float64, orthonormal: coefficients = rows * samples
};
/// @throws coset::Error on another group or a frequency < 0
FourierBasis fourier_basis(const group::GroupGrid& group, std::int64_t max_frequency);

/// Band-limited functions on H by their Fourier coefficients. @throws coset::Error as fourier_basis
field::FieldType fourier_type(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency);

/// Regular fields as irreps of the group and back, exactly: max_frequency is the largest there is.
/// @throws coset::Error on fields of another type
field::Field to_irreps(const field::Field& f);
field::Field to_regular(const field::Field& f);

}  // namespace coset::nn
