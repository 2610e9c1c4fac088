#include "coset/rep/irreps.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <ostream>

#include "coset/base/error.h"

namespace coset::rep {
namespace {

constexpr std::string_view kBlank = " \t\n\r";

std::string_view strip(std::string_view text) {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// The whole of `text` as a non-negative number without sign; false on anything else, overflow included.
template <class Integer>
bool parse_count(std::string_view text, Integer& value) {
  if (text.empty() || text.front() == '-') return false;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

bool parse_irrep(std::string_view text, Irrep& irrep) {
  if (text.size() < 2 || !parse_count(text.substr(0, text.size() - 1), irrep.l) || irrep.l > kMaxDegree) return false;
  switch (text.back()) {
    case 'e':
      irrep.p = 1;
      return true;
    case 'o':
      irrep.p = -1;
      return true;
    case 'y':
      irrep.p = irrep.l % 2 == 0 ? 1 : -1;
      return true;
    default:
      return false;
  }
}

MulIrrep parse_block(std::string_view part, std::string_view whole) {
  MulIrrep block{1, {}};
  const auto cross = part.find('x');
  const bool has_mul = cross != std::string_view::npos;
  const bool ok = (!has_mul || parse_count(strip(part.substr(0, cross)), block.mul)) &&
                  parse_irrep(strip(has_mul ? part.substr(cross + 1) : part), block.irrep);
  check(ok, "[rep::Irreps] expected blocks like 8x1o (multiplicity, x, degree, parity e, o or y); received '", part,
        "' in '", whole, "'");
  return block;
}

}  // namespace

Irrep Irrep::parse(std::string_view text) {
  Irrep irrep;
  check(parse_irrep(strip(text), irrep), "[rep::Irrep] expected a degree and a parity (e, o or y) like 1o; received '",
        text, "'");
  return irrep;
}

std::string Irrep::to_string() const {
  return std::to_string(l) + (p == 1 ? "e" : "o");
}

std::vector<Irrep> operator*(Irrep a, Irrep b) {
  std::vector<Irrep> product;
  for (int l = std::abs(a.l - b.l); l <= a.l + b.l; ++l) product.push_back({l, a.p * b.p});
  return product;
}

Irreps::Irreps(std::vector<MulIrrep> blocks) : blocks_(std::move(blocks)) {
  std::int64_t total = 0;
  for (const auto& [mul, irrep] : blocks_) {
    check(mul >= 0 && irrep.l >= 0 && irrep.l <= kMaxDegree && (irrep.p == 1 || irrep.p == -1),
          "[rep::Irreps] expected mul >= 0, 0 <= l <= ", kMaxDegree, " and p = 1 or -1; received mul = ", mul,
          ", l = ", irrep.l, ", p = ", irrep.p);
    std::int64_t dim = 0;
    check(!__builtin_mul_overflow(mul, static_cast<std::int64_t>(irrep.dim()), &dim) &&
              !__builtin_add_overflow(total, dim, &total),
          "[rep::Irreps] expected a row length that fits 63 bits; received the block ",
          MulIrrep{mul, irrep}.to_string());
  }
}

Irreps::Irreps(std::string_view text) {
  std::vector<MulIrrep> blocks;
  const std::string_view whole = strip(text);
  for (std::size_t start = 0; !whole.empty() && start != std::string_view::npos;) {
    const auto plus = whole.find('+', start);
    blocks.push_back(parse_block(strip(whole.substr(start, plus - start)), whole));
    start = plus == std::string_view::npos ? plus : plus + 1;
  }
  *this = Irreps(std::move(blocks));
}

Irreps Irreps::spherical_harmonics(int lmax, int p) {
  check(p == 1 || p == -1, "[rep::Irreps::spherical_harmonics] expected p = 1 or -1; received p = ", p);
  std::vector<MulIrrep> blocks;
  for (int l = 0; l <= lmax; ++l) blocks.push_back({1, {l, l % 2 == 0 ? 1 : p}});
  return blocks;
}

std::int64_t Irreps::dim() const {
  return std::accumulate(begin(), end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& b) { return sum + b.dim(); });
}

std::int64_t Irreps::num_irreps() const {
  return std::accumulate(begin(), end(), std::int64_t{0}, [](std::int64_t sum, const auto& b) { return sum + b.mul; });
}

int Irreps::lmax() const {
  check(!blocks_.empty(), "[rep::Irreps::lmax] expected at least one block; received the empty list");
  int largest = 0;
  for (const auto& block : blocks_) largest = std::max(largest, block.irrep.l);
  return largest;
}

std::int64_t Irreps::count(Irrep irrep) const {
  std::int64_t sum = 0;
  for (const auto& block : blocks_)
    if (block.irrep == irrep) sum += block.mul;
  return sum;
}

std::vector<std::int64_t> Irreps::offsets() const {
  std::vector<std::int64_t> starts{0};
  for (const auto& block : blocks_) starts.push_back(starts.back() + block.dim());
  return starts;
}

Irreps Irreps::simplify() const {
  std::vector<MulIrrep> merged;
  for (const auto& block : blocks_) {
    if (block.mul == 0) continue;
    if (!merged.empty() && merged.back().irrep == block.irrep)
      merged.back().mul += block.mul;
    else
      merged.push_back(block);
  }
  return merged;
}

Irreps::Sorted Irreps::sort() const {
  Sorted sorted;
  sorted.inverse.resize(size());
  std::iota(sorted.inverse.begin(), sorted.inverse.end(), 0);
  std::stable_sort(sorted.inverse.begin(), sorted.inverse.end(),
                   [this](auto a, auto b) { return blocks_[a].irrep < blocks_[b].irrep; });
  sorted.position.resize(size());
  std::vector<MulIrrep> blocks;
  for (const std::int64_t old : sorted.inverse) {
    sorted.position[old] = static_cast<std::int64_t>(blocks.size());
    blocks.push_back(blocks_[old]);
  }
  sorted.irreps = std::move(blocks);
  return sorted;
}

Irreps Irreps::regroup() const {
  return sort().irreps.simplify();
}

Irreps Irreps::filter(const std::vector<Irrep>& keep) const {
  std::vector<MulIrrep> kept;
  for (const auto& block : blocks_)
    if (std::find(keep.begin(), keep.end(), block.irrep) != keep.end()) kept.push_back(block);
  return kept;
}

Irreps Irreps::filter_lmax(int lmax) const {
  std::vector<MulIrrep> kept;
  for (const auto& block : blocks_)
    if (block.irrep.l <= lmax) kept.push_back(block);
  return kept;
}

std::string Irreps::to_string() const {
  std::string text;
  for (const auto& block : blocks_) {
    if (!text.empty()) text += '+';
    text += block.to_string();
  }
  return text;
}

Irreps operator+(const Irreps& a, const Irreps& b) {
  std::vector<MulIrrep> blocks = a.blocks();
  blocks.insert(blocks.end(), b.begin(), b.end());
  return blocks;
}

Irreps operator*(std::int64_t n, const Irreps& list) {
  check(n >= 0, "[rep::Irreps] expected a list repeated n >= 0 times; received n = ", n);
  std::vector<MulIrrep> blocks;
  for (std::int64_t i = 0; i < n; ++i) blocks.insert(blocks.end(), list.begin(), list.end());
  return blocks;
}

std::ostream& operator<<(std::ostream& out, const Irreps& irreps) {
  return out << irreps.to_string();
}

}  // namespace coset::rep
