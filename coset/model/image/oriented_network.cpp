#include "coset/model/image/networks.h"

namespace coset::model {

ImageNetwork build_orn(const ImageModelOptions& o, const field::GridPtr& group) {
  const bool paper = o.preset == "paper";
  const std::int64_t width = o.width > 0 ? o.width : paper ? 10 : 5;
  ImageNetwork network{
      group, 32, std::make_shared<FieldChain>(field::FieldType::trivial(group, o.channels)), nullptr, {}};
  FieldChain& chain = *network.chain;
  for (int layer = 0; layer < 4; ++layer) {  // 32, 16, 8, 4 pixels; the last convolution is not padded: 2, then 1
    const nn::GroupConvOptions options{
        .size = 3, .geometry = {.padding = layer == 3 ? 0 : 1}, .disk = false, .ring = true, .bias = false};
    chain.group_conv(width << layer, options);
    chain.batch_norm().activation(nn::Pointwise::relu).pool(nn::PoolKind::max);
  }
  const auto head = std::make_shared<DenseHead>(chain.out().channels(), o.classes,
                                                DenseHeadOptions{.hidden = {paper ? 1024 : 128}, .dropout = 0.5});
  network.head = head;
  network.readout = [head](const field::RegularField& f) { return head->forward(nn::align_orientations(f)); };
  return network;
}

}  // namespace coset::model
