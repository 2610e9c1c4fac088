#include "coset/compute/filter_expansion.h"

namespace coset::compute::reference {

template <class T>
void expand_filters(const ExpansionShape& s, const ExpansionFactors& factors, const FieldCounts& fields,
                    const T* weight, T* bank) {
  const auto [fibre, spatial] = factors;
  const auto [out_fields, in_fields] = fields;
  for (std::int64_t o = 0; o < out_fields; ++o)
    for (std::int64_t r = 0; r < s.n_out; ++r)
      for (std::int64_t i = 0; i < in_fields; ++i)
        for (std::int64_t q = 0; q < s.n_in; ++q)
          for (std::int64_t p = 0; p < s.taps; ++p) {
            double sum = 0.0;
            for (std::int64_t b = 0; b < s.fibre_basis; ++b)
              for (std::int64_t c = 0; c < s.spatial_basis; ++c)
                sum += fibre[(r * s.n_in + q) * s.fibre_basis + b] * spatial[(r * s.taps + p) * s.spatial_basis + c] *
                       static_cast<double>(weight[((o * in_fields + i) * s.fibre_basis + b) * s.spatial_basis + c]);
            *bank++ = static_cast<T>(sum);
          }
}

template <class T>
void expand_filters_adjoint(const ExpansionShape& s, const ExpansionFactors& factors, const FieldCounts& fields,
                            const T* bank_gradient, T* weight_gradient) {
  const auto [fibre, spatial] = factors;
  const auto [out_fields, in_fields] = fields;
  for (std::int64_t o = 0; o < out_fields; ++o)
    for (std::int64_t i = 0; i < in_fields; ++i)
      for (std::int64_t b = 0; b < s.fibre_basis; ++b)
        for (std::int64_t c = 0; c < s.spatial_basis; ++c) {
          double sum = 0.0;
          for (std::int64_t r = 0; r < s.n_out; ++r)
            for (std::int64_t q = 0; q < s.n_in; ++q)
              for (std::int64_t p = 0; p < s.taps; ++p)
                sum +=
                    fibre[(r * s.n_in + q) * s.fibre_basis + b] * spatial[(r * s.taps + p) * s.spatial_basis + c] *
                    static_cast<double>(bank_gradient[(((o * s.n_out + r) * in_fields + i) * s.n_in + q) * s.taps + p]);
          *weight_gradient++ = static_cast<T>(sum);
        }
}

#define COSET_INSTANTIATE(T)                                                                                         \
  template void expand_filters<T>(const ExpansionShape&, const ExpansionFactors&, const FieldCounts&, const T*, T*); \
  template void expand_filters_adjoint<T>(const ExpansionShape&, const ExpansionFactors&, const FieldCounts&,        \
                                          const T*, T*);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute::reference
