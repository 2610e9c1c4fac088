#include <cmath>

#include "coset/model/image/networks.h"

namespace coset::model {
namespace {

using field::Field;
using field::FieldType;

/// One number per component, as the released code adds: it tells the orientations apart, so the group is broken.
class ComponentBias : public torch::nn::Module {
 public:
  explicit ComponentBias(const FieldType& type, double bound) {
    bias_ = register_parameter("bias", at::empty({type.channels(), 1, 1}).uniform_(-bound, bound));
  }
  Field forward(const Field& f) const { return {f.type(), f.data() + bias_}; }

 private:
  Tensor bias_;
};

void add_bias(Sequential& chain, std::int64_t weights_in) {
  const auto bias = std::make_shared<ComponentBias>(chain.out(), 1.0 / std::sqrt(static_cast<double>(weights_in)));
  chain.add("bias", chain.out(), bias, [bias](const Field& f) { return bias->forward(f); });
}

}  // namespace

ImageNetwork oriented_network(const ImageModelOptions& o, const field::GridPtr& group, Bias bias, nn::Pool readout) {
  const bool paper = o.preset == "paper";
  ImageNetwork network{group, 32, std::make_shared<Sequential>(FieldType::trivial(group, o.channels)), nullptr, {}};
  Sequential& chain = *network.chain;
  for (int layer = 0; layer < 4; ++layer) {  // 32, 16, 8, 4 pixels; the last convolution is not padded: 2, then 1
    const nn::GroupConvOptions options{
        .size = 3, .geometry = {.padding = layer == 3 ? 0 : 1}, .disk = false, .ring = true, .bias = false};
    const std::int64_t taps = 9 * chain.out().channels();
    chain.group_conv(o.width << layer, options);
    if (bias == Bias::per_orientation) add_bias(chain, taps);
    chain.batch_norm().activation(ops::Activation::relu).pool(nn::Pool::max);
  }
  const DenseHeadOptions dense{.hidden = {paper ? 1024 : 128}, .dropout = 0.5};
  if (readout != nn::Pool::none) {
    read_pooled(network, readout, std::make_shared<DenseHead>(chain.out().fields(), o.classes, dense));
    return network;
  }
  const auto head = std::make_shared<DenseHead>(chain.out().channels(), o.classes, dense);
  network.head = head;
  network.readout = [head](const Field& f) { return head->forward(nn::align_orientations(f)); };
  return network;
}

ImageNetwork build_orn(const ImageModelOptions& options, const field::GridPtr& group) {
  return oriented_network(options, group, Bias::shared);
}

}  // namespace coset::model
