#include "coset/io/pickle.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "coset/base/error.h"
#include "coset/io/atomic_write.h"

namespace coset::io {
namespace {

std::string golden(const std::string& name) {
  return std::string(COSET_GOLDEN_DIR) + "/io/pickle/" + name;
}

PickleRef decode(const std::string& name) {
  return decode_pickle(read_file(golden(name)), name);
}

std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Pickle, PlainDataOfEveryProtocol) {
  for (const char* name : {"plain2.pkl", "plain3.pkl", "plain4.pkl", "plain5.pkl"}) {
    const PickleRef root = decode(name);
    const auto at = [&](const char* key) -> const PickleValue& {
      const PickleValue* value = root->find(key);
      EXPECT_NE(value, nullptr) << name << " " << key;
      return *value;
    };
    EXPECT_STREQ(at("none").kind(), "None");
    EXPECT_EQ(*at("yes").get<bool>(), true);
    EXPECT_EQ(*at("no").get<bool>(), false);
    EXPECT_EQ(*at("small").get<std::int64_t>(), 7);
    EXPECT_EQ(*at("negative").get<std::int64_t>(), -3);
    EXPECT_EQ(*at("large").get<std::int64_t>(), std::int64_t{1} << 40);
    EXPECT_EQ(*at("real").get<double>(), 0.1);
    EXPECT_EQ(*at("text").get<std::string>(), "Ångström");
    EXPECT_EQ(*at("bytes").get<std::string>(), std::string("\x00\xff", 2));
    const auto& list = at("list").get<PickleSequence>()->items;
    EXPECT_EQ(*list[1]->get<PickleSequence>()->items[1]->get<std::int64_t>(), 3);
    EXPECT_EQ(at("tuple").get<PickleSequence>()->items.size(), 2U);
    EXPECT_EQ(*at("set").get<PickleSequence>()->items.at(0)->get<std::int64_t>(), 5);
    EXPECT_EQ(*at("ordered").find("a")->get<std::int64_t>(), 1);
    EXPECT_EQ(root->find("absent"), nullptr);
  }
}

TEST(Pickle, AnythingElseIsRefusedByNameAndNeverCalled) {
  const std::string call = refusal([] { decode("call.pkl"); });
  EXPECT_NE(call.find("posix.system"), std::string::npos) << call;
  EXPECT_EQ(call.find('\n'), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists("/tmp/coset-pickle-executed"));
  const std::string module = refusal([] { decode("module.pkl"); });
  EXPECT_NE(module.find("mace.modules.models.ScaleShiftMACE"), std::string::npos) << module;
  EXPECT_NE(refusal([] { decode("deep.pkl"); }).find("nested too deeply"), std::string::npos);
}

TEST(Pickle, TensorsAndArraysOfAnArchive) {
  const PickleRef root = read_torch_file(golden("tensors.pth"));
  const PickleValue* state = root->find("model_state_dict");
  ASSERT_NE(state, nullptr);
  const auto* weight = state->find("weight")->get<Array>();
  EXPECT_EQ(weight->shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(weight->as<float>(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(state->find("transposed")->get<Array>()->as<float>(), (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(state->find("part")->get<Array>()->as<std::int64_t>(), (std::vector<std::int64_t>{20, 30}));
  const PickleValue* config = root->find("config");
  EXPECT_EQ(config->find("shift")->get<Array>()->as<float>(), (std::vector<float>{1, 2, 3}));
  EXPECT_EQ(config->find("device")->get<PickleName>()->detail, "cuda");
  EXPECT_NE(refusal([] { read_torch_file(golden("beyond.pth")); }).find("beyond its storage"), std::string::npos);
  EXPECT_NE(refusal([] { read_torch_file(golden("plain2.pkl")); }).find("zip"), std::string::npos);
}

/// Cut or changed files give data or one line, never a crash.
TEST(Pickle, DamagedFilesAreErrors) {
  const std::vector<std::byte> whole = read_file(golden("plain4.pkl"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const std::vector<std::byte> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NE(refusal([&] { decode_pickle(part, "cut"); }), "") << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (const unsigned change : {0x01U, 0x80U, 0xffU}) {
      std::vector<std::byte> other = whole;
      other[at] ^= static_cast<std::byte>(change);
      static_cast<void>(refusal([&] { decode_pickle(other, "changed"); }));
    }
}

}  // namespace
}  // namespace coset::io
