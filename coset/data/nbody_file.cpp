#include "coset/data/nbody_file.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <utility>

#include "coset/base/error.h"
#include "coset/io/sha256.h"

namespace coset::data {
namespace {

/// Raised whenever the same options would give other numbers.
constexpr int kGeneratorVersion = 1;

constexpr std::array<char, 3> kAxes{'x', 'y', 'z'};

/// Every option in words: the identity of a generated set.
std::string description(const NBodyOptions& options) {
  std::string text = "coset nbody " + std::to_string(kGeneratorVersion);
  text += options.law == NBodyLaw::kCharged ? " charged" : " gravity";
  for (const std::int64_t number :
       {options.particles, options.steps, options.sample_every, std::int64_t{options.seed}, options.train,
        options.valid, options.test, options.stream_train, options.stream_valid, options.stream_test})
    text += " " + std::to_string(number);
  return text + " frames " + shape_text(options.frames);
}

std::string place(const std::string& name, std::int64_t sample, std::int64_t particle) {
  return name + ": sample " + std::to_string(sample) + ", particle " + std::to_string(particle) + ": ";
}

/// Finite for the model, which computes in float32.
bool finite(double value) {
  return std::isfinite(static_cast<float>(value));
}

const char* type_hint(double value) {
  return std::isfinite(value) ? " in float32" : "";
}

void check_finite(std::span<const double> values, const NBodyState& state, const char* what, const std::string& name) {
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (finite(values[k])) [[likely]]
      continue;
    const auto particle = static_cast<std::int64_t>(k) / 3;
    fail(place(name, particle / state.particles, particle % state.particles), "expected a finite ", what,
         type_hint(values[k]), "; received ", kAxes[k % 3], " = ", values[k]);
  }
}

void check_apart(const NBodyState& state, const std::string& name) {
  const std::int64_t n = state.particles;
  for (std::int64_t s = 0; s < state.samples; ++s) {
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = i + 1; j < n; ++j) {
        const double* a = state.loc.data() + (s * n + i) * 3;
        const double* b = state.loc.data() + (s * n + j) * 3;
        bool apart = false;
        for (int d = 0; d < 3; ++d) apart = apart || static_cast<float>(a[d]) != static_cast<float>(b[d]);
        check(apart, place(name, s, j), "expected a position of its own; received that of particle ", i, " (", a[0],
              ", ", a[1], ", ", a[2], ")");
      }
    }
  }
}

const io::Array& required(const io::Arrays& arrays, const char* key, const std::string& name) {
  const auto found = arrays.find(key);
  check(found != arrays.end(), name, ": expected the arrays loc, vel and charges; received none named '", key, "'");
  return found->second;
}

std::vector<double> doubles(const NBodySplit& split, const io::Array& array, std::vector<std::int64_t> shape) {
  check(array.shape == shape, "expected shape ", shape_text(shape), " for ", split.samples, " samples; received ",
        shape_text(array.shape));
  return array.as_doubles();
}

constexpr std::array<std::pair<const char*, NBodySplit NBodyData::*>, 3> kSplits{
    {{"train", &NBodyData::train}, {"valid", &NBodyData::valid}, {"test", &NBodyData::test}}};

io::Arrays cache_arrays(const NBodyData& data, const std::string& identity) {
  io::Arrays arrays;
  const std::vector<std::uint8_t> text(identity.begin(), identity.end());
  arrays["identity"] = io::Array::from(text, {std::ssize(text)});
  for (const auto& [name, split] : kSplits)
    for (auto& [key, array] : nbody_arrays(data.*split)) arrays[std::string(name) + "_" + key] = std::move(array);
  return arrays;
}

NBodyData read_cache(const std::string& path, const NBodyOptions& options) {
  const io::Arrays arrays = io::load_npz(path);
  const auto identity = required(arrays, "identity", path).as<std::uint8_t>();
  check(std::string(identity.begin(), identity.end()) == description(options), path, ": holds another set");
  NBodyData data;
  for (const auto& [name, member] : kSplits) {
    NBodySplit& split = data.*member;
    const std::string prefix = std::string(name) + "_";
    split.samples = name == std::string("train")   ? options.train
                    : name == std::string("valid") ? options.valid
                                                   : options.test;
    split.particles = options.particles;
    split.frames = options.frames;
    const std::vector<std::int64_t> shape{split.samples, std::ssize(split.frames), split.particles, 3};
    split.loc = doubles(split, required(arrays, (prefix + "loc").c_str(), path), shape);
    split.vel = doubles(split, required(arrays, (prefix + "vel").c_str(), path), shape);
    split.charges =
        doubles(split, required(arrays, (prefix + "charges").c_str(), path), {split.samples, split.particles});
  }
  return data;
}

}  // namespace

void check_nbody(const NBodyState& state, const std::string& name) {
  const std::int64_t values = state.samples * state.particles;
  check(state.samples >= 0 && state.particles >= 1 && std::ssize(state.loc) == 3 * values &&
            std::ssize(state.vel) == 3 * values && std::ssize(state.charges) == values,
        name, ": expected loc and vel (S, n, 3) and charges (S, n) with n >= 1; received S = ", state.samples,
        ", n = ", state.particles, " and ", state.loc.size(), ", ", state.vel.size(), ", ", state.charges.size(),
        " values");
  check_finite(state.loc, state, "position", name);
  check_finite(state.vel, state, "velocity", name);
  for (std::int64_t k = 0; k < values; ++k)
    check(finite(state.charges[k]), place(name, k / state.particles, k % state.particles), "expected a finite charge",
          type_hint(state.charges[k]), "; received ", state.charges[k]);
  check_apart(state, name);
}

NBodyState nbody_state(const io::Arrays& arrays, const std::string& name) {
  const io::Array& loc = required(arrays, "loc", name);
  const io::Array& vel = required(arrays, "vel", name);
  const io::Array& charges = required(arrays, "charges", name);
  check(loc.shape.size() == 3 && loc.shape[1] >= 1 && loc.shape[2] == 3, name,
        ": expected loc (S, n, 3), one frame of n >= 1 particles; received ", shape_text(loc.shape));
  const std::int64_t samples = loc.shape[0];
  const std::int64_t n = loc.shape[1];
  check(vel.shape == loc.shape, name, ": expected vel ", shape_text(loc.shape), " like loc; received ",
        shape_text(vel.shape));
  const std::vector<std::int64_t> expected{samples, n};
  check(charges.shape == expected, name, ": expected charges ", shape_text(expected), "; received ",
        shape_text(charges.shape));
  NBodyState state{.samples = samples,
                   .particles = n,
                   .loc = loc.as_doubles(),
                   .vel = vel.as_doubles(),
                   .charges = charges.as_doubles()};
  check_nbody(state, name);
  return state;
}

io::Arrays nbody_arrays(const NBodySplit& split) {
  const std::vector<std::int64_t> shape{split.samples, std::ssize(split.frames), split.particles, 3};
  return {{"loc", io::Array::from(split.loc, shape)},
          {"vel", io::Array::from(split.vel, shape)},
          {"charges", io::Array::from(split.charges, {split.samples, split.particles})}};
}

std::string default_cache_folder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  const std::string cache = variable("XDG_CACHE_HOME");
  if (!cache.empty() && cache.front() == '/') return cache + "/coset";  // the specification ignores relative ones
  const std::string home = variable("HOME");
  return home.empty() ? "" : home + "/.cache/coset";
}

std::string nbody_cache_file(const NBodyOptions& options, const std::string& cache_folder) {
  const std::string identity = description(options);
  const std::string digest = io::sha256_hex({std::as_bytes(std::span(identity))});
  const std::string law = options.law == NBodyLaw::kCharged ? "charged" : "gravity";
  return cache_folder + "/nbody-" + law + "-" + digest.substr(0, 16) + ".npz";
}

NBodyData cached_nbody(const NBodyOptions& options, const std::string& cache_folder, std::string* note) {
  const std::string path = nbody_cache_file(options, cache_folder);
  std::error_code error;
  if (!cache_folder.empty() && std::filesystem::exists(path, error)) {
    try {
      return read_cache(path, options);
    } catch (const Error& damaged) {
      if (note != nullptr) *note = std::string(damaged.what()) + "; generating it again";
    }
  }
  NBodyData data = generate_nbody(options);
  if (cache_folder.empty()) return data;
  std::filesystem::create_directories(cache_folder, error);
  try {
    io::save_npz(path, cache_arrays(data, description(options)));
  } catch (const Error& unwritable) {
    if (note != nullptr) *note = std::string(unwritable.what()) + "; the data was generated but not cached";
  }
  return data;
}

}  // namespace coset::data
