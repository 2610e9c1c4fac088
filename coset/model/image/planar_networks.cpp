#include "coset/model/image/networks.h"

namespace coset::model {
namespace {

using field::FieldType;
using nn::GroupConvOptions;
using nn::Pool;
using ops::Activation;

/// The seven layers; `layer` adds a convolution to so many fields.
template <class Layer>
void seven_layers(Sequential& chain, std::int64_t fields, std::int64_t classes, const GroupConvOptions& hidden,
                  double dropout, const Layer& layer) {
  for (int i = 0; i < 6; ++i) {
    layer(fields, hidden);
    chain.batch_norm().activation(Activation::relu).dropout(dropout);
    if (i == 1) chain.pool(Pool::max);
  }
  layer(classes, GroupConvOptions{.size = 4});
}

ImageNetwork start(const field::GridPtr& symmetry, FieldType in, std::int64_t canvas) {
  return {symmetry, canvas, std::make_shared<Sequential>(std::move(in)), nullptr, {}};
}

}  // namespace

nn::GroupConvOptions hidden_kernels(const group::GroupGrid& group, std::int64_t padding) {
  const std::int64_t wider = group.on_lattice() ? 0 : 1;
  return {.size = 3 + 2 * wider, .geometry = {.padding = padding + wider}, .bias = false};
}

ImageNetwork build_z2cnn(const ImageModelOptions& o, const field::GridPtr& group) {
  ImageNetwork network = start(group, FieldType::trivial(field::shared_grid("c1", 2), o.channels), 28);
  Sequential& chain = *network.chain;
  seven_layers(chain, o.width, o.classes, {.size = 3, .bias = false}, 0.3,
               [&](std::int64_t f, const GroupConvOptions& options) { chain.plain_conv(f, options); });
  read_pooled(network, Pool::max, nullptr);
  return network;
}

ImageNetwork build_p4cnn(const ImageModelOptions& o, const field::GridPtr& group) {
  ImageNetwork network = start(group, FieldType::trivial(group, o.channels), 28);
  Sequential& chain = *network.chain;
  seven_layers(chain, o.width, o.classes, hidden_kernels(*group, 0), 0.0,
               [&](std::int64_t f, const GroupConvOptions& options) { chain.group_conv(f, options); });
  read_pooled(network, Pool::max, nullptr);
  return network;
}

ImageNetwork build_p4cnn_rp(const ImageModelOptions& o, const field::GridPtr& group) {
  ImageNetwork network = start(group, FieldType::trivial(group, o.channels), 28);
  Sequential& chain = *network.chain;
  seven_layers(
      chain, o.width, o.classes, hidden_kernels(*group, 0), 0.0,
      [&](std::int64_t f, const GroupConvOptions& options) { chain.group_conv(f, options).project(Pool::max); });
  read_pooled(network, Pool::max, nullptr);
  return network;
}

ImageNetwork build_se2cnn(const ImageModelOptions& o, const field::GridPtr& group) {
  ImageNetwork network = start(group, FieldType::trivial(group, o.channels), 32);
  const std::int64_t fields = o.width;
  Sequential& chain = *network.chain;
  chain.group_conv(fields, {.size = 5}).pool(Pool::max).activation(Activation::relu);      // 28, 14
  chain.group_conv(2 * fields, {.size = 5}).pool(Pool::max).activation(Activation::relu);  // 10, 5
  chain.merge();
  chain.plain_conv(4 * fields, {.size = 5}).activation(Activation::relu);  // 1
  chain.plain_conv(32 * fields, {.size = 1}).activation(Activation::relu);
  chain.plain_conv(o.classes, {.size = 1});
  read_pooled(network, Pool::max, nullptr);
  return network;
}

}  // namespace coset::model
