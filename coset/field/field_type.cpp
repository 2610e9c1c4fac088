#include "coset/field/field_type.h"

#include <algorithm>
#include <ostream>

#include "coset/base/error.h"

namespace coset::field {
namespace {

std::vector<FieldBlock> blocks_of(const rep::Irreps& irreps) {
  std::vector<FieldBlock> blocks;
  for (const auto& [mul, irrep] : irreps)
    blocks.push_back({{irrep.to_string(), irrep.dim(), irrep.is_scalar(), {}}, mul});
  return blocks;
}

std::int64_t count_channels(const std::vector<FieldBlock>& blocks) {
  std::int64_t total = 0;
  for (const auto& block : blocks) total += block.fields * block.rep.dim;
  return total;
}

}  // namespace

GridPtr shared_grid(const std::string& text, int space) {
  return std::make_shared<const group::GroupGrid>(group::parse_group(text, space));
}

FieldType::FieldType(rep::Irreps irreps) {
  auto blocks = blocks_of(irreps);
  const std::int64_t channels = irreps.dim();
  parts_ = std::make_shared<const Parts>(Parts{nullptr, std::move(irreps), std::move(blocks), channels});
}

FieldType::FieldType(GridPtr group, std::vector<FieldBlock> blocks) {
  check(group != nullptr && !blocks.empty(), "[field::FieldType] expected a group and at least one block");
  for (const auto& block : blocks)
    check(block.fields >= 1 && block.rep.dim >= 1, "[field::FieldType] expected at least one field of ", block.rep.name,
          "; received ", block.fields);
  const std::int64_t channels = count_channels(blocks);
  parts_ = std::make_shared<const Parts>(Parts{std::move(group), {}, std::move(blocks), channels});
}

FieldType FieldType::trivial(GridPtr group, std::int64_t fields) {
  auto rep = rep::trivial_representation(*group);
  return {std::move(group), {{std::move(rep), fields}}};
}

FieldType FieldType::regular(GridPtr group, std::int64_t fields) {
  auto rep = rep::regular_representation(*group);
  return {std::move(group), {{std::move(rep), fields}}};
}

const FieldType::Parts& FieldType::get() const {
  static const Parts none;
  return parts_ ? *parts_ : none;
}

const group::GroupGrid& FieldType::group() const {
  if (!on_grid()) fail("[field::FieldType] expected fields over a grid on H; received ", to_string());
  return *get().group;
}

std::int64_t FieldType::fields() const {
  std::int64_t total = 0;
  for (const auto& block : blocks()) total += block.fields;
  return total;
}

std::int64_t FieldType::first_channel(std::size_t block) const {
  std::int64_t first = 0;
  for (std::size_t i = 0; i < block; ++i) first += blocks()[i].fields * blocks()[i].rep.dim;
  return first;
}

bool FieldType::permutation() const {
  return std::ranges::all_of(blocks(), [](const FieldBlock& block) { return block.rep.permutation; });
}

const FieldBlock& FieldType::single_block(const char* where) const {
  if (blocks().size() != 1) fail("[", where, "] expected fields of one representation; received ", to_string());
  return blocks()[0];
}

std::string FieldType::to_string() const {
  if (!parts_) return "no type";
  if (!on_grid()) return irreps().size() == 0 ? "no irreps" : irreps().to_string();
  std::string text = group().name + ":";
  for (std::size_t i = 0; i < blocks().size(); ++i)
    text += (i != 0 ? " + " : " ") + std::to_string(blocks()[i].fields) + " " + blocks()[i].rep.name;
  return text;
}

bool FieldType::operator==(const FieldType& other) const {
  if (parts_ == other.parts_) return true;
  if (!parts_ || !other.parts_ || on_grid() != other.on_grid()) return false;
  if (!on_grid()) return irreps() == other.irreps();
  return (shared_group() == other.shared_group() || group() == other.group()) && blocks() == other.blocks();
}

std::ostream& operator<<(std::ostream& out, const FieldType& type) {
  return out << type.to_string();
}

}  // namespace coset::field
