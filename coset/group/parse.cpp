#include <algorithm>
#include <charconv>
#include <numbers>

#include "coset/group/grid.h"
#include "coset/group/polyhedral.h"

namespace coset::group {
namespace {

const std::vector<std::string> kKnown{"c1",
                                      "c4",
                                      "c8",
                                      "c16",
                                      "d4",
                                      "d8",
                                      "d16",
                                      "flip",
                                      "so2:8",
                                      "o2:8",
                                      "t",
                                      "o",
                                      "i",
                                      "th",
                                      "oh",
                                      "ih",
                                      "tetrahedral",
                                      "octahedral",
                                      "icosahedral",
                                      "so3:24",
                                      "so2:random:8:0",
                                      "so3:random:24:0",
                                      "r+:4:2",
                                      "so2xr+:8:4:2"};

/// The text in lower case, cut at its colons.
std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words{""};
  for (char c : text) {
    if (c == ':')
      words.emplace_back();
    else
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

[[noreturn]] void unknown(const std::string& text) {
  std::string lower;
  for (char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::string nearest = nearest_word(lower, kKnown);
  fail("[group::parse_group] expected a group such as c8, d4, so2:16, oh, so3:24 or r+:4:2; received '", text, "'",
       nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

template <class Number>
Number number_of(const std::string& word, const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || error != std::errc() || end != word.data() + word.size()) unknown(text);
  return value;
}

std::int64_t count_of(const std::string& word, const std::string& text) {
  const auto count = number_of<std::int64_t>(word, text);
  check(count >= 1 && count <= 1024, "[group::parse_group] expected a count from 1 to 1024; received '", text, "'");
  return count;
}

GroupGrid renamed(GroupGrid grid, const std::string& name) {
  grid.name = name;
  return grid;
}

GroupGrid solid_grid(Solid solid, bool inversion) {
  const double all = 8.0 * std::numbers::pi * std::numbers::pi;
  return make_grid(Polyhedral(solid, inversion), inversion ? 2.0 * all : all);
}

/// Grids whose first word alone names them.
bool parse_named(const std::string& word, int space, GroupGrid& grid) {
  if (word == "flip")
    grid = flip_grid(space == 0 ? 2 : space);
  else if (word == "t" || word == "tetrahedral")
    grid = solid_grid(Solid::tetrahedron, false);
  else if (word == "o" || word == "octahedral")
    grid = solid_grid(Solid::octahedron, false);
  else if (word == "i" || word == "icosahedral")
    grid = solid_grid(Solid::icosahedron, false);
  else if (word == "th")
    grid = solid_grid(Solid::tetrahedron, true);
  else if (word == "oh")
    grid = solid_grid(Solid::octahedron, true);
  else if (word == "ih")
    grid = solid_grid(Solid::icosahedron, true);
  else
    return false;
  return true;
}

GroupGrid parse_uniform(const std::vector<std::string>& words, const std::string& text) {
  const std::int64_t count = count_of(words[1], text);
  const std::string tail = ":" + std::to_string(count);
  if (words[0] == "so2") return renamed(cyclic_grid(count), "SO2" + tail);
  if (words[0] == "o2") return renamed(dihedral_grid(count), "O2" + tail);
  check(count == 12 || count == 24 || count == 60,
        "[group::parse_group] expected so3:12, so3:24 or so3:60 (uniform grids on SO(3)), or so3:random:", count,
        ":SEED; received '", text, "'");
  const Solid solid = count == 12 ? Solid::tetrahedron : count == 24 ? Solid::octahedron : Solid::icosahedron;
  return renamed(solid_grid(solid, false), "SO3" + tail);
}

GroupGrid parse_any(const std::string& text, int space) {
  const auto words = words_of(text);
  const std::string& head = words[0];
  GroupGrid grid;
  if (words.size() == 1) {
    if (parse_named(head, space, grid)) return grid;
    if (head == "c1") return trivial_grid(space == 0 ? 2 : space);
    if (head.size() > 1 && (head[0] == 'c' || head[0] == 'd') && std::isdigit(static_cast<unsigned char>(head[1]))) {
      const std::int64_t n = count_of(head.substr(1), text);
      return head[0] == 'c' ? cyclic_grid(n) : dihedral_grid(n);
    }
  }
  const bool rotations = head == "so2" || head == "so3";
  if (words.size() == 4 && rotations && words[1] == "random")
    return random_rotations(head == "so2" ? 2 : 3, count_of(words[2], text), number_of<std::uint32_t>(words[3], text));
  if (words.size() == 2 && (rotations || head == "o2")) return parse_uniform(words, text);
  if (words.size() >= 2 && words.size() <= 4 && head == "r+")
    return scale_grid(space == 0 ? 2 : space, count_of(words[1], text),
                      words.size() > 2 ? number_of<double>(words[2], text) : std::numbers::sqrt2,
                      words.size() > 3 ? number_of<std::int64_t>(words[3], text) : 0);
  if (words.size() == 4 && head == "so2xr+")
    return rotation_scale_grid(count_of(words[1], text), count_of(words[2], text), number_of<double>(words[3], text));
  unknown(text);
}

}  // namespace

GroupGrid parse_group(const std::string& text, int space) {
  GroupGrid grid = parse_any(text, space);
  check(space == 0 || grid.space == space, "[group::parse_group] expected a group that acts on R^", space,
        "; received '", text, "', which acts on R^", grid.space);
  return grid;
}

}  // namespace coset::group
