#include <cmath>

#include "coset/deploy/convert.h"
#include "coset/deploy/potential.h"
#include "coset/io/elements.h"

namespace coset::deploy {

void add_example(PotentialFile& file, const std::string& source) {
  Potential potential(file, source, {.precision = Precision::float64});
  const auto& species = potential.options().species;
  constexpr double kEdge = 4.4;
  constexpr double kRattle = 0.17;
  const std::array<std::array<double, 3>, 4> sites = {{{0, 0, 0}, {0, 0.5, 0.5}, {0.5, 0, 0.5}, {0.5, 0.5, 0}}};
  std::vector<double> positions;
  std::vector<std::int32_t> numbers;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c)
      positions.push_back(kEdge * sites[i][c] + kRattle * std::sin(static_cast<double>(3 * i + c + 1)));
    numbers.push_back(io::element_number(species[i % species.size()]));
  }
  neighbour::Cell cell;
  for (std::size_t c = 0; c < 3; ++c) cell.vectors[c][c] = kEdge;
  const Evaluation result = potential.evaluate({positions, numbers, cell});
  const std::vector<double> rows = {kEdge, 0, 0, 0, kEdge, 0, 0, 0, kEdge};
  file.example_input = {{"positions", io::Array::from(positions, {4, 3})},
                        {"numbers", io::Array::from(numbers, {4})},
                        {"cell", io::Array::from(rows, {3, 3})}};
  file.example_output = {{"energy", io::Array::from(std::vector<double>{result.energy}, {1})},
                         {"forces", io::Array::from(result.forces, {4, 3})}};
}

}  // namespace coset::deploy
