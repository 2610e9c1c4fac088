/// Settings of a run: declared keys with type, default, unit and range; values from presets, YAML text and `key=value`.
///
/// Later sources win: defaults, then a preset, then a file, then the command line. A key that was not declared, a value
/// of another type or outside its range throws coset::Error with one line that names the key, the expectation and the
/// value. YAML maps may be nested: {optimizer: {lr: 1e-3}} sets the key "optimizer.lr".
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace coset::train {

/// A boolean (true|false), a whole number, a real number or a text; the alternative is the type of the key.
using Value = std::variant<bool, std::int64_t, double, std::string>;

/// One declared setting. Declare with designated initialisers:
///   {.name = "lr", .value = 5e-4, .unit = "", .doc = "peak learning rate", .least = 0.0}
struct Key {
  std::string name;
  Value value;  ///< the default; spell real defaults with a point (1.0), whole ones as std::int64_t{1}
  std::string unit = {};
  std::string doc = {};
  double least = -std::numeric_limits<double>::infinity();  ///< numbers: smallest allowed value
  double most = std::numeric_limits<double>::infinity();    ///< numbers: largest allowed value
  std::vector<std::string> choices = {};                    ///< texts: the allowed words; empty allows any text
};

/// A named set of settings, chosen as one word on the command line.
struct Preset {
  std::string name;
  std::string doc;
  std::vector<std::pair<std::string, std::string>> values;  ///< key, value as it would be typed
};

class Config {
 public:
  /// Names must differ, and every default must satisfy its own range and choices.
  explicit Config(std::vector<Key> keys);

  void apply_preset(const std::vector<Preset>& presets, const std::string& name);
  /// `source` (a file name) begins every message about this text. A key that stands twice is an error.
  void apply_yaml(const std::string& text, const std::string& source);
  /// Reads a file and applies it; its name is the source.
  void apply_file(const std::string& path);
  /// "lr=1e-3"
  void apply_override(const std::string& assignment);

  /// The value of a declared key; asking for an undeclared key or another type is an error of the calling code.
  bool flag(const std::string& name) const;
  std::int64_t integer(const std::string& name) const;
  double real(const std::string& name) const;
  const std::string& text(const std::string& name) const;

  /// Every key with its value, one line each with unit and description as a comment; apply_yaml of it restores this
  /// Config exactly (real numbers are written in their shortest exact form).
  std::string yaml() const;
  const std::vector<Key>& keys() const { return keys_; }

 private:
  Key& find(const std::string& name, const std::string& source);
  const Key& get(const std::string& name) const;
  void set(const std::string& name, const std::string& word, const std::string& source);

  std::vector<Key> keys_;
};

}  // namespace coset::train
