// `coset rep`: the representation theory as a calculator, e3nn 0.5 conventions (docs/conventions.md).
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "cli/program.h"
#include "cli/verbs.h"
#include "coset/base/error.h"
#include "coset/compute/tensor_product.h"
#include "coset/io/limits.h"
#include "coset/rep/irreps.h"
#include "coset/rep/rotation.h"
#include "coset/rep/spherical_harmonics.h"
#include "coset/rep/tensor_product_plan.h"
#include "coset/rep/wigner_3j.h"
#include "coset/rep/wigner_d.h"

namespace coset::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostNumbers = 50'000'000;  // of one dense answer: 400 MB

// Everything the calculations read from the command line.
struct Request {
  bool json = false;
  std::istream* standard_input = &std::cin;  // of tp; null where it carries the lines of a batch
  std::string input;
  std::string text;
  int lmax = 0;
  std::string normalization = "component";
  bool raw = false;
  std::vector<double> numbers;
  std::vector<int> degrees;
  std::string in1, in2, out;
  std::string irrep_normalization = "component";
  std::string path_normalization = "element";
};

void check_finite(const std::vector<double>& numbers) {
  for (const double x : numbers) check(std::isfinite(x), "[coset rep] expected finite numbers; received ", x);
}

void print_json(const Json& answer) {
  std::printf("%s\n", answer.dump().c_str());
}

void print_irreps(const Request& request) {
  const rep::Irreps irreps(request.text);
  Json answer{{"print", irreps.to_string()},
              {"dim", irreps.dim()},
              {"num_irreps", irreps.num_irreps()},
              {"lmax", nullptr},
              {"sorted", irreps.sort().irreps.to_string()},
              {"simplified", irreps.simplify().to_string()},
              {"regrouped", irreps.regroup().to_string()}};
  if (irreps.size() > 0) answer["lmax"] = irreps.lmax();
  if (request.json) return print_json(answer);
  for (const auto& [key, value] : answer.items())
    std::printf("%-12s%s\n", key.c_str(), (value.is_string() ? value.get<std::string>() : value.dump()).c_str());
}

void print_harmonics(const Request& request) {
  check_finite(request.numbers);
  check(request.lmax >= 0 && request.lmax <= 5000, "[coset rep sh] expected 0 <= lmax <= 5000; received ",
        request.lmax);
  const rep::HarmonicsOptions options{request.normalization == "norm"       ? rep::HarmonicsNormalization::norm
                                      : request.normalization == "integral" ? rep::HarmonicsNormalization::integral
                                                                            : rep::HarmonicsNormalization::component,
                                      !request.raw};
  const auto values = rep::spherical_harmonics(request.lmax, std::span<const double, 3>(request.numbers), options);
  if (request.json) return print_json({{"values", values}});
  std::printf("%4s %4s  %s\n", "l", "m", "Y");
  for (int l = 0; l <= request.lmax; ++l)
    for (int m = -l; m <= l; ++m) std::printf("%4d %4d  % .12g\n", l, m, values[l * l + l + m]);
}

void print_wigner(const Request& request) {
  check_finite(request.numbers);
  check(request.lmax >= 0 && request.lmax <= 500, "[coset rep wigner] expected 0 <= l <= 500; received ", request.lmax);
  const auto& a = request.numbers;
  const auto d = rep::wigner_d(request.lmax, rep::EulerAngles{a[0], a[1], a[2]});
  const int n = 2 * request.lmax + 1;
  if (request.json) return print_json({{"shape", {n, n}}, {"values", d}});
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) std::printf("% 15.12f%s", d[i * n + j], j + 1 < n ? " " : "\n");
}

void print_coupling(const Request& request) {
  const int l1 = request.degrees[0];
  const int l2 = request.degrees[1];
  const int l3 = request.degrees[2];
  check(std::min({l1, l2, l3}) >= 0 && std::max({l1, l2, l3}) < 1000 &&
            std::int64_t{2 * l1 + 1} * (2 * l2 + 1) * (2 * l3 + 1) <= kMostNumbers,
        "[coset rep cg] expected degrees >= 0 with at most ", kMostNumbers, " entries; received ", l1, " ", l2, " ",
        l3);
  const auto& values = rep::wigner_3j(l1, l2, l3);
  if (request.json) return print_json({{"shape", {2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1}}, {"values", values}});
  std::printf("%4s %4s %4s  %s\n", "m1", "m2", "m3", "C (zeros left out)");
  for (const auto& [i, j, k, value] : rep::coupling_entries(l1, l2, l3))
    std::printf("%4d %4d %4d  % .12f\n", i - l1, j - l2, k - l3, value);
}

std::vector<double> numbers_of(const Json& input, const char* key, std::int64_t expected) {
  check(input.is_object() && input.contains(key) && input[key].is_array(), "[coset rep tp] expected a list \"", key,
        "\" in the JSON object");
  for (const auto& entry : input[key])
    check(entry.is_number(), "[coset rep tp] expected numbers in \"", key, "\"; received ", entry.dump());
  auto numbers = input[key].get<std::vector<double>>();
  check(static_cast<std::int64_t>(numbers.size()) == expected, "[coset rep tp] expected length ", expected, " of \"",
        key, "\"; received ", numbers.size());
  check_finite(numbers);
  return numbers;
}

Json read_json(const Request& request) {
  const bool given = !request.input.empty();
  check(given || request.standard_input != nullptr,
        "[coset rep tp] expected '{\"x\":[...],\"y\":[...],\"w\":[...]}' as last word of the line");
  try {
    const std::string text =
        given ? request.input : std::string(std::istreambuf_iterator<char>(*request.standard_input), {});
    return Json::parse(io::shallow_json(text, "[coset rep tp] the JSON object"));
  } catch (const Json::exception& error) {
    fail("[coset rep tp] expected one JSON object {\"x\":[...],\"y\":[...],\"w\":[...]}",
         given ? "" : " on standard input", "; received ", error.what());
  }
}

rep::Irreps parse_irreps(const std::string& text) {
  rep::Irreps irreps(text);
  for (const auto& block : irreps)
    check(block.irrep.l <= 100, "[coset rep tp] expected degrees up to 100; received ", block.to_string());
  check(irreps.dim() <= kMostNumbers, "[coset rep tp] expected rows of at most ", kMostNumbers, " numbers; received ",
        irreps);
  return irreps;
}

void print_product(const Request& request) {
  const rep::TensorProductOptions options{
      request.irrep_normalization == "norm" ? rep::IrrepNormalization::norm : rep::IrrepNormalization::component,
      request.path_normalization == "path" ? rep::PathNormalization::path : rep::PathNormalization::element};
  const auto plan = rep::fully_connected_tensor_product(parse_irreps(request.in1), parse_irreps(request.in2),
                                                        parse_irreps(request.out), options);
  const Json input = read_json(request);
  const auto x = numbers_of(input, "x", plan.in1.dim());
  const auto y = numbers_of(input, "y", plan.in2.dim());
  const auto w = numbers_of(input, "w", plan.weight_numel);
  std::vector<double> z(static_cast<std::size_t>(plan.out.dim()));
  compute::reference::tensor_product<double>(plan, 1, true, {x.data(), y.data(), w.data()}, z.data(), false);
  if (request.json) return print_json({{"weight_numel", plan.weight_numel}, {"z", z}});
  std::printf("%s%lld weights\n", rep::describe(plan).c_str(), static_cast<long long>(plan.weight_numel));
  const auto offsets = plan.out.offsets();
  for (std::size_t block = 0; block < plan.out.size(); ++block) {
    std::printf("z %-8s", plan.out[block].to_string().c_str());
    for (std::int64_t k = offsets[block]; k < offsets[block + 1]; ++k) std::printf(" % .12g", z[k]);
    std::printf("\n");
  }
}

// A subcommand whose answer is printed by `run`, as a table or with --json.
CLI::App* add_verb(CLI::App* parent, const char* name, const char* what, const char* example,
                   const std::shared_ptr<Request>& request, void (*run)(const Request&)) {
  CLI::App* verb = parent->add_subcommand(name, what);
  verb->footer(std::string("Example:\n  ") + example);
  verb->add_flag("--json", request->json, "Print one JSON object, numbers to full precision");
  verb->callback([request, run] { run(*request); });
  return verb;
}

void add_calculations(CLI::App* rep, const std::shared_ptr<Request>& request) {
  auto* irreps = add_verb(rep, "irreps", "Parse, count, sort and simplify a list of irreps",
                          "coset rep irreps \"8x0e + 4x1o+2e\" --json", request, print_irreps);
  irreps->add_option("text", request->text, "Irreps, e.g. 8x0e+4x1o")->required();

  auto* sh = add_verb(rep, "sh", "Real spherical harmonics of degrees 0 to lmax at a vector (polar axis y)",
                      "coset rep sh --lmax 2 --json -- 0.3 -1.2 0.7", request, print_harmonics);
  sh->add_option("--lmax", request->lmax, "Largest degree")->required();
  sh->add_option("--normalization", request->normalization, "component, norm or integral")
      ->check(CLI::IsMember({"component", "norm", "integral"}))
      ->capture_default_str();
  sh->add_flag("--no-normalize", request->raw, "Solid harmonics of the vector as it is, not of its direction");
  sh->add_option("vector", request->numbers, "X Y Z (write -- before negative numbers)")->required()->expected(3);

  auto* wigner = add_verb(rep, "wigner", "Wigner D-matrix of Ry(alpha) Rx(beta) Ry(gamma), real basis",
                          "coset rep wigner --l 2 --json -- 0.3 1.1 -2.2", request, print_wigner);
  wigner->add_option("--l", request->lmax, "Degree")->required();
  wigner->add_option("angles", request->numbers, "ALPHA BETA GAMMA in radians")->required()->expected(3);

  auto* cg = add_verb(rep, "cg", "Wigner 3j tensor of three degrees, real basis, norm 1", "coset rep cg 1 1 2 --json",
                      request, print_coupling);
  cg->add_option("degrees", request->degrees, "L1 L2 L3")->required()->expected(3);

  auto* tp = add_verb(rep, "tp", "Fully connected tensor product of {\"x\":[...],\"y\":[...],\"w\":[...]}",
                      "echo '{\"x\":[1,2,3],\"y\":[0,1,0],\"w\":[1]}' | coset rep tp --in1 1o --in2 1o --out 0e --json",
                      request, print_product);
  tp->add_option("--in1", request->in1, "Irreps of x")->required();
  tp->add_option("--in2", request->in2, "Irreps of y")->required();
  tp->add_option("--out", request->out, "Irreps of z")->required();
  tp->add_option("--irrep-normalization", request->irrep_normalization, "component or norm")
      ->check(CLI::IsMember({"component", "norm"}))
      ->capture_default_str();
  tp->add_option("--path-normalization", request->path_normalization, "element or path")
      ->check(CLI::IsMember({"element", "path"}))
      ->capture_default_str();
  tp->add_option("input", request->input, "The JSON object (default: standard input)");
}

// The words of a line as a shell would split it: blanks separate, '...' and "..." keep together.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  bool inside = false;
  char quote = 0;
  for (const char c : line) {
    const bool blank = c == ' ' || c == '\t' || c == '\r';
    if (quote == 0 && blank) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (quote == 0 && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      words.back() += c;
    }
  }
  check(quote == 0, "expected a closing ", quote, "; received the end of the line");
  return words;
}

void answer_line(const std::string& line) {
  std::vector<std::string> words = words_of(line);
  if (words.empty() || words.front().starts_with('#')) return;
  const auto request = std::make_shared<Request>();
  request->json = true;
  request->standard_input = nullptr;
  CLI::App calculator;
  calculator.set_help_flag();
  calculator.require_subcommand(1);
  add_calculations(&calculator, request);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    calculator.parse(words);
  } catch (const CLI::ParseError& error) {
    fail(explain_verbs(calculator, error));
  }
  std::fflush(stdout);  // whoever writes the lines may wait for this answer
}

void answer_batch() {
  std::string line;
  for (std::int64_t number = 1; std::getline(std::cin, line); ++number) {
    try {
      answer_line(line);
    } catch (const std::exception& error) {
      fail("line ", number, ": ", error.what());
    }
  }
}

constexpr const char* kBatchHelp = R"(
A line is what would stand behind `coset rep`; tp takes its JSON object as last word. Empty lines and lines
that begin with # are skipped. Every answer is written before the next line is read. The first bad line ends
the batch with its number and exit code 2.

Example:
  printf '%s\n' 'cg 1 1 2' 'sh --lmax 2 -- 0.3 -1.2 0.7' | coset rep batch
  echo "tp --in1 1o --in2 1o --out 0e '{\"x\":[1,2,3],\"y\":[0,1,0],\"w\":[1]}'" | coset rep batch)";

}  // namespace

void add_rep(CLI::App& app) {
  CLI::App* rep = add_verb(app, "rep");
  rep->require_subcommand(1);
  rep->footer("Example:\n  coset rep irreps \"8x0e + 4x1o+2e\" --json");
  add_calculations(rep, std::make_shared<Request>());
  CLI::App* batch =
      rep->add_subcommand("batch", "Many calculations: one per line of standard input, one JSON answer each");
  batch->footer(kBatchHelp);
  batch->callback(answer_batch);
}

}  // namespace coset::cli
