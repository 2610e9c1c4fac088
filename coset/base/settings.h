/// Settings: declared keys with type, range, default, unit and help; values from presets, files and `key=value`.
///
/// A setting is declared once, where the thing that it sets is built (an architecture, a task, the loop). Ranges,
/// `--help`, the check of files, YAML and JSON follow from the declaration. Later sources win: defaults, then a preset,
/// then a file, then the command line. A key that was not declared, a value of another type or outside its range throws
/// coset::Error with one line that names the key, the expectation and the value.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace coset {

/// A boolean (true|false), a whole number, a real number or a text; the alternative is the type of the key.
using SettingValue = std::variant<bool, std::int64_t, double, std::string>;

/// One declared setting. Declare with designated initialisers:
///   {.name = "lr", .value = 5e-4, .help = "peak learning rate", .least = 0.0}
struct Setting {
  std::string name;
  SettingValue value;  ///< the default; spell real defaults with a point (1.0), whole ones as std::int64_t{1}
  std::string unit = {};
  std::string help = {};
  double least = -std::numeric_limits<double>::infinity();  ///< numbers: smallest allowed value
  double most = std::numeric_limits<double>::infinity();    ///< numbers: largest allowed value
  std::vector<std::string> choices = {};                    ///< texts: the allowed words; empty allows any text
  /// The program fills it in (the size of the images, the number of classes): part of files, not of the command line.
  bool derived = false;
};

/// key, value as it would be typed
using Assignments = std::vector<std::pair<std::string, std::string>>;

/// A named set of settings, chosen as one word on the command line.
struct Preset {
  std::string name;
  std::string help;
  Assignments values;
};

class Settings {
 public:
  Settings() = default;
  /// Names must differ, and every default must satisfy its own range and choices.
  explicit Settings(std::vector<Setting> declared);

  /// Declares more. @throws coset::Error when a name is declared twice
  Settings& declare(const std::vector<Setting>& more);

  /// `source` (a file name, "command line") begins every message. An unknown key names the nearest one.
  void set(const std::string& name, const std::string& word, const std::string& source);
  /// All of them or, where one is wrong, none. A key that stands twice is an error.
  void apply(const Assignments& assignments, const std::string& source);
  /// "lr=1e-3"
  void apply_assignment(const std::string& assignment);
  void apply_preset(const std::vector<Preset>& presets, const std::string& name);
  /// The values of those keys of `other` that are declared here too.
  void take(const Settings& other);

  bool knows(const std::string& name) const;
  /// The value of a declared key; asking for an undeclared key or another type is an error of the calling code.
  bool flag(const std::string& name) const;
  std::int64_t integer(const std::string& name) const;
  double real(const std::string& name) const;
  const std::string& text(const std::string& name) const;

  /// The value as it would be typed; real numbers in their shortest exact form.
  std::string word(const std::string& name) const;
  /// One line a key, "lr: 5e-4  # help [unit]", as YAML: io::apply_yaml of it restores these settings exactly.
  std::string to_string() const;
  const std::vector<Setting>& declared() const { return declared_; }

 private:
  Setting& find(const std::string& name, const std::string& source);
  const Setting& get(const std::string& name) const;

  std::vector<Setting> declared_;
};

}  // namespace coset
