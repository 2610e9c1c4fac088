#include "coset/field/regular_field.h"

#include <algorithm>

#include "coset/base/error.h"

namespace coset::field {

GridPtr shared_grid(const std::string& text, int space) {
  return std::make_shared<const group::GroupGrid>(group::parse_group(text, space));
}

FieldType::FieldType(GridPtr group, std::vector<FieldBlock> blocks)
    : group_(std::move(group)), blocks_(std::make_shared<const std::vector<FieldBlock>>(std::move(blocks))) {
  check(group_ != nullptr && !blocks_->empty(), "[field::FieldType] expected a group and at least one block");
  for (const auto& block : *blocks_)
    check(block.fields >= 1 && block.rep.dim >= 1, "[field::FieldType] expected at least one field of ", block.rep.name,
          "; received ", block.fields);
}

FieldType FieldType::trivial(GridPtr group, std::int64_t fields) {
  auto rep = rep::trivial_representation(*group);
  return {std::move(group), {{std::move(rep), fields}}};
}

FieldType FieldType::regular(GridPtr group, std::int64_t fields) {
  auto rep = rep::regular_representation(*group);
  return {std::move(group), {{std::move(rep), fields}}};
}

std::int64_t FieldType::channels() const {
  std::int64_t total = 0;
  for (const auto& block : *blocks_) total += block.fields * block.rep.dim;
  return total;
}

std::int64_t FieldType::fields() const {
  std::int64_t total = 0;
  for (const auto& block : *blocks_) total += block.fields;
  return total;
}

bool FieldType::permutation() const {
  return std::ranges::all_of(*blocks_, [](const FieldBlock& block) { return block.rep.permutation; });
}

const FieldBlock& FieldType::single_block(const char* where) const {
  check(blocks_->size() == 1, "[", where, "] expected fields of one representation; received ", to_string());
  return (*blocks_)[0];
}

std::string FieldType::to_string() const {
  if (!group_) return "no type";
  std::string text = group_->name + ":";
  for (std::size_t i = 0; i < blocks_->size(); ++i)
    text += (i != 0 ? " + " : " ") + std::to_string((*blocks_)[i].fields) + " " + (*blocks_)[i].rep.name;
  return text;
}

bool FieldType::operator==(const FieldType& other) const {
  if (group_ == nullptr || other.group_ == nullptr) return group_ == other.group_;
  return (group_ == other.group_ || *group_ == *other.group_) &&
         (blocks_ == other.blocks_ || *blocks_ == *other.blocks_);
}

RegularField::RegularField(FieldType type, Tensor data) : type_(std::move(type)), data_(std::move(data)) {
  check(data_.dim() == 2 + type_.space() && data_.size(1) == type_.channels(),
        "[field::RegularField] expected data (B, ", type_.channels(), ", ", type_.space(), " axes) of type ",
        type_.to_string(), "; received ", shape_text(data_.sizes()));
}

std::vector<std::int64_t> RegularField::sizes() const {
  return data_.sizes().slice(2).vec();
}

Tensor RegularField::fibres() const {
  type_.single_block("field::RegularField::fibres");
  return block(0);
}

Tensor RegularField::block(std::size_t index) const {
  std::int64_t start = 0;
  for (std::size_t i = 0; i < index; ++i) start += type_.blocks()[i].fields * type_.blocks()[i].rep.dim;
  const auto& [rep, fields] = type_.blocks()[index];
  const Tensor part = type_.blocks().size() == 1 ? data_ : data_.narrow(1, start, fields * rep.dim);
  return part.unflatten(1, {fields, rep.dim});
}

Tensor move_pixels(const group::GroupGrid& grid, std::int64_t h, const Tensor& x) {
  check(h >= 0 && h < grid.size && grid.on_lattice(h),
        "[field::move_pixels] expected an element that maps the pixel lattice to itself; received element ", h, " of ",
        grid.name);
  const auto m = grid.matrix(h);
  const std::int64_t lead = x.dim() - grid.space;
  std::vector<std::int64_t> order, reversed;
  for (std::int64_t a = 0; a < lead; ++a) order.push_back(a);
  for (int a = 0; a < grid.space; ++a)  // (h x)_a = +-x_b: the output's axis a is the input's axis b
    for (int b = 0; b < grid.space; ++b)
      if (const double sign = m[static_cast<std::size_t>(a * grid.space + b)]; sign != 0.0) {
        order.push_back(lead + b);
        if (sign < 0.0) reversed.push_back(lead + a);
      }
  return x.permute(order).flip(reversed);
}

RegularField RegularField::transform(std::int64_t h) const {
  const auto& grid = type_.group();
  std::vector<Tensor> blocks;
  for (std::size_t i = 0; i < type_.blocks().size(); ++i) {
    const auto& rep = type_.blocks()[i].rep;
    check(!rep.matrices.empty(),
          "[field::RegularField::transform] expected a representation of a finite group; received ", type_.to_string());
    const Tensor moved = move_pixels(grid, h, block(i));
    const Tensor matrix =
        torch::tensor(at::ArrayRef<double>(rep.matrix(h), static_cast<std::size_t>(rep.dim * rep.dim)), at::kDouble)
            .view({rep.dim, rep.dim})
            .to(data_.options());
    const Tensor turned = at::matmul(moved.movedim(2, -1), matrix.t()).movedim(-1, 2);  // (B, fields, dim, X...)
    blocks.push_back(turned.flatten(1, 2));
  }
  return {type_, at::cat(blocks, 1)};
}

void expect_type(const char* where, const FieldType& expected, const RegularField& found) {
  check(found.type() == expected, "[", where, "] expected a field of type ", expected.to_string(), "; received ",
        found.type().to_string());
}

}  // namespace coset::field
