#include "coset/deploy/potential.h"

#include <algorithm>
#include <cmath>

#include "coset/base/error.h"
#include "coset/io/elements.h"

namespace coset::deploy {

struct Potential::State {
  NetworkOptions options;
  std::string labels;
  Precision precision = Precision::mixed;
  std::shared_ptr<const Network<float>> network32;
  std::shared_ptr<const Network<double>> network64;
  std::optional<Executor<float>> executor32;
  std::optional<Executor<double>> executor64;
  std::array<std::int32_t, io::kElements + 1> species_of{};  ///< by atomic number; -1 where the model has none

  void start() {
    if (network32) executor32.emplace(network32);
    if (network64) executor64.emplace(network64);
  }
  GraphResults run(const DirectedGraph& graph) {
    return executor64 ? executor64->evaluate(graph) : executor32->evaluate(graph);
  }
};

double volume(const neighbour::Cell& cell) {
  const auto& v = cell.vectors;
  return std::abs(neighbour::dot(v[0], neighbour::cross(v[1], v[2])));
}

namespace {

/// The stored call again: a file whose weights, conventions or arithmetic no longer give the stored answer is refused.
void replay_example(Potential& potential, const PotentialFile& file, const std::string& path) {
  const auto input = [&](const char* name) -> const io::Array& {
    const auto found = file.example_input.find(name);
    check(found != file.example_input.end(), path, ": not a potential: no stored example with '", name, "'");
    return found->second;
  };
  const std::vector<double> positions = input("positions").as_doubles();
  const std::vector<std::int32_t> numbers = input("numbers").as<std::int32_t>();
  const std::vector<double> rows = input("cell").as_doubles();
  check(rows.size() == 9 && file.example_output.count("energy") > 0, path, ": not a potential: no stored example");
  neighbour::Cell cell;
  for (std::size_t k = 0; k < 3; ++k) std::copy_n(rows.data() + 3 * k, 3, cell.vectors[k].begin());
  const double expected = file.example_output.at("energy").as_doubles().at(0);
  const double got = potential.evaluate({positions, numbers, cell}).energy;
  const double tolerance = potential.precision() == Precision::float64 ? 1e-10 : 1e-4;
  const double off = std::abs(got - expected) / std::max(1.0, std::abs(expected));
  check(off <= tolerance, path, ": the stored example is not reproduced: its energy is off by ", off, ", allowed ",
        tolerance);
}

}  // namespace

Potential Potential::open(const std::string& path, const PotentialSettings& settings) {
  const PotentialFile file = read_potential_file(path);
  Potential potential(file, path, settings);
  replay_example(potential, file, path);
  return potential;
}

Potential::Potential(const PotentialFile& file, const std::string& source, const PotentialSettings& settings)
    : state_(std::make_unique<State>()) {
  check(file.architecture == kArchitecture, source, ": expected a potential (architecture '", kArchitecture,
        "'); received '", file.architecture, "'");
  State& s = *state_;
  s.options = parse_network_options(file.options, source);
  s.labels = file.labels;
  s.precision = settings.precision;
  s.species_of.fill(-1);
  for (std::size_t i = 0; i < s.options.species.size(); ++i) {
    const int number = io::element_number(s.options.species[i]);
    check(number > 0, source, ": '", s.options.species[i], "' is no chemical element");
    s.species_of[static_cast<std::size_t>(number)] = static_cast<std::int32_t>(i);
  }
  if (settings.precision == Precision::float64)
    s.network64 = make_network<double>(s.options, file.weights, source);
  else
    s.network32 = make_network<float>(s.options, file.weights, source, {settings.radial_tolerance});
  s.start();
}

Potential::Potential(std::unique_ptr<State> state) : state_(std::move(state)) {}
Potential::~Potential() = default;
Potential::Potential(Potential&&) noexcept = default;
Potential& Potential::operator=(Potential&&) noexcept = default;

Potential Potential::clone() const {
  auto copy = std::make_unique<State>();
  copy->options = state_->options;
  copy->labels = state_->labels;
  copy->precision = state_->precision;
  copy->network32 = state_->network32;
  copy->network64 = state_->network64;
  copy->species_of = state_->species_of;
  copy->start();
  return Potential(std::move(copy));
}

const NetworkOptions& Potential::options() const {
  return state_->options;
}
const std::string& Potential::labels() const {
  return state_->labels;
}
Precision Potential::precision() const {
  return state_->precision;
}
std::int64_t Potential::widest_message() const {
  std::int64_t widest = 0;
  const auto widen = [&](const auto& network) {
    for (const auto& layer : network->layers) widest = std::max(widest, layer.in.dim());
  };
  if (state_->network32) widen(state_->network32);
  if (state_->network64) widen(state_->network64);
  return widest;
}
double Potential::radial_error() const {
  return state_->network32 ? state_->network32->radial_error : 0.0;
}
Executor<float>* Potential::executor32() {
  return state_->executor32 ? &*state_->executor32 : nullptr;
}
Executor<double>* Potential::executor64() {
  return state_->executor64 ? &*state_->executor64 : nullptr;
}

std::int32_t Potential::species(int atomic_number) const {
  const bool element = atomic_number >= 1 && atomic_number <= io::kElements;
  const std::int32_t index = element ? state_->species_of[static_cast<std::size_t>(atomic_number)] : -1;
  if (index >= 0) return index;
  std::string known;
  for (const auto& symbol : state_->options.species) known += (known.empty() ? "" : " ") + symbol;
  fail("[deploy::Potential] expected an element that the model knows (", known, "); received ",
       element ? io::element_symbol(atomic_number) : "atomic number " + std::to_string(atomic_number));
}

Evaluation Potential::evaluate(const StructureView& structure) {
  const auto n = static_cast<std::int64_t>(structure.numbers.size());
  check(static_cast<std::int64_t>(structure.positions.size()) == 3 * n,
        "[deploy::Potential::evaluate] expected three coordinates for each of ", n, " atoms; received ",
        structure.positions.size());
  std::vector<std::int32_t> species(structure.numbers.size());
  std::transform(structure.numbers.begin(), structure.numbers.end(), species.begin(),
                 [this](std::int32_t number) { return this->species(number); });
  const neighbour::NeighbourList list =
      neighbour::radius_graph(structure.positions, state_->options.cutoff, structure.cell, {.with_vectors = true});
  const auto edges = static_cast<std::int64_t>(list.sender.size());
  std::vector<std::int64_t> start(static_cast<std::size_t>(n) + 1);
  for (const std::int64_t i : list.receiver) ++start[i + 1];
  for (std::int64_t i = 0; i < n; ++i) start[i + 1] += start[i];
  const std::span<const double> vectors(edges > 0 ? list.vector.front().data() : nullptr,
                                        static_cast<std::size_t>(3 * edges));
  const GraphResults results = state_->run({n, n, species, start, list.sender, vectors});
  Evaluation out;
  out.energy = results.energy;
  out.energies.assign(results.energies.begin(), results.energies.end());
  out.forces.assign(results.forces.begin(), results.forces.end());
  out.virial = results.virial;
  out.atom_virials.assign(results.atom_virials.begin(), results.atom_virials.end());
  out.edges = edges;
  if (structure.cell &&
      std::all_of(structure.cell->periodic.begin(), structure.cell->periodic.end(), [](bool p) { return p; })) {
    out.stress = results.virial;
    for (double& component : *out.stress) component /= volume(*structure.cell);
  }
  return out;
}

}  // namespace coset::deploy
