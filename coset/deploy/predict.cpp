#include "coset/deploy/predict.h"

#include <algorithm>
#include <charconv>

#include "coset/base/error.h"
#include "coset/data/structures.h"

namespace coset::deploy {

namespace {

std::string words(std::span<const double> values) {
  std::string text;
  char buffer[32];
  for (const double value : values) {
    if (!text.empty()) text += ' ';
    text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
  }
  return text;
}

io::XyzColumn column(const char* name, int width, std::span<const double> values) {
  return {name, 'R', width, {}, {values.begin(), values.end()}};
}

}  // namespace

void predict_frame(Potential& potential, io::XyzFrame& frame, const std::string& where) {
  data::Structures one;
  // What stands there already is replaced, so it need not be readable.
  io::XyzFrame bare = frame;
  std::erase_if(bare.columns, [](const auto& c) { return c.name == "forces" || c.name == "force"; });
  std::erase_if(bare.info, [](const auto& pair) { return pair.first != "Lattice" && pair.first != "pbc"; });
  data::append_frame(one, bare, where);
  StructureView view{one.positions, one.numbers, std::nullopt};
  const auto& periodic = one.periodic[0];
  if (periodic[0] || periodic[1] || periodic[2]) {
    view.cell.emplace();
    view.cell->periodic = periodic;
    for (std::size_t k = 0; k < 3; ++k) std::copy_n(one.cells[0].data() + 3 * k, 3, view.cell->vectors[k].begin());
  }
  Evaluation got;
  try {
    got = potential.evaluate(view);
  } catch (const Error& error) {
    fail(where, ": ", error.what());
  }
  frame.set("energy", words({&got.energy, 1}));
  if (got.stress) frame.set("stress", words(*got.stress));
  frame.set_column(column("energies", 1, got.energies));
  frame.set_column(column("forces", 3, got.forces));
}

}  // namespace coset::deploy
