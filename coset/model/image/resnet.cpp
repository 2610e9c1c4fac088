#include "coset/model/image/networks.h"

namespace coset::model {
namespace {

using field::Field;
using field::FieldType;
using ops::Activation;

/// y = x' + conv(relu(norm(conv(relu(norm(x)))))), x' = x or its 1x1 convolution where the width changes.
class ResidualBlock : public torch::nn::Module {
 public:
  ResidualBlock(const FieldType& in, std::int64_t fields) : body_(std::make_shared<Sequential>(in)) {
    const nn::GroupConvOptions same = hidden_kernels(in.group(), 1);
    body_->batch_norm().activation(Activation::relu).group_conv(fields, same);
    body_->batch_norm().activation(Activation::relu).group_conv(fields, same);
    register_module("body", body_);
    if (in.fields() == fields) return;
    shortcut_ = std::make_shared<Sequential>(in);
    shortcut_->group_conv(fields, {.size = 1, .bias = false});
    register_module("shortcut", shortcut_);
  }
  Field forward(const Field& f) const { return nn::add(shortcut_ ? shortcut_->forward(f) : f, body_->forward(f)); }

 private:
  std::shared_ptr<Sequential> body_, shortcut_;
};

}  // namespace

ImageNetwork build_p4m_resnet(const ImageModelOptions& o, const field::GridPtr& group) {
  const bool paper = o.preset == "paper";
  const std::int64_t blocks = paper ? 4 : 1;  // ResNet26: 6 n + 2 layers
  ImageNetwork network{group, 28, std::make_shared<Sequential>(FieldType::trivial(group, o.channels)), nullptr, {}};
  Sequential& chain = *network.chain;
  chain.group_conv(o.width, hidden_kernels(*group, 1));
  for (int stage = 0; stage < 3; ++stage) {
    // Strides of 2 keep the symmetry on odd sizes only; means over 2x2 windows do on the even ones here: 28, 14, 7.
    if (stage > 0) chain.pool(nn::Pool::mean);
    const std::int64_t fields = o.width << stage;
    for (std::int64_t b = 0; b < blocks; ++b) {
      const auto block = std::make_shared<ResidualBlock>(chain.out(), fields);
      chain.add("block", FieldType::regular(group, fields), block,
                [block](const Field& f) { return block->forward(f); });
    }
  }
  chain.batch_norm().activation(Activation::relu);
  read_pooled(network, nn::Pool::mean,
              std::make_shared<DenseHead>(chain.out().fields(), o.classes, DenseHeadOptions{}));
  return network;
}

}  // namespace coset::model
