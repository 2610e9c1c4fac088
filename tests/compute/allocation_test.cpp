/// "Without allocation per call": every operator new of this program is counted. Not under AddressSanitizer, which has
/// its own.
#ifndef __SANITIZE_ADDRESS__

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <vector>

#include "coset/compute/parallel.h"
#include "coset/compute/spherical_harmonics.h"
#include "coset/compute/tensor_product.h"
#include "coset/compute/tensor_product_conv.h"
#include "tests/compute/graphs.h"
#include "tests/compute/numeric.h"
#include "tests/compute/plans.h"

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  void* const place = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (place == nullptr) throw std::bad_alloc();
  return place;
}

}  // namespace

void* operator new(std::size_t bytes) {
  return counted(bytes, alignof(std::max_align_t));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* place) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}
void operator delete(void* place, std::align_val_t) noexcept {
  std::free(place);
}
void operator delete(void* place, std::size_t, std::align_val_t) noexcept {
  std::free(place);
}

namespace coset::compute {
namespace {

using rep::Irreps;
using tests::random_values;

/// Allocations of a call on one thread and on three, once every thread has had its share: which one takes a block is
/// chance, and the first block on a thread makes its stack.
void expect_none(const char* what, const std::function<void()>& call) {
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    long least = std::numeric_limits<long>::max();
    for (int repetition = 0; repetition < 20; ++repetition) {
      const long before = allocations;
      call();
      least = std::min<long>(least, allocations - before);
    }
    EXPECT_EQ(least, 0) << what << " on " << threads << " threads";
  }
  set_num_threads(0);
}

/// Values, gradients and second order of a trilinear product into arrays that exist.
template <class Product, class Where>
std::function<void()> all_orders(const Product& product, const Where& where, std::int64_t rows_x, std::int64_t rows,
                                 std::int64_t rows_w, std::int64_t rows_z) {
  struct Arrays {
    std::vector<float> x, y, w, gz, z, gx, gy, gw, ggz, dx, dy, dw;
  };
  const auto& plan = product.plan();
  auto a = std::make_shared<Arrays>();
  a->x = a->gx = a->dx = random_values<float>(rows_x * plan.in1.dim(), 1);
  a->y = a->gy = a->dy = random_values<float>(rows * plan.in2.dim(), 2);
  a->w = a->gw = a->dw = random_values<float>(rows_w * plan.weight_numel, 3);
  a->gz = a->z = a->ggz = random_values<float>(rows_z * plan.out.dim(), 4);
  return [&product, where, a] {
    const Operands<float> in{a->x.data(), a->y.data(), a->w.data()};
    product.template forward<float>(where, in, a->z.data());
    product.template backward<float>(where, in, a->gz.data(), {a->gx.data(), a->gy.data(), a->gw.data()});
    product.template second<float>(where, {in, a->gz.data(), in}, a->ggz.data(),
                                   {a->dx.data(), a->dy.data(), a->dw.data()});
  };
}

TEST(Allocation, KernelsAllocateNothingOnceWarm) {
  const long before = allocations;
  const std::vector<int> one(1);
  if (allocations == before) GTEST_SKIP() << "operator new is somebody else's: valgrind's";
  EXPECT_EQ(allocations - before, 1) << "the control: what is counted";
  const auto points = random_values<float>(3 * 1000, 1);
  std::vector<float> y(16 * 1000), gx(points.size());
  expect_none("harmonics", [&] {
    spherical_harmonics<float>({.lmax = 3}, 1000, points.data(), y.data());
    spherical_harmonics_vjp<float>({.lmax = 3}, 1000, points.data(), y.data(), gx.data());
  });
  const TensorProductConv conv(tests::convolution_plan(Irreps("19x0e+19x1o+19x2e"), 2, 2));
  const tests::RandomGraph graph(200, 3000, 5);
  expect_none("convolution", all_orders(conv, graph.index(), 200, 3000, 3000, 200));
  const TensorProduct product(
      rep::fully_connected_tensor_product(Irreps("32x0e+32x1o"), Irreps("0e+1o"), Irreps("32x0e+32x1o")));
  expect_none("product", all_orders(product, TensorProductRows{500, true}, 500, 500, 1, 500));
}

}  // namespace
}  // namespace coset::compute

#endif  // __SANITIZE_ADDRESS__
