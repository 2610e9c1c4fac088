#include "coset/group/subgroup.h"

#include <algorithm>
#include <cmath>

namespace coset::group {
namespace {

constexpr double kSame = 1e-9;

bool holds(std::span<const std::int64_t> places, std::int64_t place) {
  return std::ranges::find(places, place) != places.end();
}

std::vector<double> image(const GroupGrid& group, std::int64_t g, std::span<const double> point) {
  const auto m = group.matrix(g);
  const auto d = static_cast<std::size_t>(group.space);
  std::vector<double> result(d);
  for (std::size_t i = 0; i < d; ++i)
    for (std::size_t k = 0; k < d; ++k) result[i] += m[i * d + k] * point[k];
  return result;
}

bool same(std::span<const double> a, std::span<const double> b) {
  return std::ranges::equal(a, b, [](double x, double y) { return std::abs(x - y) < kSame; });
}

void check_point(const GroupGrid& group, std::span<const double> point, const char* function) {
  check(static_cast<int>(point.size()) == group.space, "[group::", function, "] expected a point of R^", group.space,
        "; received ", point.size(), " coordinates");
}

}  // namespace

Subgroup generated_subgroup(const GroupGrid& group, std::span<const std::int64_t> generators) {
  check(group.closed(), "[group::generated_subgroup] expected a finite group; received the grid ", group.name);
  Subgroup found{group.identity()};
  for (std::size_t i = 0; i < found.size(); ++i)
    for (std::int64_t generator : generators) {
      const std::int64_t next = group.multiply(generator, found[i]);
      if (!holds(found, next)) found.push_back(next);
    }
  std::ranges::sort(found);
  return found;
}

bool is_subgroup(const GroupGrid& group, std::span<const std::int64_t> places) {
  if (places.empty()) return false;
  for (std::int64_t a : places)
    for (std::int64_t b : places) {
      const std::int64_t inverse = group.inverse[static_cast<std::size_t>(a)];
      if (inverse == kOutside || !holds(places, group.multiply(inverse, b))) return false;
    }
  return true;
}

bool is_normal(const GroupGrid& group, const Subgroup& subgroup) {
  for (std::int64_t g = 0; g < group.size; ++g)
    for (std::int64_t n : subgroup) {
      const std::int64_t conjugate = group.multiply(group.multiply(g, n), group.inverse[static_cast<std::size_t>(g)]);
      if (!holds(subgroup, conjugate)) return false;
    }
  return true;
}

Subgroup stabiliser(const GroupGrid& group, std::span<const double> point) {
  check_point(group, point, "stabiliser");
  Subgroup result;
  for (std::int64_t g = 0; g < group.size; ++g)
    if (same(image(group, g, point), point)) result.push_back(g);
  return result;
}

std::vector<double> orbit(const GroupGrid& group, std::span<const double> point) {
  check_point(group, point, "orbit");
  std::vector<std::vector<double>> found;
  for (std::int64_t g = 0; g < group.size; ++g) {
    auto reached = image(group, g, point);
    if (std::ranges::none_of(found, [&](const auto& other) { return same(other, reached); }))
      found.push_back(std::move(reached));
  }
  std::vector<double> flat;
  for (const auto& reached : found) flat.insert(flat.end(), reached.begin(), reached.end());
  return flat;
}

CosetSpace left_cosets(const GroupGrid& group, const Subgroup& subgroup) {
  check(group.closed() && is_subgroup(group, subgroup),
        "[group::left_cosets] expected a subgroup of a finite group; received ", subgroup.size(), " elements of ",
        group.name, " that are not closed under product");
  const std::int64_t identity = group.identity();
  CosetSpace space;
  space.coset_of.assign(static_cast<std::size_t>(group.size), kOutside);
  const auto add = [&](std::int64_t a) {
    space.representative.push_back(a);
    for (std::int64_t h : subgroup) space.coset_of[static_cast<std::size_t>(group.multiply(a, h))] = space.size;
    ++space.size;
  };
  add(identity);
  for (std::int64_t a = 0; a < group.size; ++a)
    if (space.coset_of[static_cast<std::size_t>(a)] == kOutside) add(a);
  for (std::int64_t g = 0; g < group.size; ++g)
    for (std::int64_t a : space.representative)
      space.action.push_back(space.coset_of[static_cast<std::size_t>(group.multiply(g, a))]);
  return space;
}

Subgroup stabiliser(const GroupGrid& group, const CosetSpace& space, std::int64_t coset) {
  check(coset >= 0 && coset < space.size, "[group::stabiliser] expected a coset from 0 to ", space.size - 1,
        "; received ", coset);
  Subgroup result;
  for (std::int64_t g = 0; g < group.size; ++g)
    if (space.act(g, coset) == coset) result.push_back(g);
  return result;
}

std::vector<std::int64_t> quotient_product(const GroupGrid& group, const Subgroup& normal) {
  const CosetSpace space = left_cosets(group, normal);
  check(is_normal(group, normal), "[group::quotient_product] expected a normal subgroup; received one of order ",
        normal.size(), " in ", group.name, " that is not");
  std::vector<std::int64_t> product;
  for (std::int64_t a : space.representative)
    for (std::int64_t b : space.representative)
      product.push_back(space.coset_of[static_cast<std::size_t>(group.multiply(a, b))]);
  return product;
}

}  // namespace coset::group
