#include "coset/data/structures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "coset/base/error.h"
#include "coset/io/elements.h"

namespace coset::data {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

double volume_of(const std::array<double, 9>& c) {
  return std::abs(c[0] * (c[4] * c[8] - c[5] * c[7]) - c[1] * (c[3] * c[8] - c[5] * c[6]) +
                  c[2] * (c[3] * c[7] - c[4] * c[6]));
}

/// One frame with its place in the file.
class FrameReader {
 public:
  FrameReader(const io::XyzFrame& frame, const std::string& where) : frame_(frame), where_(where) {}

  /// The first of `names` that the frame has.
  const io::XyzColumn* column(std::initializer_list<const char*> names, int width) const {
    for (const char* name : names)
      if (const io::XyzColumn* column = frame_.column(name)) {
        check(column->width == width, where_, ": expected ", width, " numbers an atom in column '", name,
              "'; received ", column->width);
        return column;
      }
    return nullptr;
  }

  std::vector<std::int32_t> numbers() const {
    std::vector<std::int32_t> numbers;
    if (const auto* species = column({"species", "symbols", "element"}, 1)) {
      check(species->type == 'S', where_, ": expected chemical symbols in column '", species->name, "'");
      for (const std::string& symbol : species->texts) {
        numbers.push_back(io::element_number(symbol));
        check(numbers.back() > 0, where_, ": '", symbol, "' is no chemical element");
      }
      return numbers;
    }
    const auto* z = column({"Z", "numbers"}, 1);
    check(z && !z->numbers.empty() == (frame_.atoms > 0), where_, ": expected a column 'species' or 'Z'");
    for (const double number : z->numbers) {
      check(number >= 1 && number <= io::kElements && number == std::floor(number), where_, ": ", number,
            " is no atomic number");
      numbers.push_back(static_cast<std::int32_t>(number));
    }
    return numbers;
  }

  /// `finite`: every number must be.
  std::vector<double> vectors(const io::XyzColumn& column) const {
    check(column.type == 'R' || column.type == 'I', where_, ": expected numbers in column '", column.name, "'");
    for (const double x : column.numbers)
      check(std::isfinite(x), where_, ": expected finite numbers in column '", column.name, "'; received ", x);
    return column.numbers;
  }

  std::optional<std::vector<double>> values(const std::string& key) const {
    const std::string* text = frame_.find(key);
    if (!text) return std::nullopt;
    const auto numbers = io::xyz_numbers(*text);
    check(numbers.has_value(), where_, ": expected numbers for '", key, "'; received '", *text, "'");
    for (const double x : *numbers) check(std::isfinite(x), where_, ": expected finite numbers for '", key, "'");
    return numbers;
  }

  double value(const std::string& key, double missing) const {
    const auto numbers = values(key);
    if (!numbers) return missing;
    check(numbers->size() == 1, where_, ": expected one number for '", key, "'; received ", numbers->size());
    return numbers->front();
  }

  /// A symmetric matrix of 6 or 9 numbers.
  std::optional<std::array<double, 9>> matrix(const std::string& key) const {
    const auto v = values(key);
    if (!v) return std::nullopt;
    check(v->size() == 6 || v->size() == 9, where_, ": expected 6 or 9 numbers for '", key, "'; received ", v->size());
    std::array<double, 9> m{};
    if (v->size() == 9)
      std::copy(v->begin(), v->end(), m.begin());
    else
      m = {(*v)[0], (*v)[5], (*v)[4], (*v)[5], (*v)[1], (*v)[3], (*v)[4], (*v)[3], (*v)[2]};
    return m;
  }

  std::array<double, 9> cell() const {
    const auto v = values("Lattice");
    if (!v) return {};
    check(v->size() == 9, where_, ": expected 9 numbers for 'Lattice'; received ", v->size());
    std::array<double, 9> cell{};
    std::copy(v->begin(), v->end(), cell.begin());
    return cell;
  }

  std::array<bool, 3> periodic() const {
    const std::string* text = frame_.find("pbc");
    const bool lattice = frame_.find("Lattice") != nullptr;
    if (!text) return {lattice, lattice, lattice};
    const auto flags = io::xyz_flags(*text);
    check(flags && (flags->size() == 1 || flags->size() == 3), where_,
          ": expected 'pbc' as three of T and F; received '", *text, "'");
    const std::array<bool, 3> pbc = flags->size() == 1 ? std::array<bool, 3>{(*flags)[0], (*flags)[0], (*flags)[0]}
                                                       : std::array<bool, 3>{(*flags)[0], (*flags)[1], (*flags)[2]};
    check(lattice || !(pbc[0] || pbc[1] || pbc[2]), where_, ": expected a 'Lattice' where 'pbc' is T");
    return pbc;
  }

  /// The key that holds a value: `given`, or the first of `usual` that is there.
  std::string key(const std::string& given, std::initializer_list<const char*> usual) const {
    if (!given.empty()) {
      check(frame_.find(given) || frame_.column(given), where_, ": expected '", given, "'");
      return given;
    }
    for (const char* name : usual)
      if (frame_.find(name)) return name;
    return "";
  }

 private:
  const io::XyzFrame& frame_;
  const std::string& where_;
};

std::array<double, 9> stress_of(const FrameReader& reader, const StructureKeys& keys, double volume) {
  std::array<double, 9> missing;
  missing.fill(kMissing);
  if (const std::string key = reader.key(keys.stress, {"REF_stress", "stress"}); !key.empty())
    return *reader.matrix(key);
  const std::string key = reader.key(keys.virial, {"REF_virial", "REF_virials", "virial", "virials"});
  if (key.empty() || volume == 0.0) return missing;
  std::array<double, 9> stress = *reader.matrix(key);
  for (double& component : stress) component = -component / volume;
  return stress;
}

}  // namespace

std::span<const std::int32_t> Structures::numbers_of(std::int64_t s) const {
  return {numbers.data() + start[s], static_cast<std::size_t>(atoms(s))};
}
std::span<const double> Structures::positions_of(std::int64_t s) const {
  return {positions.data() + 3 * start[s], static_cast<std::size_t>(3 * atoms(s))};
}
std::span<const double> Structures::forces_of(std::int64_t s) const {
  return {forces.data() + 3 * start[s], static_cast<std::size_t>(3 * atoms(s))};
}

void append_frame(Structures& structures, const io::XyzFrame& frame, const std::string& where,
                  const StructureKeys& keys) {
  const FrameReader reader(frame, where);
  const std::vector<std::int32_t> numbers = reader.numbers();
  const io::XyzColumn* positions = reader.column({"pos", "positions"}, 3);
  check(positions != nullptr, where, ": expected a column 'pos' of three numbers");
  const std::vector<double> coordinates = reader.vectors(*positions);
  const std::array<double, 9> cell = reader.cell();
  const std::array<bool, 3> periodic = reader.periodic();
  const double volume = volume_of(cell);
  check(!(periodic[0] && periodic[1] && periodic[2]) || volume > 1e-9, where,
        ": expected a periodic cell with a volume; received ", volume, " A^3");
  const io::XyzColumn* forces = keys.forces.empty() ? reader.column({"REF_forces", "forces", "force"}, 3)
                                                    : reader.column({keys.forces.c_str()}, 3);
  check(forces || keys.forces.empty(), where, ": expected a column '", keys.forces, "'");
  std::vector<double> pull(coordinates.size(), kMissing);
  if (forces) pull = reader.vectors(*forces);
  const std::string energy = reader.key(keys.energy, {"REF_energy", "energy"});
  const std::array<double, 9> stress = stress_of(reader, keys, volume);
  const double value = energy.empty() ? kMissing : reader.value(energy, kMissing);
  const double weight = reader.value(keys.weight, 1.0);

  structures.start.push_back(structures.start.back() + frame.atoms);
  structures.numbers.insert(structures.numbers.end(), numbers.begin(), numbers.end());
  structures.positions.insert(structures.positions.end(), coordinates.begin(), coordinates.end());
  structures.forces.insert(structures.forces.end(), pull.begin(), pull.end());
  structures.cells.push_back(cell);
  structures.periodic.push_back(periodic);
  structures.energies.push_back(value);
  structures.stresses.push_back(stress);
  structures.weights.push_back(weight);
}

Structures read_structures(const std::string& path, const StructureKeys& keys) {
  Structures structures;
  std::int64_t frame_number = 0;
  for (const io::XyzFrame& frame : io::read_extended_xyz(path))
    append_frame(structures, frame, path + ": frame " + std::to_string(++frame_number), keys);
  return structures;
}

}  // namespace coset::data
