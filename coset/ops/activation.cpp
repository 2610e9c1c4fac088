#include "coset/ops/activation.h"

#include <array>
#include <cmath>
#include <numbers>

#include "coset/base/error.h"
#include "coset/base/words.h"

namespace coset::ops {

namespace {

struct Known {
  Activation activation;
  const char* name;
  double moment;  // e3nn.nn's estimate
  int parity;
};

constexpr std::array<Known, 9> kKnown{{
    {Activation::identity, "identity", 1.001110600838467, -1},
    {Activation::silu, "silu", 1.6791767923989418, 0},
    {Activation::sigmoid, "sigmoid", 1.8467055342154763, 0},
    {Activation::tanh, "tanh", 1.5937334472592695, -1},
    {Activation::relu, "relu", 1.4163393446331365, 0},
    {Activation::abs, "abs", 1.001110600838467, 1},
    {Activation::softplus, "softplus", 1.878204668541552, 0},
    {Activation::gelu, "gelu", 1.5360642850770578, 0},
    {Activation::elu, "elu", 1.2467863885570512, 0},
}};

const Known& lookup(Activation activation) {
  return kKnown[static_cast<std::size_t>(activation)];
}

}  // namespace

Activation parse_activation(const std::string& name) {
  std::vector<std::string> names;
  for (const Known& known : kKnown) {
    if (name == known.name) return known.activation;
    names.emplace_back(known.name);
  }
  unknown_word("ops::parse_activation", name, names);
}

std::string to_string(Activation activation) {
  return lookup(activation).name;
}

double moment_constant(Activation activation) {
  return lookup(activation).moment;
}

int activation_parity(Activation activation) {
  return lookup(activation).parity;
}

Tensor activate(Activation activation, const Tensor& x) {
  switch (activation) {
    case Activation::identity:
      return x;
    case Activation::silu:
      return at::silu(x);
    case Activation::sigmoid:
      return at::sigmoid(x);
    case Activation::tanh:
      return at::tanh(x);
    case Activation::relu:
      return at::relu(x);
    case Activation::abs:
      return at::abs(x);
    case Activation::softplus:
      return at::softplus(x) - std::numbers::ln2;
    case Activation::gelu:
      return at::gelu(x);
    case Activation::elu:
      return at::elu(x);
  }
  fail("[ops::activate] unknown activation");
}

}  // namespace coset::ops
