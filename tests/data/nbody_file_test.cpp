#include "coset/data/nbody_file.h"

#include <cmath>

#include "coset/io/atomic_write.h"
#include "tests/io/scratch.h"

namespace coset::data {
namespace {

class NBodyFile : public io::Scratch {};
using io::error_of;

NBodyOptions tiny() {
  return {.frames = {0, 1}, .train = 3, .valid = 2, .test = 1, .stream_train = 3, .stream_valid = 2, .stream_test = 1};
}

NBodyState example() {
  return generate_nbody(tiny()).train.at(1);
}

io::Arrays arrays_of(const NBodyState& state) {
  return {{"loc", io::Array::from(state.loc, {state.samples, state.particles, 3})},
          {"vel", io::Array::from(state.vel, {state.samples, state.particles, 3})},
          {"charges", io::Array::from(state.charges, {state.samples, state.particles})}};
}

TEST_F(NBodyFile, ReadsAnyNumericType) {
  const NBodyState state = example();
  io::Arrays arrays = arrays_of(state);
  std::vector<std::int8_t> charges;
  for (const double charge : state.charges) charges.push_back(static_cast<std::int8_t>(charge));
  arrays["charges"] = io::Array::from(charges, {3, 5});
  const NBodyState read = nbody_state(arrays, "f");
  EXPECT_EQ(read.charges, state.charges);
  EXPECT_EQ(read.loc, state.loc);
  EXPECT_EQ(nbody_state(arrays_of({.samples = 0, .particles = 5, .loc = {}, .vel = {}, .charges = {}}), "f").samples,
            0);
}

TEST_F(NBodyFile, NamesTheSampleAndParticleAtFault) {
  NBodyState state = example();
  EXPECT_EQ(error_of([&] { check_nbody(state, "f"); }), "");
  state.loc[(2 * 5 + 3) * 3 + 1] = NAN;
  EXPECT_EQ(error_of([&] { check_nbody(state, "f"); }),
            "f: sample 2, particle 3: expected a finite position; received y = nan");
  state.loc[(2 * 5 + 3) * 3 + 1] = 1e39;
  EXPECT_EQ(error_of([&] { check_nbody(state, "f"); }),
            "f: sample 2, particle 3: expected a finite position in float32; received y = 1e+39");
  state = example();
  state.vel[0] = INFINITY;
  EXPECT_EQ(error_of([&] { check_nbody(state, "f"); }),
            "f: sample 0, particle 0: expected a finite velocity; received x = inf");
  state = example();
  state.charges[6] = NAN;
  EXPECT_EQ(error_of([&] { check_nbody(state, "f"); }),
            "f: sample 1, particle 1: expected a finite charge; received nan");
  state = example();
  for (int d = 0; d < 3; ++d) state.loc[(1 * 5 + 4) * 3 + d] = state.loc[(1 * 5 + 2) * 3 + d];
  EXPECT_NE(error_of([&] {
              check_nbody(state, "f");
            }).find("f: sample 1, particle 4: expected a position of its own; received that of particle 2"),
            std::string::npos);
}

TEST_F(NBodyFile, RefusesOtherShapes) {
  const auto refusal = [](const char* key, std::vector<std::int64_t> shape) {
    io::Arrays arrays = arrays_of(example());
    arrays[key].shape = std::move(shape);
    return error_of([&] { nbody_state(arrays, "f"); });
  };
  EXPECT_EQ(refusal("loc", {3, 3, 5}), "f: expected loc (S, n, 3), one frame of n >= 1 particles; received (3, 3, 5)");
  EXPECT_EQ(refusal("vel", {3, 15}), "f: expected vel (3, 5, 3) like loc; received (3, 15)");
  EXPECT_EQ(refusal("charges", {3, 5, 1}), "f: expected charges (3, 5); received (3, 5, 1)");
  io::Arrays arrays = arrays_of(example());
  arrays.erase("vel");
  EXPECT_EQ(error_of([&] { nbody_state(arrays, "f"); }),
            "f: expected the arrays loc, vel and charges; received none named 'vel'");
}

TEST_F(NBodyFile, CacheReturnsWhatWasGenerated) {
  const NBodyOptions options = tiny();
  const NBodyData data = generate_nbody(options);
  std::string note;
  EXPECT_EQ(cached_nbody(options, path("a/b"), &note), data);
  ASSERT_TRUE(std::filesystem::exists(nbody_cache_file(options, path("a/b"))));
  EXPECT_EQ(cached_nbody(options, path("a/b"), &note), data);
  EXPECT_EQ(note, "");
  NBodyOptions other = options;
  other.seed = 44;
  EXPECT_NE(nbody_cache_file(other, "x"), nbody_cache_file(options, "x"));
  EXPECT_EQ(cached_nbody(options, ""), data);
}

TEST_F(NBodyFile, DamagedCacheIsGeneratedAgain) {
  const NBodyOptions options = tiny();
  const NBodyData data = cached_nbody(options, path("c"));
  const std::string file = nbody_cache_file(options, path("c"));
  const auto whole = io::read_file(file);
  io::atomic_write(file, std::span(whole).first(whole.size() / 2));
  std::string note;
  EXPECT_EQ(cached_nbody(options, path("c"), &note), data);
  EXPECT_NE(note.find("generating it again"), std::string::npos);
  EXPECT_EQ(io::read_file(file), whole);
}

TEST_F(NBodyFile, UnwritableCacheIsNoObstacle) {
  io::atomic_write(path("file"), "in the way");
  std::string note;
  EXPECT_EQ(cached_nbody(tiny(), path("file/c"), &note), generate_nbody(tiny()));
  EXPECT_NE(note.find("not cached"), std::string::npos);
}

}  // namespace
}  // namespace coset::data
