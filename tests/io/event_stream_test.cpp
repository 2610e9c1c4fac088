// JSON lines and TensorBoard events: the two files that grow while a run lives.
#include "coset/io/atomic_write.h"
#include "coset/io/json_lines.h"
#include "coset/io/tensorboard.h"
#include "tests/io/scratch.h"

namespace coset::io {
namespace {

using EventStream = Scratch;

TEST_F(EventStream, LinesSurviveReopening) {
  const std::string file = path("m.jsonl");
  JsonLines(file).append(R"({"step":1})");
  JsonLines(file).append(R"({"step":2})");
  EXPECT_EQ(read_json_lines(file), (std::vector<std::string>{R"({"step":1})", R"({"step":2})"}));
  EXPECT_NE(error_of([&] { JsonLines(file).append("{\n}"); }), "");
  EXPECT_NE(error_of([&] { JsonLines(file).append("{"); }), "");
  EXPECT_EQ(read_json_lines(file).size(), 2U);
}

TEST_F(EventStream, AnUnfinishedLineIsLeftOutAndCutOff) {
  const std::string file = path("m.jsonl");
  atomic_write(file, "1\n2\n{\"hal");
  EXPECT_EQ(read_json_lines(file), (std::vector<std::string>{"1", "2"}));
  JsonLines(file).append("3");
  EXPECT_EQ(read_text_file(file), "1\n2\n3\n");
  JsonLines(file, 1).append("4");
  EXPECT_EQ(read_text_file(file), "1\n4\n");
  JsonLines(file, 0);
  EXPECT_EQ(read_text_file(file), "");
  atomic_write(file, "1\nx\n");
  EXPECT_EQ(error_of([&] { read_json_lines(file); }), file + ", line 2: expected JSON; received 'x'");
}

TEST_F(EventStream, Crc32cCheckValue) {
  const std::string digits = "123456789";  // the CRC catalogue's check value
  EXPECT_EQ(crc32c(std::as_bytes(std::span(digits))), 0xe3069283U);
}

TEST_F(EventStream, ScalarsComeBack) {
  const TensorBoardWriter first(path("."));
  TensorBoardWriter writer(path("."));
  EXPECT_NE(first.path(), writer.path());
  writer.add_scalar("loss/train", 0.25, 3, 1700000000.5);
  writer.add_scalar("lr", 1e-3, 1LL << 40);
  const auto events = read_tensorboard(writer.path());
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].tag, "loss/train");
  EXPECT_EQ(events[0].value, 0.25F);
  EXPECT_EQ(events[0].step, 3);
  EXPECT_EQ(events[0].wall_time, 1700000000.5);
  EXPECT_EQ(events[1].step, 1LL << 40);
}

TEST_F(EventStream, DamagedRecordsAreRefused) {
  TensorBoardWriter writer(path("."));
  writer.add_scalar("loss", 0.5, 1);
  const auto whole = read_file(writer.path());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] ^= std::byte{0x10};
    write_plainly(path("bad"), damaged);
    EXPECT_NE(error_of([&] { read_tensorboard(path("bad")); }), "") << "byte " << i;
  }
  write_plainly(path("cut"), std::span(whole).first(whole.size() - 1));
  EXPECT_NE(error_of([&] { read_tensorboard(path("cut")); }), "");
}

}  // namespace
}  // namespace coset::io
