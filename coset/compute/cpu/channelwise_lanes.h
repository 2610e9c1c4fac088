/// Partial vectors, and the table from degrees to unrolled code. Included once per instruction set (Highway), hence no
/// pragma once.

#include <algorithm>
#include <cstdint>

#include <hwy/highway.h>

#include "coset/compute/cpu/channelwise_pattern.h"

#if defined(COSET_COMPUTE_CHANNELWISE_LANES_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef COSET_COMPUTE_CHANNELWISE_LANES_H_
#undef COSET_COMPUTE_CHANNELWISE_LANES_H_
#else
#define COSET_COMPUTE_CHANNELWISE_LANES_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace coset::compute::HWY_NAMESPACE {
namespace {

/// The first `count` lanes from p, zeros elsewhere, without touching memory beyond them.
template <class D, class T = hwy::HWY_NAMESPACE::TFromD<D>>
HWY_INLINE hwy::HWY_NAMESPACE::Vec<D> load_first(D d, const T* p, std::int64_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  constexpr std::int64_t kLanes = hn::MaxLanes(D());
  if (count >= kLanes) return hn::LoadU(d, p);
  HWY_ALIGN T lanes[kLanes] = {};
  std::copy_n(p, count, lanes);
  return hn::Load(d, lanes);
}

template <class D, class V, class T = hwy::HWY_NAMESPACE::TFromD<D>>
HWY_INLINE void store_first(V v, D d, T* p, std::int64_t count) {
  namespace hn = hwy::HWY_NAMESPACE;
  constexpr std::int64_t kLanes = hn::MaxLanes(D());
  if (count >= kLanes) {
    hn::StoreU(v, d, p);
    return;
  }
  HWY_ALIGN T lanes[kLanes];
  hn::Store(v, d, lanes);
  std::copy_n(lanes, count, p);
}

}  // namespace
}  // namespace coset::compute::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif

#ifndef COSET_CHANNELWISE_DISPATCH

#define COSET_CHANNELWISE_CASE(function, l1, l2, l3)                  \
  case 16 * (l1) + 4 * (l2) + (l3):                                   \
    if constexpr (HWY_TARGET != HWY_SCALAR && unrolled(l1, l2, l3)) { \
      function<T, l1, l2, l3>(path, a);                               \
      return;                                                         \
    }                                                                 \
    break;
#define COSET_CHANNELWISE_CASES_2(function, l1, l2) \
  COSET_CHANNELWISE_CASE(function, l1, l2, 0)       \
  COSET_CHANNELWISE_CASE(function, l1, l2, 1)       \
  COSET_CHANNELWISE_CASE(function, l1, l2, 2)       \
  COSET_CHANNELWISE_CASE(function, l1, l2, 3)
#define COSET_CHANNELWISE_CASES_1(function, l1) \
  COSET_CHANNELWISE_CASES_2(function, l1, 0)    \
  COSET_CHANNELWISE_CASES_2(function, l1, 1)    \
  COSET_CHANNELWISE_CASES_2(function, l1, 2)    \
  COSET_CHANNELWISE_CASES_2(function, l1, 3)

/// Runs function<T, l1, l2, l3>(path, a) where it exists, generic<T>(path, a) elsewhere.
#define COSET_CHANNELWISE_DISPATCH(function, generic) \
  if (unrolled(path.l1, path.l2, path.l3)) {          \
    switch (16 * path.l1 + 4 * path.l2 + path.l3) {   \
      COSET_CHANNELWISE_CASES_1(function, 0)          \
      COSET_CHANNELWISE_CASES_1(function, 1)          \
      COSET_CHANNELWISE_CASES_1(function, 2)          \
      COSET_CHANNELWISE_CASES_1(function, 3)          \
      default:                                        \
        break;                                        \
    }                                                 \
  }                                                   \
  generic<T>(path, a);

#endif
