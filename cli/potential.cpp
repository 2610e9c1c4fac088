// Potentials without LibTorch: `coset convert`, and what `predict`, `check` and `info` do with a potential's model file.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/potential.h"
#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/compute/cpu_budget.h"
#include "coset/compute/parallel.h"
#include "coset/data/structures.h"
#include "coset/deploy/convert.h"
#include "coset/deploy/potential.h"
#include "coset/deploy/predict.h"

namespace coset::cli {
namespace {

struct Request {
  std::string model, in, out, config;
  bool exact = false;
  int threads = 0;
  double tolerance = 1e-5;
};

deploy::PotentialSettings settings_of(const Request& request) {
  return {request.exact ? deploy::Precision::float64 : deploy::Precision::mixed};
}

void write_converted(const deploy::PotentialFile& file, const Request& request) {
  deploy::write_potential_file(request.out, file);
  const deploy::Potential potential = deploy::Potential::open(request.out);
  std::printf("%s: %zu species, cutoff %g A, %zu layers, %.1f MB\n", request.out.c_str(),
              potential.options().species.size(), potential.options().cutoff, potential.options().layers.size(),
              static_cast<double>(std::filesystem::file_size(request.out)) / 1e6);
}

void add_source(CLI::App* convert, const char* name, const char* about, bool with_config,
                deploy::PotentialFile (*read)(const Request&)) {
  auto request = std::make_shared<Request>();
  CLI::App* source = convert->add_subcommand(name, about);
  source->add_option("file", request->in, "what the authors published")->required();
  source->add_option("--out", request->out, "model file to write")->required();
  if (with_config) source->add_option("--config", request->config, "options of the network, JSON")->required();
  source->callback([request, read] { write_converted(read(*request), *request); });
}

void start_threads(const Request& request) {
  compute::set_num_threads(request.threads > 0 ? request.threads : compute::default_threads());
}

void predict(const Request& request) {
  deploy::Potential potential = deploy::Potential::open(request.model, settings_of(request));
  std::vector<io::XyzFrame> frames = io::read_extended_xyz(request.in);
  std::int64_t number = 0;
  for (auto& frame : frames)
    deploy::predict_frame(potential, frame, request.in + ": frame " + std::to_string(++number));
  io::write_extended_xyz(request.out, frames);
}

deploy::StructureView view_of(const data::Structures& structures, std::int64_t s) {
  deploy::StructureView view{structures.positions_of(s), structures.numbers_of(s), std::nullopt};
  const auto& periodic = structures.periodic[s];
  if (!periodic[0] && !periodic[1] && !periodic[2]) return view;
  view.cell.emplace();
  view.cell->periodic = periodic;
  for (std::size_t k = 0; k < 3; ++k) std::copy_n(structures.cells[s].data() + 3 * k, 3, view.cell->vectors[k].begin());
  return view;
}

/// One line a law, measured in float64; exit code 1 above the tolerance.
void check_laws(const Request& request) {
  deploy::Potential potential = deploy::Potential::open(request.model, {deploy::Precision::float64});
  const data::Structures structures = data::read_structures(request.in);
  check(structures.size() > 0, request.in, ": expected a structure; received none");
  const deploy::LawErrors e = deploy::measure_laws(potential, view_of(structures, 0));
  bool good = true;
  const auto line = [&](const char* law, double error, bool counts) {
    good = good && (!counts || error <= request.tolerance);
    std::printf("%-13s %8.1e%s\n", law, error, counts ? "" : "  (not a law of this network)");
  };
  line("rotation", e.rotation, true);
  line("reflection", e.reflection, potential.options().parity);
  line("translation", e.translation, true);
  line("permutation", e.permutation, true);
  line("forces", e.forces, true);
  line("stress", e.stress, true);
  line("supercell", e.supercell, true);
  std::printf("%s: tolerance %g\n", good ? "certified" : "NOT certified", request.tolerance);
  if (!good) throw ExitCode{1};
}

void describe(const Request& request) {
  const deploy::Potential potential = deploy::Potential::open(request.model);
  for (const std::string& text : {deploy::to_json(potential.options()), potential.labels()}) {
    const auto object = nlohmann::ordered_json::parse(text);
    for (const auto& [key, value] : object.items())
      std::printf("%-22s %s\n", key.c_str(), (value.is_string() ? value.get<std::string>() : value.dump()).c_str());
  }
}

CLI::App* add_model_verb(CLI::App& app, const char* name, const std::shared_ptr<Request>& request) {
  CLI::App* verb = add_verb(app, name);
  verb->add_option("model", request->model, "model file of a potential")->required();
  verb->add_option("--threads", request->threads, "default: the CPUs this process gets; OMP_NUM_THREADS asks for fewer")
      ->check(CLI::Range(1, compute::kMostThreads));
  return verb;
}

}  // namespace

void add_convert(CLI::App& app) {
  CLI::App* convert = add_verb(app, "convert");
  convert->require_subcommand(1);
  convert->footer("Example: coset convert nequix nequix-mp-1.nqx --out nequix-mp-1.safetensors");
  add_source(convert, "nequix", "Nequix: a .nqx file", false,
             [](const Request& r) { return deploy::convert_nequix(r.in); });
  add_source(convert, "sevennet", "SevenNet: a checkpoint of PyTorch, read without executing it", false,
             [](const Request& r) { return deploy::convert_sevennet(r.in); });
  add_source(convert, "nequip", "NequIP: a state dict as npz, and its options", true,
             [](const Request& r) { return deploy::convert_nequip(r.in, r.config); });
  add_source(convert, "mace", "MACE: a state dict as npz, and its options", true,
             [](const Request& r) { return deploy::convert_mace(r.in, r.config); });
}

bool is_potential(const std::string& path) {
  try {
    return deploy::read_potential_file(path).architecture == deploy::kArchitecture;
  } catch (const Error&) {
    return false;
  }
}

void add_potential_verbs(CLI::App& app) {
  auto request = std::make_shared<Request>();
  CLI::App* predicts = add_model_verb(app, "predict", request);
  predicts->add_option("--in", request->in, "structures, extended XYZ")->required();
  predicts->add_option("--out", request->out, "the same with energy, energies, forces and stress")->required();
  predicts->add_flag("--float64", request->exact, "everything in float64; otherwise float32 with sums in float64");
  predicts->callback([request] { start_threads(*request), predict(*request); });
  auto checked = std::make_shared<Request>();
  CLI::App* checks = add_model_verb(app, "check", checked);
  checks->add_option("--in", checked->in, "extended XYZ; the first structure is used")->required();
  checks->add_option("--tolerance", checked->tolerance, "largest relative error; 1e-5")->check(CLI::PositiveNumber);
  checks->callback([checked] { start_threads(*checked), check_laws(*checked); });
  auto described = std::make_shared<Request>();
  add_model_verb(app, "info", described)->callback([described] { describe(*described); });
}

}  // namespace coset::cli
