/// Equivariance of maps between fields on pixel and voxel grids, for every group element the grid carries exactly.
#pragma once

#include <functional>

#include "coset/base/worse.h"
#include "coset/field/field.h"
#include "coset/verify/equivariance.h"
#include "tests/laws/tolerance.h"

namespace coset::laws {

/// (2, channels, size, ...) standard normal numbers.
inline field::Field random_field(const field::FieldType& type, std::int64_t size, at::ScalarType dtype = at::kDouble) {
  std::vector<std::int64_t> shape{2, type.channels()};
  shape.insert(shape.end(), static_cast<std::size_t>(type.space()), size);
  return {type, at::randn(shape, dtype)};
}

/// Worst |layer(h f) - h layer(f)| / max(1, |h layer(f)|) over the elements h that map the lattice to itself.
inline double lattice_error(const std::function<field::Field(const field::Field&)>& layer, const field::Field& f) {
  const auto& grid = f.type().group();
  const auto y = layer(f);
  double worst = 0.0;
  for (std::int64_t h = 0; h < grid.size; ++h)
    if (grid.on_lattice(h))
      worst = worse(worst, verify::relative_error(layer(f.transform(h)).data(), y.transform(h).data()));
  return worst;
}

}  // namespace coset::laws
