#include <algorithm>
#include <cmath>
#include <numeric>

#include "coset/deploy/predict.h"

namespace coset::deploy {

namespace {

using Matrix3 = std::array<std::array<double, 3>, 3>;

/// A structure of its own, to be changed.
struct Copy {
  std::vector<double> positions;
  std::vector<std::int32_t> numbers;
  std::optional<neighbour::Cell> cell;

  explicit Copy(const StructureView& s)
      : positions(s.positions.begin(), s.positions.end()), numbers(s.numbers.begin(), s.numbers.end()), cell(s.cell) {}
  StructureView view() const { return {positions, numbers, cell}; }

  void apply(const Matrix3& m) {
    const auto map = [&](double* x) {
      std::array<double, 3> y{};
      for (std::size_t a = 0; a < 3; ++a)
        for (std::size_t b = 0; b < 3; ++b) y[b] += x[a] * m[a][b];
      std::copy(y.begin(), y.end(), x);
    };
    for (std::size_t i = 0; i < numbers.size(); ++i) map(positions.data() + 3 * i);
    if (cell)
      for (auto& row : cell->vectors) map(row.data());
  }
};

constexpr Matrix3 kIdentity{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};

/// Rotation by `angle` about coordinate axis k.
Matrix3 rotation(std::size_t k, double angle) {
  Matrix3 m = kIdentity;
  const std::size_t a = (k + 1) % 3;
  const std::size_t b = (k + 2) % 3;
  m[a][a] = m[b][b] = std::cos(angle);
  m[a][b] = std::sin(angle);
  m[b][a] = -m[a][b];
  return m;
}

class Laws {
 public:
  Laws(Potential& potential, const StructureView& s) : potential_(potential), s_(s), at_(potential.evaluate(s)) {
    for (const double f : at_.forces) force_ = std::max(force_, std::abs(f));
    force_ = std::max(force_, 1e-3);
    energy_ = std::max(std::abs(at_.energy), 1e-3);
  }

  double transformed(const Matrix3& m) {
    Copy copy(s_);
    copy.apply(m);
    const Evaluation other = potential_.evaluate(copy.view());
    double worst = std::abs(other.energy - at_.energy) / energy_;
    for (std::size_t i = 0; i < s_.numbers.size(); ++i)
      for (std::size_t b = 0; b < 3; ++b) {
        double expected = 0.0;
        for (std::size_t a = 0; a < 3; ++a) expected += at_.forces[3 * i + a] * m[a][b];
        worst = std::max(worst, std::abs(expected - other.forces[3 * i + b]) / force_);
      }
    return worst;
  }

  double translation() {
    Copy copy(s_);
    for (std::size_t i = 0; i < s_.numbers.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c) {
        copy.positions[3 * i + c] += 0.31 * static_cast<double>(c + 1);
        if (!s_.cell) continue;
        const std::size_t k = i % 3;
        if (s_.cell->periodic[k]) copy.positions[3 * i + c] += (i % 2 == 0 ? 1.0 : -2.0) * s_.cell->vectors[k][c];
      }
    return difference(copy, [](std::size_t i) { return i; });
  }

  double permutation() {
    Copy copy(s_);
    const std::size_t n = s_.numbers.size();
    const auto place = [n](std::size_t i) { return n - 1 - i; };
    for (std::size_t i = 0; i < n; ++i) {
      copy.numbers[i] = s_.numbers[place(i)];
      std::copy_n(s_.positions.data() + 3 * place(i), 3, copy.positions.data() + 3 * i);
    }
    return difference(copy, place);
  }

  /// Some coordinates, spread over the structure.
  double forces() {
    constexpr double kStep = 1e-4;
    double worst = 0.0;
    const std::size_t count = s_.positions.size();
    for (std::size_t c = 0; c < count; c += std::max<std::size_t>(1, count / 6)) {
      Copy copy(s_);
      copy.positions[c] += kStep;
      const double up = potential_.evaluate(copy.view()).energy;
      copy.positions[c] -= 2 * kStep;
      const double down = potential_.evaluate(copy.view()).energy;
      worst = std::max(worst, std::abs((down - up) / (2 * kStep) - at_.forces[c]) / force_);
    }
    return worst;
  }

  double stress() {
    if (!s_.cell) return 0.0;
    constexpr double kStep = 1e-5;
    double worst = 0.0;
    double largest = 1e-3;
    for (const double v : at_.virial) largest = std::max(largest, std::abs(v));
    for (const auto& [a, b] : {std::pair<std::size_t, std::size_t>{0, 0}, {1, 2}}) {
      const auto energy = [&](double strain) {
        Matrix3 m = kIdentity;
        m[a][b] += 0.5 * strain;
        m[b][a] += 0.5 * strain;
        Copy copy(s_);
        copy.apply(m);
        return potential_.evaluate(copy.view()).energy;
      };
      const double slope = (energy(kStep) - energy(-kStep)) / (2 * kStep);
      worst = std::max(worst, std::abs(slope - at_.virial[3 * a + b]) / largest);
    }
    return worst;
  }

  double supercell() {
    if (!s_.cell || !s_.cell->periodic[0]) return 0.0;
    Copy copy(s_);
    const std::size_t n = s_.numbers.size();
    for (std::size_t i = 0; i < n; ++i) {
      copy.numbers.push_back(s_.numbers[i]);
      for (std::size_t c = 0; c < 3; ++c) copy.positions.push_back(s_.positions[3 * i + c] + s_.cell->vectors[0][c]);
    }
    for (double& x : copy.cell->vectors[0]) x *= 2.0;
    return std::abs(potential_.evaluate(copy.view()).energy - 2 * at_.energy) / (2 * energy_);
  }

 private:
  /// Atom i of `copy` is atom place(i) of the structure.
  template <class Place>
  double difference(const Copy& copy, Place&& place) {
    const Evaluation other = potential_.evaluate(copy.view());
    double worst = std::abs(other.energy - at_.energy) / energy_;
    for (std::size_t i = 0; i < s_.numbers.size(); ++i)
      for (std::size_t c = 0; c < 3; ++c)
        worst = std::max(worst, std::abs(other.forces[3 * i + c] - at_.forces[3 * place(i) + c]) / force_);
    return worst;
  }

  Potential& potential_;
  const StructureView& s_;
  Evaluation at_;
  double force_ = 0.0, energy_ = 0.0;
};

}  // namespace

LawErrors measure_laws(Potential& potential, const StructureView& structure) {
  LawErrors errors;
  if (structure.numbers.empty()) return errors;
  Laws laws(potential, structure);
  for (std::size_t k = 0; k < 3; ++k) errors.rotation = std::max(errors.rotation, laws.transformed(rotation(k, 0.7)));
  errors.reflection = laws.transformed({{{-1, 0, 0}, {0, -1, 0}, {0, 0, -1}}});
  errors.translation = laws.translation();
  errors.permutation = laws.permutation();
  errors.forces = laws.forces();
  errors.stress = laws.stress();
  errors.supercell = laws.supercell();
  return errors;
}

}  // namespace coset::deploy
