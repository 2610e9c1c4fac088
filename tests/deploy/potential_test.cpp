// Laws that every potential obeys, on small random networks of each kind.
#include "coset/deploy/potential.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <numeric>

#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "tests/deploy/small_model.h"
#include "tests/laws/tolerance.h"

namespace coset::deploy {
namespace {

struct Structure {
  std::vector<double> positions;
  std::vector<std::int32_t> numbers;
  std::optional<neighbour::Cell> cell;

  StructureView view() const { return {positions, numbers, cell}; }
};

/// Six atoms in a triclinic cell smaller than the cutoff along one direction.
Structure crystal() {
  Structure s;
  NumpyRandom random(11);
  s.cell = neighbour::Cell{{{{2.8, 0.1, 0.0}, {0.5, 4.6, -0.3}, {-0.4, 0.7, 5.1}}}, {true, true, true}};
  for (int i = 0; i < 6; ++i) {
    s.numbers.push_back(i % 3 == 0 ? 8 : 1);
    const double at[3] = {0.5 * (i % 2) + 0.05 * random.normal(), (i % 3) / 3.0, i / 6.0 + 0.02 * random.normal()};
    for (std::size_t c = 0; c < 3; ++c) {
      double x = 0.0;
      for (std::size_t k = 0; k < 3; ++k) x += at[k] * s.cell->vectors[k][c];
      s.positions.push_back(x);
    }
  }
  return s;
}

Structure molecule() {
  Structure s = crystal();
  s.cell.reset();
  return s;
}

using Matrix3 = std::array<std::array<double, 3>, 3>;

/// r -> r m, the cell's rows likewise.
Structure transformed(Structure s, const Matrix3& m) {
  const auto map = [&](double* x) {
    std::array<double, 3> y{};
    for (std::size_t a = 0; a < 3; ++a)
      for (std::size_t b = 0; b < 3; ++b) y[b] += x[a] * m[a][b];
    std::copy(y.begin(), y.end(), x);
  };
  for (std::size_t i = 0; i < s.numbers.size(); ++i) map(s.positions.data() + 3 * i);
  if (s.cell)
    for (auto& row : s.cell->vectors) map(row.data());
  return s;
}

/// A rotation about (1, 2, 3), times `sign`.
Matrix3 rotation(double sign) {
  const double n = std::sqrt(14.0);
  const double axis[3] = {1 / n, 2 / n, 3 / n};
  const double c = std::cos(0.9);
  const double s = std::sin(0.9);
  Matrix3 m{};
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) m[a][b] += (1 - c) * axis[a] * axis[b];
    m[a][a] += c;
    m[a][(a + 1) % 3] += s * axis[(a + 2) % 3];
    m[(a + 1) % 3][a] -= s * axis[(a + 2) % 3];
  }
  for (auto& row : m)
    for (double& x : row) x *= sign;
  return m;
}

std::size_t reversed_place(std::size_t i, std::size_t n) {
  return n - 1 - i;
}

class PotentialLaws : public testing::TestWithParam<SmallModelOptions> {
 protected:
  Potential potential_{small_model(GetParam()), "small", {.precision = Precision::float64}};
};

TEST_P(PotentialLaws, ForcesAreTheSlopeOfTheEnergy) {
  for (const Structure& s : {crystal(), molecule()}) {
    const Evaluation at = potential_.evaluate(s.view());
    for (std::size_t c = 0; c < s.positions.size(); ++c) {
      constexpr double kStep = 1e-5;
      Structure moved = s;
      moved.positions[c] += kStep;
      const double up = potential_.evaluate(moved.view()).energy;
      moved.positions[c] -= 2 * kStep;
      const double down = potential_.evaluate(moved.view()).energy;
      EXPECT_NEAR((down - up) / (2 * kStep), at.forces[c], 1e-7 * std::max(1.0, std::abs(at.forces[c])));
    }
  }
}

TEST_P(PotentialLaws, StressIsTheSlopeUnderStrain) {
  const Structure s = crystal();
  const Evaluation at = potential_.evaluate(s.view());
  ASSERT_TRUE(at.stress.has_value());
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = a; b < 3; ++b) {
      constexpr double kStep = 1e-5;
      const auto energy = [&](double strain) {
        Matrix3 m{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
        m[a][b] += 0.5 * strain;
        m[b][a] += 0.5 * strain;
        return potential_.evaluate(transformed(s, m).view()).energy;
      };
      const double slope = (energy(kStep) - energy(-kStep)) / (2 * kStep);
      EXPECT_NEAR(slope, at.virial[3 * a + b], 1e-7 * std::max(1.0, std::abs(slope)));
      EXPECT_NEAR(at.virial[3 * a + b], at.virial[3 * b + a], laws::kEquivariance64 * std::max(1.0, std::abs(slope)));
    }
}

TEST_P(PotentialLaws, PartsSumToTheWhole) {
  const Evaluation at = potential_.evaluate(crystal().view());
  EXPECT_NEAR(std::accumulate(at.energies.begin(), at.energies.end(), 0.0), at.energy, laws::kAlgebra);
  for (std::size_t c = 0; c < 9; ++c) {
    double sum = 0.0;
    for (std::size_t i = 0; i < at.energies.size(); ++i) sum += at.atom_virials[9 * i + c];
    EXPECT_NEAR(sum, at.virial[c], laws::kEquivariance64);
  }
}

TEST_P(PotentialLaws, RotationsAndReflections) {
  // Without parity the networks still see only rotations; a reflection is their negative control.
  for (const double sign : {1.0, -1.0}) {
    const Matrix3 m = rotation(sign);
    const Structure s = crystal();
    const Evaluation at = potential_.evaluate(s.view());
    const Evaluation turned = potential_.evaluate(transformed(s, m).view());
    double worst = std::abs(at.energy - turned.energy);
    for (std::size_t i = 0; i < s.numbers.size(); ++i)
      for (std::size_t b = 0; b < 3; ++b) {
        double expected = 0.0;
        for (std::size_t a = 0; a < 3; ++a) expected += at.forces[3 * i + a] * m[a][b];
        worst = std::max(worst, std::abs(expected - turned.forces[3 * i + b]));
      }
    if (sign > 0 || GetParam().parity)
      EXPECT_LT(worst, 1e-10);
    else
      EXPECT_GT(worst, 1e-10 * laws::kControlFactor);
  }
}

TEST_P(PotentialLaws, TranslationsImagesAndPermutations) {
  const Structure s = crystal();
  const Evaluation at = potential_.evaluate(s.view());
  Structure other;
  other.cell = s.cell;
  const auto n = s.numbers.size();
  for (std::size_t i = 0; i < n; ++i) {
    const std::size_t from = reversed_place(i, n);
    other.numbers.push_back(s.numbers[from]);
    for (std::size_t c = 0; c < 3; ++c) {
      const double image = static_cast<double>(i) * s.cell->vectors[1][c] - 2.0 * s.cell->vectors[2][c];
      other.positions.push_back(s.positions[3 * from + c] + image + 0.37);
    }
  }
  const Evaluation moved = potential_.evaluate(other.view());
  EXPECT_NEAR(moved.energy, at.energy, 1e-10);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(moved.forces[3 * i + c], at.forces[3 * reversed_place(i, n) + c], 1e-10);
}

TEST_P(PotentialLaws, SupercellsAreExtensive) {
  const Structure s = crystal();
  const Evaluation at = potential_.evaluate(s.view());
  Structure super;
  super.cell = s.cell;
  for (auto& row : super.cell->vectors)
    for (double& x : row) x *= 2.0;
  for (int image = 0; image < 8; ++image)
    for (std::size_t i = 0; i < s.numbers.size(); ++i) {
      super.numbers.push_back(s.numbers[i]);
      for (std::size_t c = 0; c < 3; ++c)
        super.positions.push_back(s.positions[3 * i + c] + (image & 1) * s.cell->vectors[0][c] +
                                  (image >> 1 & 1) * s.cell->vectors[1][c] + (image >> 2) * s.cell->vectors[2][c]);
    }
  const Evaluation eight = potential_.evaluate(super.view());
  EXPECT_NEAR(eight.energy, 8 * at.energy, 1e-9);
  for (std::size_t c = 0; c < 9; ++c) EXPECT_NEAR((*eight.stress)[c], (*at.stress)[c], 1e-10);
}

TEST_P(PotentialLaws, SmoothThroughTheCutoff) {
  const double cutoff = potential_.options().cutoff;
  const auto pair = [&](double distance) {
    const Structure s{{0, 0, 0, distance, 0, 0}, {8, 1}, std::nullopt};
    return potential_.evaluate(s.view());
  };
  const Evaluation inside = pair(cutoff - 1e-5);
  const Evaluation outside = pair(cutoff + 1e-5);
  EXPECT_NEAR(inside.energy, outside.energy, 1e-9);
  EXPECT_NEAR(inside.forces[0], 0.0, 1e-3);
  EXPECT_EQ(outside.forces[0], 0.0);
  EXPECT_EQ(outside.edges, 0);
}

TEST_P(PotentialLaws, SameBitsAtAnyNumberOfThreads) {
  for (const Precision precision : {Precision::mixed, Precision::float64}) {
    Potential potential(small_model(GetParam()), "small", {.precision = precision});
    const Structure s = crystal();
    compute::set_num_threads(1);
    const Evaluation one = potential.evaluate(s.view());
    compute::set_num_threads(3);
    const Evaluation three = potential.evaluate(s.view());
    compute::set_num_threads(0);
    EXPECT_EQ(one.energy, three.energy);
    EXPECT_EQ(one.forces, three.forces);
    EXPECT_EQ(one.virial, three.virial);
  }
}

TEST_P(PotentialLaws, MixedPrecisionIsClose) {
  Potential mixed(small_model(GetParam()), "small", {.precision = Precision::mixed});
  const Evaluation exact = potential_.evaluate(crystal().view());
  const Evaluation rough = mixed.evaluate(crystal().view());
  EXPECT_LT(laws::distance(rough.energies, exact.energies), laws::kFused32);
  EXPECT_LT(laws::distance(rough.forces, exact.forces), 10 * laws::kFused32);
}

TEST_P(PotentialLaws, NoAtomsAndNoEdgesAreValid) {
  const Evaluation none = potential_.evaluate(Structure{}.view());
  EXPECT_EQ(none.energy, 0.0);
  const Evaluation alone = potential_.evaluate(Structure{{1, 2, 3}, {8}, std::nullopt}.view());
  EXPECT_TRUE(std::isfinite(alone.energy));
  EXPECT_EQ(alone.forces, std::vector<double>(3, 0.0));
}

TEST(PotentialFiles, OpenOnlyWhenTheStoredExampleComesOut) {
  const SmallModelFile good;
  EXPECT_EQ(Potential::open(good.path()).options().species, (std::vector<std::string>{"H", "O"}));
  const std::string other = good.path() + ".other";
  const auto refused = [&](const std::function<void(PotentialFile&)>& change) -> std::string {
    PotentialFile file = read_potential_file(good.path());
    change(file);
    write_potential_file(other, file);
    std::string text;
    try {
      Potential::open(other);
    } catch (const Error& error) {
      text = error.what();
    }
    std::filesystem::remove(other);
    return text;
  };
  const auto contains = [](const std::string& text, const char* part) { return text.find(part) != std::string::npos; };
  EXPECT_EQ(refused([](PotentialFile&) {}), "");
  EXPECT_TRUE(contains(refused([](PotentialFile& f) {
                         std::vector<double> shift = f.weights.at("shift").as_doubles();
                         shift[0] += 1.0;
                         f.weights["shift"] = io::Array::from(shift, {2});
                       }),
                       "not reproduced"));
  EXPECT_TRUE(contains(refused([](PotentialFile& f) { f.weights.erase("readout.0"); }), "readout"));
  EXPECT_TRUE(contains(refused([](PotentialFile& f) { f.weights["extra"] = f.weights["shift"]; }), "'extra'"));
  EXPECT_TRUE(contains(refused([](PotentialFile& f) { f.architecture = "segnn"; }), "'segnn'"));
  EXPECT_TRUE(contains(refused([](PotentialFile& f) { f.example_input.clear(); }), "stored example"));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, PotentialLaws,
    testing::Values(SmallModelOptions{},
                    SmallModelOptions{.parity = false, .layer_norm = false, .envelope = Envelope::xplor},
                    SmallModelOptions{.layer_norm = false, .self_connection = SelfConnection::species},
                    SmallModelOptions{.layer_norm = false, .self_connection = SelfConnection::none}));

}  // namespace
}  // namespace coset::deploy
