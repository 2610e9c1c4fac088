/// Non-linearities for fields whose components are not permuted (irreps), and the Fourier transform along H.
///
/// Every forward @throws coset::Error on a field of another type.
/// Source: specification 11.3; Weiler and Cesa 2019, section 2.6; Cesa, Lang, Weiler 2022 (Fourier non-linearity).
#pragma once

#include "coset/field/regular_field.h"
#include "coset/nn/module.h"
#include "coset/nn/regular/activation.h"

namespace coset::nn {

/// x -> relu(|x| + b) x / |x| with one trainable bias b per field (0 at first), |x| the norm over a field's components;
/// for trivial fields x -> relu(x + b).
class NormNonlinearity : public torch::nn::Module {
 public:
  explicit NormNonlinearity(field::FieldType type);
  field::RegularField forward(const field::RegularField& f) const;

  Tensor bias;  // (fields)

 private:
  field::FieldType type_;
};

/// x -> sigmoid(s) x, one trivial gate s per field; trivial fields pass a pointwise function instead.
/// The input type is `out` followed by one block of trivial gates, one for every field that is not trivial.
class GatedNonlinearity : public torch::nn::Module {
 public:
  /// @throws coset::Error when all fields of `out` are trivial
  explicit GatedNonlinearity(field::FieldType out, Pointwise scalars = Pointwise::relu);
  const field::FieldType& in() const { return in_; }
  const field::FieldType& out() const { return out_; }
  field::RegularField forward(const field::RegularField& f) const;

 private:
  field::FieldType in_, out_;
  Pointwise scalars_;
};

/// Band-limited functions on H by their Fourier coefficients: the irreps of the regular representation of C_N or D_N up
/// to a frequency, each as often as it occurs there.
/// @throws coset::Error on another group or a frequency < 0
field::FieldType fourier_type(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency);

/// Coefficients -> samples on the group -> pointwise -> coefficients up to the same frequency. Equivariant for every
/// element of the grid; the finer the grid, the nearer to the continuous group.
class FourierNonlinearity : public torch::nn::Module {
 public:
  /// @throws coset::Error as fourier_type
  FourierNonlinearity(field::GridPtr group, std::int64_t fields, std::int64_t max_frequency,
                      Pointwise kind = Pointwise::elu);
  const field::FieldType& type() const { return type_; }
  field::RegularField forward(const field::RegularField& f) const;

 private:
  field::FieldType type_;
  Pointwise kind_;
  Tensor basis_;  // (coefficients, |G|), orthonormal rows
};

/// Regular fields as irreps of the group and back, exactly: max_frequency is the largest there is.
/// @throws coset::Error on fields of another type
field::RegularField to_irreps(const field::RegularField& f);
field::RegularField to_regular(const field::RegularField& f);

}  // namespace coset::nn
