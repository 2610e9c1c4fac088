/// Plans and shapes as text: what is written reads back equal, and what is hostile is one line.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "coset/base/error.h"
#include "coset/compute/gated_message.h"
#include "coset/compute/instance_norm.h"

namespace coset::compute {
namespace {

using rep::Irreps;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  double number() { return std::normal_distribution<double>(0, 1)(engine_); }
  Irreps irreps(int blocks) {
    std::vector<rep::MulIrrep> out;
    for (int b = 0; b < blocks; ++b) out.push_back({below(9), {below(4), below(2) == 0 ? 1 : -1}});
    return out;
  }
  GateShape shape() { return {below(9), irreps(below(4)).blocks(), number(), number()}; }
  rep::TensorProductPlan plan() {
    auto plan = rep::fully_connected_tensor_product(irreps(1 + below(3)), irreps(1 + below(3)), irreps(1 + below(3)));
    for (auto& path : plan.paths) path.coefficient = number();
    return plan;
  }

 private:
  std::mt19937 engine_;
};

TEST(PlanText, ReadsBackEqual) {
  Random random(5);
  for (int i = 0; i < 200; ++i) {
    const GateShape shape = random.shape();
    EXPECT_EQ(parse_gate_shape(to_string(shape)), shape);
    GatedProductOptions options;
    for (int p = random.below(4); p > 0; --p) options.part_blocks.push_back(random.below(5));
    if (random.below(2) == 0) options.gate = random.shape();
    EXPECT_EQ(parse_gated_product_options(to_string(options)), options);
    const InstanceNormPlan norm{random.irreps(random.below(5)), {std::abs(random.number()), random.below(2) == 0}};
    EXPECT_EQ(parse_instance_norm_plan(to_string(norm)), norm);
    const GatedMessageSpec spec{random.plan(), random.plan(), random.shape(), random.shape(), random.below(3)};
    EXPECT_EQ(parse_gated_message_spec(to_string(spec)), spec);
    GatedMessageSpec other = spec;
    other.second_gate.gate_factor += 1e-9;
    EXPECT_FALSE(parse_gated_message_spec(to_string(other)) == spec);
  }
}

void expect_refused(const std::function<void(const std::string&)>& parse, const std::string& text) {
  try {
    parse(text);
    ADD_FAILURE() << "accepted: " << text.substr(0, 80);
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with("[")) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 300U);
  }
}

// Every prefix, and every text with one character exchanged, parses or is one line; nothing else happens.
TEST(PlanText, SurvivesDamage) {
  Random random(6);
  const GatedMessageSpec spec{random.plan(), random.plan(), random.shape(), random.shape(), 1};
  const std::string text = to_string(spec);
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const std::string& damaged :
         {text.substr(0, i), text.substr(0, i) + "9" + text.substr(i + 1), text.substr(0, i) + text.substr(i + 1),
          text.substr(0, i) + "\n" + text.substr(i)}) {
      try {
        parse_gated_message_spec(damaged);
      } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      }
    }
  }
}

TEST(PlanText, RefusesHostileText) {
  const auto shape = [](const std::string& text) { parse_gate_shape(text); };
  const auto options = [](const std::string& text) { parse_gated_product_options(text); };
  const auto norm = [](const std::string& text) { parse_instance_norm_plan(text); };
  const std::string factors = " scalar_factor=1 gate_factor=1";
  EXPECT_NO_THROW(shape("scalars=1 gated=2x1o" + factors));
  for (const std::string& bad : std::vector<std::string>{
           "scalars=-1 gated=2x1o" + factors, "scalars=9223372036854775807 gated=2x1o" + factors,
           "scalars=1 gated=9223372036854775807x1o" + factors, "scalars=1 gated=2x1q" + factors,
           "scalars=1 gated=2x1o scalar_factor=nan gate_factor=1", "scalars=1 gated=2x1o" + factors + " more=1",
           "scalars=1 gated=" + std::string(1 << 20, '+') + factors, std::string(1 << 20, '(')})
    expect_refused(shape, bad);
  expect_refused(options, "parts=-1");
  expect_refused(options, "parts=1,,2");
  std::string many = "parts=1";
  for (int i = 0; i < 2000; ++i) many += ",1";
  expect_refused(options, many);
  expect_refused(norm, "irreps=99999999999x0e epsilon=1e-5 sum_of_squares=no");
  expect_refused(norm, "irreps=1x0e epsilon=1e-5 sum_of_squares=maybe");
}

}  // namespace
}  // namespace coset::compute
