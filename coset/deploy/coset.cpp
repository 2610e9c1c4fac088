#include "coset/deploy/coset.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "coset/base/error.h"
#include "coset/base/version.h"
#include "coset/compute/parallel.h"
#include "coset/deploy/potential.h"

struct coset_potential {
  coset::deploy::Potential potential;
  std::string description;
  std::string error;
};

namespace {

using coset::deploy::GraphResults;
using coset::deploy::Potential;

void report(const std::string& text, char* error, size_t error_size) {
  if (!error || error_size == 0) return;
  const std::size_t length = std::min(text.size(), error_size - 1);
  std::memcpy(error, text.data(), length);
  error[length] = '\0';
}

/// Runs f; an exception becomes its text.
template <class F>
std::optional<std::string> failure_of(F&& f) {
  try {
    f();
    return std::nullopt;
  } catch (const std::exception& failure) {
    return failure.what();
  } catch (...) {
    return "unknown failure";
  }
}

template <class F>
coset_status guarded(coset_potential* handle, F&& f) {
  if (!handle) return COSET_FAILED;
  handle->error.clear();
  if (auto failure = failure_of(f)) {
    handle->error = *failure;
    return COSET_FAILED;
  }
  return COSET_OK;
}

coset_potential* make_handle(Potential potential) {
  std::string description =
      R"({"options": )" + coset::deploy::to_json(potential.options()) + R"(, "labels": )" + potential.labels() + "}";
  return new coset_potential{std::move(potential), std::move(description), {}};
}

template <class Values>
void copy(const Values& from, double* to) {
  if (to) std::copy(from.begin(), from.end(), to);
}

template <class Results>
void write(const Results& from, const coset_results& to) {
  if (to.energy) *to.energy = from.energy;
  copy(from.energies, to.energies);
  copy(from.forces, to.forces);
  copy(from.virial, to.virial);
  copy(from.atom_virials, to.atom_virials);
}

template <class Rows>
void exchange(coset_exchange call, void* host, const Rows& rows) {
  if (!call) return;
  coset::check(call(host, rows.data, rows.width) == 0, "[coset_evaluate_graph] the host gave up an exchange");
}

template <class Executor>
GraphResults run_stages(Executor& executor, const coset::deploy::DirectedGraph& graph, coset_exchange forward,
                        coset_exchange reverse, void* host) {
  executor.begin(graph);
  for (int t = 0; t < executor.layers(); ++t) {
    if (t > 0) exchange(forward, host, executor.messages(t));
    executor.forward(t);
  }
  for (int t = executor.layers() - 1; t >= 0; --t) {
    executor.backward(t);
    if (t > 0) exchange(reverse, host, executor.message_gradients(t));
  }
  return executor.finish();
}

}  // namespace

extern "C" {

const char* coset_version(void) {
  return coset::kVersion;
}

coset_potential* coset_open(const char* path, coset_precision precision, char* error, size_t error_size) {
  coset_potential* handle = nullptr;
  const auto failure = failure_of([&] {
    coset::check(path != nullptr, "[coset_open] expected a path; received NULL");
    coset::deploy::PotentialSettings settings;
    if (precision == COSET_FLOAT64) settings.precision = coset::deploy::Precision::float64;
    handle = make_handle(Potential::open(path, settings));
  });
  report(failure.value_or(""), error, error_size);
  return handle;
}

coset_potential* coset_clone(const coset_potential* potential, char* error, size_t error_size) {
  coset_potential* handle = nullptr;
  const auto failure = failure_of([&] {
    coset::check(potential != nullptr, "[coset_clone] expected a potential; received NULL");
    handle = make_handle(potential->potential.clone());
  });
  report(failure.value_or(""), error, error_size);
  return handle;
}

void coset_close(coset_potential* potential) {
  delete potential;
}

const char* coset_error(const coset_potential* potential) {
  return potential ? potential->error.c_str() : "no potential is open";
}

double coset_cutoff(const coset_potential* potential) {
  return potential ? potential->potential.options().cutoff : 0.0;
}

int32_t coset_species_count(const coset_potential* potential) {
  return potential ? static_cast<int32_t>(potential->potential.options().species.size()) : 0;
}

const char* coset_species_symbol(const coset_potential* potential, int32_t index) {
  if (index < 0 || index >= coset_species_count(potential)) return nullptr;
  return potential->potential.options().species[static_cast<std::size_t>(index)].c_str();
}

int32_t coset_species_index(const coset_potential* potential, int32_t atomic_number) {
  int32_t index = -1;
  if (potential) static_cast<void>(failure_of([&] { index = potential->potential.species(atomic_number); }));
  return index;
}

const char* coset_describe(const coset_potential* potential) {
  return potential ? potential->description.c_str() : "{}";
}

coset_status coset_set_threads(int32_t threads) {
  return failure_of([&] { coset::compute::set_num_threads(threads); }) ? COSET_FAILED : COSET_OK;
}

coset_status coset_evaluate(coset_potential* potential, const coset_structure* structure,
                            const coset_results* results) {
  return guarded(potential, [&] {
    coset::check(structure && results && structure->atoms >= 0 &&
                     (structure->atoms == 0 || (structure->positions && structure->numbers)),
                 "[coset_evaluate] expected a structure and results; received NULL");
    const auto atoms = static_cast<std::size_t>(structure->atoms);
    coset::deploy::StructureView view{{structure->positions, 3 * atoms}, {structure->numbers, atoms}, std::nullopt};
    if (structure->cell) {
      view.cell.emplace();
      for (std::size_t k = 0; k < 3; ++k) {
        view.cell->periodic[k] = structure->periodic[k] != 0;
        std::copy_n(structure->cell + 3 * k, 3, view.cell->vectors[k].begin());
      }
    }
    write(potential->potential.evaluate(view), *results);
  });
}

int32_t coset_exchange_bytes(const coset_potential* potential) {
  if (!potential) return 0;
  return potential->potential.precision() == coset::deploy::Precision::float64 ? 8 : 4;
}

int64_t coset_exchange_width(const coset_potential* potential) {
  return potential ? potential->potential.widest_message() : 0;
}

coset_status coset_evaluate_graph(coset_potential* potential, const coset_graph* graph, coset_exchange forward,
                                  coset_exchange reverse, void* host, const coset_results* results) {
  return guarded(potential, [&] {
    coset::check(graph && results && graph->owned >= 0 && graph->nodes >= graph->owned && graph->receiver_start,
                 "[coset_evaluate_graph] expected a graph and results; received NULL or fewer nodes than owned ones");
    coset::check(graph->nodes == graph->owned || (forward && reverse),
                 "[coset_evaluate_graph] expected exchanges for a graph with ghosts; received NULL");
    const auto owned = static_cast<std::size_t>(graph->owned);
    const auto edges = static_cast<std::size_t>(graph->receiver_start[graph->owned]);
    const coset::deploy::DirectedGraph view{graph->owned,
                                            graph->nodes,
                                            {graph->species, static_cast<std::size_t>(graph->nodes)},
                                            {graph->receiver_start, owned + 1},
                                            {graph->sender, edges},
                                            {graph->vectors, 3 * edges}};
    Potential& p = potential->potential;
    write(p.executor64() ? run_stages(*p.executor64(), view, forward, reverse, host)
                         : run_stages(*p.executor32(), view, forward, reverse, host),
          *results);
  });
}

}  // extern "C"
