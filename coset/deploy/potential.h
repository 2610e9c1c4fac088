/// An interatomic potential from a model file: structures in, energies and their derivatives out. Units eV, angstrom.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coset/deploy/executor.h"
#include "coset/deploy/potential_file.h"
#include "coset/neighbour/neighbours.h"

namespace coset::deploy {

enum class Precision {
  mixed,    ///< float32, sums of energies and forces in double
  float64,  ///< everything in double
};

struct PotentialSettings {
  Precision precision = Precision::mixed;
  /// Radial networks become tables where that changes their weights and slopes by at most this, relative to the
  /// largest at any distance; measured while opening, which then takes some 20 ms a layer. 0: exact. Ignored with
  /// Precision::float64.
  double radial_tolerance = 0.0;
};

/// Atoms, not owned. Coordinates may lie outside the cell.
struct StructureView {
  std::span<const double> positions;      ///< (n, 3)
  std::span<const std::int32_t> numbers;  ///< (n) atomic numbers
  std::optional<neighbour::Cell> cell;
};

struct Evaluation {
  double energy = 0.0;
  std::vector<double> energies;                 ///< (n)
  std::vector<double> forces;                   ///< (n, 3)
  std::array<double, 9> virial{};               ///< dE/d strain, row-major
  std::vector<double> atom_virials;             ///< (n, 9), their sum is the virial
  std::optional<std::array<double, 9>> stress;  ///< virial / volume, where the cell is periodic in three directions
  std::int64_t edges = 0;
};

/// One object serves one thread at a time; copies of it are cheap to make with `clone` and share the weights.
class Potential {
 public:
  /// Opens, plans and replays the stored example. @throws coset::Error "PATH: ..." on a file that is no potential, or
  /// whose example comes out otherwise
  static Potential open(const std::string& path, const PotentialSettings& settings = {});
  Potential(const PotentialFile& file, const std::string& source, const PotentialSettings& settings = {});
  ~Potential();
  Potential(Potential&&) noexcept;
  Potential& operator=(Potential&&) noexcept;
  Potential clone() const;

  const NetworkOptions& options() const;
  const std::string& labels() const;  ///< JSON: origin, licence
  Precision precision() const;
  /// Measured error of the radial tables; 0 where radial networks run exactly.
  double radial_error() const;
  /// Index of an element in the model. @throws coset::Error naming the element and those that the model knows
  std::int32_t species(int atomic_number) const;

  /// @throws coset::Error on sizes that disagree, positions that are not finite, an element unknown to the model, a
  /// periodic cell without volume, or two atoms at one place
  Evaluation evaluate(const StructureView& structure);

  /// Numbers of the widest row that a host exchanges between layers.
  std::int64_t widest_message() const;
  /// The executor of the model's precision, for hosts that make their own graphs; the other is null.
  Executor<float>* executor32();
  Executor<double>* executor64();

 private:
  struct State;
  explicit Potential(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The determinant of the cell's vectors without its sign.
double volume(const neighbour::Cell& cell);

}  // namespace coset::deploy
