/// Registered operators against the C++ functions they stand for, and what every operation says of unusable tensors.
#include "coset/ops/operators.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>

#include <functional>

#include "coset/base/error.h"
#include "coset/group/grid.h"
#include "coset/ops/array.h"
#include "coset/ops/filter_expansion.h"
#include "coset/ops/gate.h"
#include "coset/ops/gated_message.h"
#include "coset/ops/group_conv.h"
#include "coset/ops/instance_norm.h"
#include "coset/ops/mixed_conv.h"
#include "coset/ops/plan_cache.h"
#include "coset/ops/scatter.h"
#include "coset/ops/spherical_harmonics.h"
#include "coset/ops/tensor_product_conv.h"

namespace coset::ops {
namespace {

using rep::Irreps;
using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensors&)>;

Tensor call(const std::string& name, std::vector<at::IValue> arguments) {
  c10::Dispatcher::singleton().findSchemaOrThrow(name.c_str(), "").callBoxed(&arguments);
  return arguments.at(0).toTensor();
}

/// An operation, called both ways, with operands that may all require gradients.
struct Case {
  std::string name;
  Function direct, registered;
  Tensors operands;
};

const Irreps kHidden("3x0e+3x1o");
const Irreps kGated("6x0e+3x1o");
const Irreps kAttribute("1x0e+1x1o");

rep::TensorProductPlan plan(const Irreps& in, const Irreps& out) {
  return rep::fully_connected_tensor_product(in, kAttribute, out,
                                             {rep::IrrepNormalization::component, rep::PathNormalization::none});
}

compute::GateShape gate_shape() {
  compute::GateShape shape;
  shape.scalars = 3;
  shape.gated = {{3, {1, -1}}};
  return shape;
}

Tensor random(at::IntArrayRef shape) {
  return at::randn(shape, at::kDouble);
}

Tensor numbers(std::initializer_list<std::int64_t> values) {
  return torch::tensor(at::IntArrayRef(values.begin(), values.size()), at::kLong);
}

Tensors edge_list() {
  return {numbers({1, 2, 0, 2, 0, 1, 2}), numbers({0, 0, 1, 1, 3, 3, 3})};
}

Case product_case() {
  const auto of = plan(kHidden, kHidden);
  return {"coset::tensor_product",
          [product = make_product(of)](const Tensors& v) { return tensor_product(product, v[0], v[1], v[2]); },
          [text = to_string(of)](const Tensors& v) {
            return call("coset::tensor_product", {v[0], v[1], v[2], text});
          },
          {random({5, 12}), random({5, 4}), random({of.weight_numel})}};
}

Case conv_case() {
  std::vector<rep::Instruction> paths{{0, 0, 0, rep::ConnectionMode::uvu}, {1, 0, 1, rep::ConnectionMode::uvu}};
  const auto of = rep::make_tensor_product(kHidden, kAttribute, kHidden, paths);
  const Edges edges = make_edges(4, edge_list()[0], edge_list()[1]);
  return {"coset::tensor_product_conv",
          [conv = make_product_conv(of), edges](const Tensors& v) {
            return tensor_product_conv(conv, edges, v[0], v[1], v[2]);
          },
          [text = to_string(of)](const Tensors& v) {
            return call("coset::tensor_product_conv", {v[0], v[1], v[2], edge_list(), text, std::string("mul_ir")});
          },
          {random({4, 12}), random({7, 4}), random({7, of.weight_numel})}};
}

Case layer_case() {
  const auto of = plan(kHidden + kHidden, kGated);
  const compute::GatedProductOptions options{{2, 2}, gate_shape()};
  return {"coset::gated_product",
          [layer = GatedProduct(of, options)](const Tensors& v) {
            return layer({v[0], v[1]}, v[2], v[3], v[4]);
          },
          [text = to_string(of), with = to_string(options)](const Tensors& v) {
            return call("coset::gated_product", {Tensors{v[0], v[1]}, v[2], v[3], v[4], text, with});
          },
          {random({3, 12}), random({3, 12}), random({3, 4}), random({of.weight_numel}), random({6})}};
}

Case message_case() {
  const compute::GatedMessageSpec spec{plan(kHidden + kHidden + Irreps("2x0e"), kGated), plan(kHidden, kGated),
                                       gate_shape(), gate_shape(), 2};
  const Edges edges = make_edges(4, edge_list()[0], edge_list()[1]);
  return {"coset::gated_message",
          [message = GatedMessage(spec), edges](const Tensors& v) {
            return message(edges, {v[0], v[1], v[2], v[3], v[4], v[5], v[6]});
          },
          [text = to_string(spec)](const Tensors& v) {
            return call("coset::gated_message", {v[0], v[1], v[2], Tensors{v[3], v[4], v[5], v[6]}, edge_list(), text});
          },
          {random({4, 12}), random({7, 2}), random({7, 4}), random({spec.first.weight_numel}), random({6}),
           random({spec.second.weight_numel}), random({6})}};
}

Case norm_case() {
  const Tensor graph = numbers({0, 0, 0, 1, 1});
  const compute::InstanceNormPlan of{kHidden, {}};
  return {
      "coset::instance_norm",
      [norm = InstanceNorm(kHidden), graph](const Tensors& v) {
        return norm({v[0], v[1], v[2], v[3]}, graph, 2);
      },
      [text = to_string(of), graph](const Tensors& v) {
        return call("coset::instance_norm", {Tensors{v[0], v[1]}, Tensors{v[2], v[3]}, graph, std::int64_t{2}, text});
      },
      {random({5, 12}), random({5, 12}), random({6}), random({3})}};
}

kernel::GroupConvPlan conv_plan() {
  return kernel::interpolated_lifting(group::cyclic_grid(4), {.size = 3});
}

std::vector<Case> cases() {
  at::manual_seed(31);
  const std::string shape = to_string(gate_shape()), filters = to_string(conv_plan());
  const std::string geometry = to_string(ConvGeometry{.padding = 1});
  const Tensor index = numbers({2, 0, 2, 1}), start = numbers({0, 2, 2, 4});
  std::vector<Case> all{product_case(), conv_case(), layer_case(), message_case(), norm_case()};
  all.push_back({"coset::gate",
                 [](const Tensors& v) { return gate(gate_shape(), v[0]); },
                 [shape](const Tensors& v) {
                   return call("coset::gate", {v[0], shape});
                 },
                 {random({4, 15})}});
  all.push_back({"coset::spherical_harmonics",
                 [](const Tensors& v) { return spherical_harmonics(v[0], 3); },
                 [](const Tensors& v) {
                   return call("coset::spherical_harmonics", {v[0], std::int64_t{3}, std::string("component"), true});
                 },
                 {random({9, 3})}});
  all.push_back({"coset::filter_expansion",
                 [expand = FilterExpansion(conv_plan())](const Tensors& v) { return expand(v[0]); },
                 [filters](const Tensors& v) {
                   return call("coset::filter_expansion", {v[0], filters});
                 },
                 {random({2, 3, conv_plan().pair_weights()})}});
  all.push_back({"coset::group_conv",
                 [](const Tensors& v) { return group_conv(v[0], v[1], v[2], {.padding = 1}); },
                 [geometry](const Tensors& v) {
                   return call("coset::group_conv", {v[0], v[1], Tensors{v[2]}, geometry});
                 },
                 {random({2, 3, 1, 5, 5}), random({2, 4, 3, 1, 3, 3}), random({2})}});
  all.push_back({"coset::gather",
                 [index](const Tensors& v) { return gather(v[0], index); },
                 [index](const Tensors& v) {
                   return call("coset::gather", {v[0], index});
                 },
                 {random({3, 4})}});
  all.push_back({"coset::segment_sum",
                 [start](const Tensors& v) { return segment_sum(v[0], start); },
                 [start](const Tensors& v) {
                   return call("coset::segment_sum", {v[0], start});
                 },
                 {random({4, 5})}});
  return all;
}

/// The value, its gradients, and the gradients of a function of those.
Tensors everything(const Function& f, const Tensors& operands) {
  Tensors leaves;
  for (const Tensor& t : operands) leaves.push_back(t.detach().clone().requires_grad_());
  Tensors out{f(leaves)};
  const Tensors first = torch::autograd::grad({out[0].square().sum()}, leaves, {}, true, true);
  Tensor sum = at::zeros({}, operands[0].options());
  for (const Tensor& g : first) sum = sum + g.square().sum();
  const Tensors second = torch::autograd::grad({sum}, leaves, {}, true, false, true);
  out.insert(out.end(), first.begin(), first.end());
  out.insert(out.end(), second.begin(), second.end());
  return out;
}

TEST(Operators, AreRegisteredByTheirNames) {
  for (const std::string& name : operator_names())
    EXPECT_TRUE(c10::Dispatcher::singleton().findSchema({name, ""}).has_value()) << name;
  EXPECT_FALSE(c10::Dispatcher::singleton().findSchema({"coset::no_such_operator", ""}).has_value());
  EXPECT_EQ(operator_names().size(), cases().size());
}

TEST(Operators, GiveTheSameBitsAndGradientsAsTheFunctions) {
  for (const Case& c : cases()) {
    const Tensors direct = everything(c.direct, c.operands), registered = everything(c.registered, c.operands);
    ASSERT_EQ(direct.size(), registered.size());
    for (std::size_t i = 0; i < direct.size(); ++i) {
      ASSERT_EQ(direct[i].defined(), registered[i].defined()) << c.name << " " << i;
      EXPECT_TRUE(!direct[i].defined() || at::equal(direct[i], registered[i])) << c.name << " " << i;
    }
    Tensors other = c.operands;  // the control
    other[0] = other[0] * 1.5;
    EXPECT_FALSE(at::equal(direct[0], c.registered(other))) << c.name;
  }
}

std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("not a coset::Error: ") + error.what();
  }
  return "accepted";
}

void expect_one_line(const std::string& message, const std::string& part, const std::string& context) {
  EXPECT_TRUE(message.starts_with("[ops::")) << context << ": " << message;
  EXPECT_NE(message.find(part), std::string::npos) << context << ": " << message;
  EXPECT_EQ(message.find('\n'), std::string::npos) << context << ": " << message;
}

TEST(Operators, SayThatTensorsAreElsewhere) {
  for (const Case& c : cases())
    for (const Function& f : {c.direct, c.registered})
      for (std::size_t i = 0; i < c.operands.size(); ++i) {
        Tensors operands = c.operands;
        operands[i] = operands[i].to(at::kMeta);
        const std::string message = refusal([&] { f(operands); });
        expect_one_line(message, "expected tensors on the CPU; received ", c.name);
        EXPECT_TRUE(message.ends_with(" on meta")) << message;
      }
}

TEST(Operators, SayWhatIsWrongWithTypesAndShapes) {
  for (const Case& c : cases())
    for (std::size_t i = 0; i < c.operands.size(); ++i) {
      for (const at::ScalarType type : {at::kLong, at::kHalf, at::kComplexDouble}) {
        Tensors operands = c.operands;
        operands[i] = operands[i].to(type);
        expect_one_line(refusal([&] { c.registered(operands); }), "expected ", c.name);
      }
      Tensors operands = c.operands;
      operands[i] = operands[i].unsqueeze(0);
      expect_one_line(refusal([&] { c.direct(operands); }), "; received ", c.name);
      operands[i] = Tensor();
      if (c.name != "coset::group_conv" && c.name != "coset::instance_norm")
        expect_one_line(refusal([&] { c.direct(operands); }), "; received ", c.name);
    }
}

TEST(Operators, SayWhatIsWrongWithPlans) {
  const Tensor x = random({2, 12});
  for (const std::string& bad :
       {std::string(), std::string("nonsense"), std::string(100, '('), std::string("in1=\n")}) {
    for (const std::string& message : {refusal([&] {
                                         call("coset::gate", {x, bad});
                                       }),
                                       refusal([&] {
                                         call("coset::tensor_product", {x, x, x, bad});
                                       }),
                                       refusal([&] {
                                         call("coset::filter_expansion", {x, bad});
                                       }),
                                       refusal([&] {
                                         call("coset::group_conv", {x, x, Tensors{}, bad});
                                       })}) {
      EXPECT_NE(message.find("] expected "), std::string::npos) << message;
      EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    }
  }
}

TEST(Operators, OtherFunctionsRefuseTensorsElsewhereToo) {
  const Tensor rows = random({3, 4}), far = numbers({0, 1, 1}).to(at::kMeta);
  for (const std::string& message :
       {refusal([&] { gather(rows, far); }), refusal([&] { segment_sum(rows, far); }), refusal([&] {
          make_edges(3, far, numbers({0, 1, 2}));
        }),
        refusal([&] {
          make_edges(3, numbers({0, 1, 2}), far);
        }),
        refusal([&] {
          InstanceNorm(Irreps("4x0e"))({rows, {}, at::ones(4, at::kDouble), at::ones(4, at::kDouble)}, far, 2);
        })})
    expect_one_line(message, "expected tensors on the CPU; received ", "index");
  expect_one_line(refusal([&] { to_array(rows.to(at::kMeta)); }), "meta", "to_array");
  const MixedConv mixed(plan(kHidden + kHidden, kHidden), 2);
  const Edges edges = make_edges(4, edge_list()[0], edge_list()[1]);
  const Tensors operands{random({4, 12}), random({7, 4}), random({plan(kHidden + kHidden, kHidden).weight_numel})};
  for (std::size_t i = 0; i < operands.size(); ++i) {
    Tensors v = operands;
    EXPECT_NO_THROW(mixed(edges, v[0], {}, v[1], v[2]));
    v[i] = v[i].to(at::kMeta);
    expect_one_line(refusal([&] { mixed(edges, v[0], {}, v[1], v[2]); }), "expected tensors on the CPU", "mixed");
  }
}

// A view whose sign torch keeps aside: the kernels read the numbers, not the memory.
TEST(Operators, ReadSignsThatTorchKeepsAside) {
  const Tensor z = at::complex(random({4, 15}), random({4, 15}));
  const Tensor x = at::imag(z.conj());
  ASSERT_TRUE(x.is_neg());
  EXPECT_TRUE(at::equal(gate(gate_shape(), x), gate(gate_shape(), x.resolve_neg())));
  EXPECT_FALSE(at::equal(gate(gate_shape(), x), gate(gate_shape(), -x)));
}

TEST(PlanCache, MakesOnceAndForgetsTheOldest) {
  PlanCache<std::string> cache(2);
  int made = 0;
  const auto get = [&](const std::string& text) {
    return *cache.get(text, [&](const std::string& t) {
      ++made;
      check(t != "bad", "bad");
      return t + "!";
    });
  };
  EXPECT_EQ(get("a"), "a!");
  EXPECT_EQ(get("a"), "a!");
  EXPECT_EQ(made, 1);
  EXPECT_THROW(get("bad"), Error);
  EXPECT_EQ(cache.size(), 1U);
  get("b"), get("a"), get("c");  // b is the oldest
  EXPECT_EQ(cache.size(), 2U);
  made = 0;
  get("a"), get("c");
  EXPECT_EQ(made, 0);
  get("b");
  EXPECT_EQ(made, 1);
}

TEST(ConvGeometry, ReadsBack) {
  for (const auto mode : {PaddingMode::zero, PaddingMode::circular, PaddingMode::reflect})
    for (const bool transposed : {false, true}) {
      const ConvGeometry g{2, 3, 4, mode, transposed};
      EXPECT_EQ(parse_conv_geometry(to_string(g)), g);
    }
  EXPECT_THROW(parse_conv_geometry("stride=0 padding=0 dilation=1 mode=zero transposed=no"), Error);
}

}  // namespace
}  // namespace coset::ops
