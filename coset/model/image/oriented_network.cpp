#include <array>

#include "coset/base/error.h"
#include "coset/model/image/networks.h"

namespace coset::model {
namespace {

using field::FieldType;
using field::RegularField;

/// Cells of a 3x3 kernel on its ring, counter-clockwise from the right of the centre, row-major places.
constexpr std::array<std::int64_t, 8> kRing{5, 2, 1, 0, 3, 6, 7, 8};

/// The spatial factor of an active rotating filter: copy r is the ring shifted by r cells of 45 degrees, nearest cell
/// in place of interpolation. Quarter turns are exact rotations. specification 2.5
std::vector<double> ring_shifts() {
  std::vector<double> table(8 * 9 * 9, 0.0);
  for (std::size_t r = 0; r < 8; ++r) {
    table[(r * 9 + 4) * 9 + 4] = 1.0;
    for (std::size_t i = 0; i < 8; ++i)
      table[(r * 9 + static_cast<std::size_t>(kRing[(i + r) % 8])) * 9 + static_cast<std::size_t>(kRing[i])] = 1.0;
  }
  return table;
}

std::shared_ptr<nn::PlannedConv> rotating_filter(const FieldType& in, std::int64_t fields, std::int64_t padding) {
  const auto& group = in.shared_group();
  const FieldType out = FieldType::regular(group, fields);
  const kernel::InterpolatedOptions cells{.size = 3, .disk = false};
  kernel::GroupConvPlan plan = in == FieldType::regular(group, in.fields())
                                   ? kernel::interpolated_group(*group, cells)
                                   : kernel::interpolated_lifting(*group, cells);
  plan.spatial = ring_shifts();
  return std::make_shared<nn::PlannedConv>(in, out, std::move(plan), ops::ConvGeometry{.padding = padding}, false);
}

/// ORAlign on (B, fields, 8): every field rolled so that its largest orientation comes first. The place of the maximum
/// is no function of the gradient.
Tensor aligned(const Tensor& f) {
  const Tensor first = f.detach().argmax(2, true);
  const Tensor places = at::remainder(at::arange(f.size(2), first.options()) + first, f.size(2));
  return f.gather(2, places);
}

}  // namespace

ImageNetwork build_orn(const ImageModelOptions& o, const field::GridPtr& group) {
  const bool paper = o.preset == "paper";
  const std::int64_t width = o.width > 0 ? o.width : paper ? 10 : 5;
  ImageNetwork network{group, 32, std::make_shared<FieldChain>(FieldType::trivial(group, o.channels)), nullptr, {}};
  FieldChain& chain = *network.chain;
  for (int layer = 0; layer < 4; ++layer) {  // 32, 16, 8, 4 pixels; the last convolution is not padded: 2, then 1
    chain.conv(rotating_filter(chain.out(), width << layer, layer == 3 ? 0 : 1));
    chain.batch_norm().activation(nn::Pointwise::relu).pool(nn::PoolKind::max);
  }
  const std::int64_t features = chain.out().channels();
  const auto head = std::make_shared<DenseHead>(features, o.classes,
                                                DenseHeadOptions{.hidden = {paper ? 1024 : 128}, .dropout = 0.5});
  network.head = head;
  network.readout = [head](const RegularField& f) { return head->forward(aligned(f.fibres().flatten(2)).flatten(1)); };
  return network;
}

}  // namespace coset::model
