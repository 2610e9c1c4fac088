#include "coset/io/safetensors.h"

#include <cstring>

#include "coset/io/atomic_write.h"
#include "coset/io/sha256.h"
#include "tests/io/scratch.h"

namespace coset::io {
namespace {

using Safetensors = Scratch;

SafeTensors example() {
  return {.tensors = {{"layer.weight", Array::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3})},
                      {"layer.bias", Array::from(std::vector<double>{-0.5}, {1})},
                      {"mask", Array::from(std::vector<std::uint8_t>{1, 0, 1}, {3})},
                      {"step", Array::from(std::vector<std::int64_t>{7}, {})},
                      {"none", Array::from(std::vector<float>{}, {0, 4})}},
          .metadata = {{"coset", R"({"model":"segnn","units":"Å"})"}, {"format", "pt"}}};
}

/// A file around a header of the test's choosing, with `values` bytes of data.
std::string refusal(const std::string& header, std::size_t values) {
  std::string file(8, '\0');
  const std::uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  file += header + std::string(values, '\0');
  return error_of([&] { decode_safetensors(std::as_bytes(std::span(file)), "f", Checksum::kIfPresent); });
}

TEST_F(Safetensors, DeepHeadersAreRefusedBeforeTheyAreParsed) {
  const std::string deep = "{\"w\":" + std::string(200000, '[') + std::string(200000, ']') + "}";
  EXPECT_NE(refusal(deep, 0).find("nested at most 32 deep"), std::string::npos);
}

TEST_F(Safetensors, AnEditedFileIsReadOnlyToSealItAnew) {
  auto bytes = encode_safetensors(example());
  bytes.back() ^= std::byte{1};
  EXPECT_NE(error_of([&] { decode_safetensors(bytes, "f", Checksum::kIfPresent); }).find("does not match"),
            std::string::npos);
  const SafeTensors edited = decode_safetensors(bytes, "f", Checksum::kIgnored);
  EXPECT_EQ(edited.metadata, example().metadata);
  EXPECT_NO_THROW(decode_safetensors(encode_safetensors(edited), "f"));
}

TEST_F(Safetensors, KnownDigest) {
  const std::string text = "abc";  // FIPS 180-4 example
  EXPECT_EQ(sha256_hex({std::as_bytes(std::span(text))}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(Safetensors, WritesWhatItReads) {
  save_safetensors(path("m.safetensors"), example());
  const SafeTensors read = load_safetensors(path("m.safetensors"));
  EXPECT_EQ(read.tensors, example().tensors);
  EXPECT_EQ(read.metadata, example().metadata);
  EXPECT_EQ(encode_safetensors(example()), read_file(path("m.safetensors")));
  EXPECT_TRUE(decode_safetensors(encode_safetensors({}), "empty").tensors.empty());
}

TEST_F(Safetensors, ReadsThePythonPackagesFile) {
  const SafeTensors read = load_safetensors(golden("python.safetensors"), Checksum::kIfPresent);
  EXPECT_EQ(read.tensors.at("w"), Array::from(std::vector<float>{0, 1, 2, 3, 4, 5}, {2, 3}));
  EXPECT_EQ(read.tensors.at("b").as_doubles(), std::vector<double>{1.5});
  EXPECT_EQ(read.tensors.at("n").as<std::int64_t>(), (std::vector<std::int64_t>{7, 8}));
  EXPECT_EQ(read.metadata.at("note"), "written by safetensors 0.8.0");
  EXPECT_NE(error_of([] { load_safetensors(golden("python.safetensors")); }).find("expected a checksum"),
            std::string::npos);
}

TEST_F(Safetensors, RefusesEveryFlippedBitAndEveryTruncation) {
  const auto whole = encode_safetensors(example());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int bit : {0, 1, 2, 3, 4, 5, 6, 7}) {
      auto damaged = whole;
      damaged[i] ^= static_cast<std::byte>(1U << bit);
      EXPECT_NE(error_of([&] { decode_safetensors(damaged, "f"); }), "") << "byte " << i << " bit " << bit;
    }
    EXPECT_NE(error_of([&] { decode_safetensors(std::span(whole).first(i), "f"); }), "") << i << " bytes";
  }
  auto longer = whole;
  longer.push_back(std::byte{0});
  EXPECT_NE(error_of([&] { decode_safetensors(longer, "f"); }), "");
}

TEST_F(Safetensors, RefusesDuplicateNames) {
  EXPECT_EQ(
      refusal(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
          2),
      "");
  EXPECT_EQ(
      refusal(
          R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
          2),
      "f: expected each name once; received 'a' twice");
  EXPECT_NE(refusal(R"({"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}})", 1), "");
}

TEST_F(Safetensors, RefusesHeadersThatDoNotFitTheirValues) {
  const std::vector<std::pair<const char*, std::size_t>> cases{
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,3]}})", 3},  // size and shape disagree
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})", 1},   // past the end
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 2},   // bytes left over
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})", 2},   // a gap
      {R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
       3},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}})", 1},  // backwards
      {R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", 1},
      {R"({"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}})", 1},
      {R"({"a":{"dtype":"U8","shape":[4611686018427387904,8],"data_offsets":[0,1]}})", 1},
      {R"({"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}})", 8},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"extra":0}})", 1},
      {R"({"a":{"dtype":"U8","shape":[1]}})", 1},
      {R"({"a":[]})", 0},
      {R"({"__metadata__":{"k":1}})", 0},
      {R"([])", 0},
      {R"({)", 0},
      {R"( {})", 0},
      {"", 0}};
  for (const auto& [header, values] : cases) EXPECT_NE(refusal(header, values), "") << header;
  EXPECT_EQ(refusal("{}", 0), "");
  const std::string huge_length("\xff\xff\xff\xff\xff\xff\xff\x7f", 8);
  EXPECT_NE(error_of([&] { decode_safetensors(std::as_bytes(std::span(huge_length)), "f"); }), "");
}

TEST_F(Safetensors, RefusesWhatItCannotWrite) {
  SafeTensors content = example();
  content.metadata[kChecksumKey] = "x";
  EXPECT_NE(error_of([&] { encode_safetensors(content); }), "");
  content = example();
  content.metadata["bad"] = "\xff";
  EXPECT_NE(error_of([&] { encode_safetensors(content); }), "");
  content = example();
  content.tensors["mask"].data.pop_back();
  EXPECT_NE(error_of([&] { encode_safetensors(content); }), "");
}

}  // namespace
}  // namespace coset::io
