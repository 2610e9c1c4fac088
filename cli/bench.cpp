// `coset bench`: this machine's limits, the reference loops and the fused kernels, in one run.
#include "bench/case.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/compute/parallel.h"
#include "coset/compute/simd.h"
#include "coset/train/runtime.h"

namespace coset::cli {

namespace {

constexpr const char* kHelp = R"(
Medians; "backward" and "second" include what comes before them. limit: what the arithmetic and the memory
traffic of the case cost at the rates measured first. reference: the plain loops of the same formula. With
several threads every case runs on one thread too: "1 thread" is how many times longer that takes.

Example:
  coset bench --threads 1 --filter uvu
  coset bench --json > bench.json)";

struct Request {
  bool json = false;
  std::string filter;
  std::string dtype = "float32";
  bench::Settings settings{.threads = 0};
};

/// What one case gave; `one_thread` is ours on one thread, 0 when that is what was measured.
struct Line {
  bench::Measured measured;
  double one_thread = 0.0;
};

void print_header(const bench::Machine& m, const Request& request) {
  std::printf("%s, %d threads, %s; one core: %.0f GFLOP/s fma, %.1f GB/s copy, %.0f GFLOP/s sgemm\n\n",
              compute::to_string(compute::simd_target()), request.settings.threads, request.dtype.c_str(), m.fma_gflops,
              m.copy_gb_s, m.sgemm_gflops);
  std::printf("%-24s %-9s %10s %10s %10s %9s %9s %9s %9s\n", "case", "unit", "ours", "reference", "limit", "of limit",
              "speedup", "GFLOP/s", "1 thread");
}

/// A figure, or a dash where the case has none.
std::string figure(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return value > 0 ? text : "-";
}

void print_line(const bench::Case& item, const Line& line) {
  const bench::Measured& m = line.measured;
  std::printf("%-24s %-9s %10.4g %10s %10s %9s %9s %9s %9s\n", item.name.c_str(), item.unit.c_str(), m.ours,
              figure(m.reference, "%.4g").c_str(), figure(m.limit, "%.4g").c_str(),
              figure(100.0 * m.limit / m.ours, "%.0f%%").c_str(), figure(m.reference / m.ours, "%.1fx").c_str(),
              figure(m.useful_gflops, "%.1f").c_str(), figure(line.one_thread / m.ours, "%.2fx").c_str());
  std::fflush(stdout);
}

/// Both thread pools; 0: all that this process may use.
int use_threads(int threads) {
  const int used = train::start_runtime({threads}).threads;
  compute::set_num_threads(used);
  return used;
}

/// The case on the threads asked for, then on one.
Line measure(const bench::Case& item, const bench::Settings& settings, const bench::Machine& machine) {
  Line line{item.run(settings, machine)};
  if (settings.threads == 1) return line;
  bench::Settings alone = settings;
  alone.threads = use_threads(1);
  alone.reference = false;
  line.one_thread = item.run(alone, machine).ours;
  use_threads(settings.threads);
  return line;
}

nlohmann::ordered_json json_of(const bench::Case& item, const Line& line) {
  const bench::Measured& m = line.measured;
  nlohmann::ordered_json reference = nullptr;
  if (m.reference > 0) reference = m.reference;
  nlohmann::ordered_json out{
      {"name", item.name}, {"unit", item.unit}, {"ours", m.ours}, {"reference", reference}, {"limit", m.limit}};
  if (line.one_thread > 0) out["one_thread"] = line.one_thread;
  return out;
}

void run(const Request& request) {
  Request r = request;
  r.settings.threads = use_threads(request.settings.threads);
  r.settings.float64 = request.dtype == "float64";
  std::vector<bench::Case> cases;
  for (auto& item : bench::all_cases())
    if (item.name.find(request.filter) != std::string::npos) cases.push_back(std::move(item));
  check(!cases.empty(), "[bench] expected --filter to match a case name; received ", request.filter);
  const bench::Machine machine = bench::measure_machine(r.settings.threads);
  if (!r.json) print_header(machine, r);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& item : cases) {
    const Line line = measure(item, r.settings, machine);
    if (!r.json) print_line(item, line);
    list.push_back(json_of(item, line));
  }
  compute::set_num_threads(0);
  if (!r.json) return;
  const nlohmann::ordered_json out{
      {"machine",
       {{"fma_gflops", machine.fma_gflops}, {"copy_gb_s", machine.copy_gb_s}, {"sgemm_gflops", machine.sgemm_gflops}}},
      {"threads", r.settings.threads},
      {"dtype", r.dtype},
      {"cases", list}};
  std::printf("%s\n", out.dump(2).c_str());
}

}  // namespace

void add_bench(CLI::App& app) {
  const auto request = std::make_shared<Request>();
  CLI::App* bench = add_verb(app, "bench");
  bench->footer(kHelp);
  bench->add_flag("--json", request->json, "one JSON object on standard output");
  bench->add_option("--filter", request->filter, "only cases whose name contains this");
  bench->add_option("--threads", request->settings.threads, "threads; 0: all this process may use")
      ->check(CLI::Range(0, 1024));
  bench->add_option("--dtype", request->dtype, "float32 or float64")
      ->check(CLI::IsMember({"float32", "float64"}))
      ->capture_default_str();
  bench->add_option("--seconds", request->settings.seconds, "time spent on each measurement")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  bench->add_flag_callback(
      "--no-reference", [request] { request->settings.reference = false; },
      "leave out the plain loops, which take minutes for the largest networks");
  bench->add_flag("--quick", request->settings.quick, "smoke test: every case once, small, without reference");
  bench->callback([request] { run(*request); });
}

}  // namespace coset::cli
