#include "coset/compute/cpu/channel_rows.h"

namespace coset::compute {

std::int64_t ChannelLayout::find(rep::Irrep irrep) const {
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (groups[g].irrep == irrep) return static_cast<std::int64_t>(g);
  return -1;
}

ChannelLayout make_channel_layout(const rep::Irreps& irreps) {
  ChannelLayout layout;
  for (const auto& block : irreps) {
    std::int64_t group = layout.find(block.irrep);
    if (group < 0) {
      group = static_cast<std::int64_t>(layout.groups.size());
      layout.groups.push_back({block.irrep});
    }
    ChannelGroup& joined = layout.groups[static_cast<std::size_t>(group)];
    layout.blocks.push_back(
        {layout.public_size, block.mul, block.irrep.dim(), static_cast<std::size_t>(group), joined.mul});
    joined.mul += block.mul;
    layout.public_size += block.dim();
  }
  for (ChannelGroup& group : layout.groups) {
    group.offset = layout.size;
    group.stride = padded(group.mul);
    // Gates are read and written from the middle of the scalars, so a vector may reach beyond their padding.
    layout.size += group.dim() * group.stride + (group.irrep.l == 0 ? kLanePadding : 0);
  }
  return layout;
}

template <class T>
void load_part(const ChannelLayout& layout, const RowPart& part, std::int64_t rows, const T* from, bool channels_inside,
               T* to) {
  const RowKernels<T>& kernels = row_kernels<T>();
  for (std::size_t b = part.first_block; b < part.end_block; ++b) {
    const BlockPlace& place = layout.blocks[b];
    const ChannelGroup& group = layout.groups[place.group];
    kernels.load_block(rows, place.mul, place.dim, from + place.column - layout.blocks[part.first_block].column,
                       part.columns, channels_inside, to + group.offset + place.first, layout.size, group.stride);
  }
}

template <class T>
void store_part(const ChannelLayout& layout, const RowPart& part, std::int64_t rows, const T* from,
                bool channels_inside, T* to, bool accumulate) {
  const RowKernels<T>& kernels = row_kernels<T>();
  for (std::size_t b = part.first_block; b < part.end_block; ++b) {
    const BlockPlace& place = layout.blocks[b];
    const ChannelGroup& group = layout.groups[place.group];
    kernels.store_block(rows, place.mul, place.dim, from + group.offset + place.first, layout.size, group.stride,
                        channels_inside, to + place.column - layout.blocks[part.first_block].column, part.columns,
                        accumulate);
  }
}

template void load_part<float>(const ChannelLayout&, const RowPart&, std::int64_t, const float*, bool, float*);
template void load_part<double>(const ChannelLayout&, const RowPart&, std::int64_t, const double*, bool, double*);
template void store_part<float>(const ChannelLayout&, const RowPart&, std::int64_t, const float*, bool, float*, bool);
template void store_part<double>(const ChannelLayout&, const RowPart&, std::int64_t, const double*, bool, double*,
                                 bool);

}  // namespace coset::compute
