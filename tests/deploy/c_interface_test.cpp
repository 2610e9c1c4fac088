// The shared library as a stranger meets it: opened by dlopen, called through coset.h.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "coset/deploy/coset.h"
#include "tests/deploy/small_model.h"

namespace coset::deploy {
namespace {

std::string output_of(const std::string& command) {
  std::string text;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe.get())) text += buffer.data();
  return text;
}

TEST(CInterface, LibraryExportsOnlyItselfAndNeedsNeitherTorchNorPython) {
  const std::string symbols = output_of("nm -D --defined-only " COSET_DEPLOY_LIBRARY);
  std::size_t functions = 0;
  for (std::size_t at = 0, end; (end = symbols.find('\n', at)) != std::string::npos; at = end + 1) {
    const std::string line = symbols.substr(at, end - at);
    EXPECT_EQ(line.substr(line.rfind(' ') + 1).rfind("coset_", 0), 0U) << line;
    ++functions;
  }
  EXPECT_GE(functions, 14U);
  const std::string needs = output_of("ldd " COSET_DEPLOY_LIBRARY);
  EXPECT_NE(needs.find("libc.so"), std::string::npos);
  for (const char* unwanted : {"torch", "python", "libpng", "libjpeg"})
    EXPECT_EQ(needs.find(unwanted), std::string::npos) << needs;
}

struct Library {
  void* handle = dlopen(COSET_DEPLOY_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  template <class F>
  F* get(const char* name) const {
    return reinterpret_cast<F*>(dlsym(handle, name));
  }
};
#define COSET_GET(library, name) (library).get<decltype(name)>(#name)

TEST(CInterface, EvaluatesAndExplainsFailures) {
  const Library library;
  ASSERT_NE(library.handle, nullptr) << dlerror();
  const SmallModelFile file;
  std::array<char, 256> error{};
  EXPECT_EQ(COSET_GET(library, coset_open)("absent.safetensors", COSET_MIXED, error.data(), error.size()), nullptr);
  EXPECT_NE(std::string(error.data()).find("absent.safetensors"), std::string::npos);
  coset_potential* potential =
      COSET_GET(library, coset_open)(file.path().c_str(), COSET_FLOAT64, error.data(), error.size());
  ASSERT_NE(potential, nullptr) << error.data();
  EXPECT_EQ(COSET_GET(library, coset_species_count)(potential), 2);
  EXPECT_STREQ(COSET_GET(library, coset_species_symbol)(potential, 1), "O");
  EXPECT_EQ(COSET_GET(library, coset_species_index)(potential, 1), 0);
  EXPECT_EQ(COSET_GET(library, coset_species_index)(potential, 6), -1);

  std::array<double, 9> positions = {0, 0, 0, 0.96, 0, 0, -0.24, 0.93, 0};
  std::array<std::int32_t, 3> numbers = {8, 1, 1};
  coset_structure structure{3, positions.data(), numbers.data(), nullptr, {0, 0, 0}};
  double energy = 0.0;
  std::array<double, 9> forces{};
  const coset_results results{&energy, nullptr, forces.data(), nullptr, nullptr};
  const auto evaluate = COSET_GET(library, coset_evaluate);
  ASSERT_EQ(evaluate(potential, &structure, &results), COSET_OK) << COSET_GET(library, coset_error)(potential);
  Potential expected(small_model(), "small", {.precision = Precision::float64});
  const Evaluation same = expected.evaluate({positions, numbers, std::nullopt});
  EXPECT_EQ(energy, same.energy);
  for (std::size_t c = 0; c < 9; ++c) EXPECT_EQ(forces[c], same.forces[c]);

  const auto fails = [&](const char* word) {
    EXPECT_EQ(evaluate(potential, &structure, &results), COSET_FAILED);
    const std::string text = COSET_GET(library, coset_error)(potential);
    EXPECT_NE(text.find(word), std::string::npos) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  };
  numbers[1] = 6;
  fails("received C");
  numbers[1] = 1;
  positions[3] = std::numeric_limits<double>::quiet_NaN();
  fails("finite");
  positions[3] = 0.0;
  fails("two atoms at one place");
  const std::array<double, 9> flat = {1, 0, 0, 0, 1, 0, 1, 1, 0};
  structure.cell = flat.data();
  structure.periodic[0] = structure.periodic[1] = structure.periodic[2] = 1;
  positions[3] = 0.96;
  EXPECT_EQ(evaluate(potential, &structure, &results), COSET_FAILED);
  COSET_GET(library, coset_close)(potential);
}

}  // namespace
}  // namespace coset::deploy
