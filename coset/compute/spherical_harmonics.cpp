#include "coset/compute/spherical_harmonics.h"

#include "coset/compute/spherical_harmonics_reference.h"

namespace coset::compute {

template <class T>
void spherical_harmonics(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y) {
  count_kernel(Kernel::harmonics_reference);
  reference::spherical_harmonics(options, n, x, y);
}

template <class T>
void spherical_harmonics_gradient(const HarmonicsOptions& options, std::int64_t n, const T* x, T* y, T* dy) {
  count_kernel(Kernel::harmonics_reference);
  reference::spherical_harmonics_gradient(options, n, x, y, dy);
}

template <class T>
void spherical_harmonics_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, T* gx) {
  count_kernel(Kernel::harmonics_reference);
  reference::spherical_harmonics_vjp(options, n, x, g, gx);
}

template <class T>
void spherical_harmonics_vjp_vjp(const HarmonicsOptions& options, std::int64_t n, const T* x, const T* g, const T* h,
                                 T* dg, T* dx) {
  count_kernel(Kernel::harmonics_reference);
  reference::spherical_harmonics_vjp_vjp(options, n, x, g, h, dg, dx);
}

#define COSET_INSTANTIATE(T)                                                                                        \
  template void spherical_harmonics<T>(const HarmonicsOptions&, std::int64_t, const T*, T*);                        \
  template void spherical_harmonics_gradient<T>(const HarmonicsOptions&, std::int64_t, const T*, T*, T*);           \
  template void spherical_harmonics_vjp<T>(const HarmonicsOptions&, std::int64_t, const T*, const T*, T*);          \
  template void spherical_harmonics_vjp_vjp<T>(const HarmonicsOptions&, std::int64_t, const T*, const T*, const T*, \
                                               T*, T*);
COSET_INSTANTIATE(float)
COSET_INSTANTIATE(double)
#undef COSET_INSTANTIATE

}  // namespace coset::compute
