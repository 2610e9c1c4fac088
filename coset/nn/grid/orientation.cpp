#include "coset/nn/grid/orientation.h"

#include "coset/base/error.h"
#include "coset/ops/array.h"

namespace coset::nn {

using field::Field;
using field::FieldType;

Tensor align_orientations(const Field& f) {
  const auto& kind = f.type().single_block("nn::align_orientations");
  const auto& group = f.type().group();
  check(kind.rep.name == "regular" && group.space == 2 && group.action == group::cyclic_grid(group.size).action,
        "[nn::align_orientations] expected regular fields of C_N; received ", f.type());
  check(f.data().size(2) == 1 && f.data().size(3) == 1, "[nn::align_orientations] expected one pixel; received ",
        shape_text(f.data().sizes()));
  const std::int64_t n = group.size;
  const Tensor fibres = f.data().view({-1, kind.fields, n});
  const Tensor place = at::arange(n, at::kLong).view({1, 1, n}) + fibres.argmax(2, true);
  return fibres.gather(2, place.remainder(n)).flatten(1);
}

Field merge_orientations(const Field& f) {
  return {FieldType::trivial(field::shared_grid("c1", f.type().space()), f.type().channels()), f.data()};
}

Field restrict_group(const Field& f, field::GridPtr subgroup) {
  const auto& kind = f.type().single_block("nn::restrict_group");
  const auto& group = f.type().group();
  check(kind.rep.name == "regular" && subgroup->closed() && subgroup->space == group.space,
        "[nn::restrict_group] expected regular fields and a subgroup; received ", f.type(), " and ", subgroup->name);
  std::vector<std::int64_t> places;
  for (std::int64_t k = 0; k < subgroup->size; ++k) {
    places.push_back(group.find(subgroup->matrix(k)));
    check(places.back() != group::kOutside, "[nn::restrict_group] expected a subgroup of ", group.name, "; received ",
          subgroup->name);
  }
  // G is the disjoint union of right cosets K a; each is one regular field of K, k -> f(k a)
  std::vector<bool> taken(static_cast<std::size_t>(group.size));
  std::vector<std::int64_t> order;
  for (std::int64_t a = 0; a < group.size; ++a) {
    if (taken[static_cast<std::size_t>(a)]) continue;
    for (std::int64_t k : places) {
      order.push_back(group.multiply(k, a));
      taken[static_cast<std::size_t>(order.back())] = true;
    }
  }
  const Tensor moved = f.fibres().index_select(2, ops::index_tensor(order));
  const std::int64_t fields = kind.fields * (group.size / subgroup->size);
  return {FieldType::regular(std::move(subgroup), fields), moved.flatten(1, 2)};
}

}  // namespace coset::nn
