#include "coset/data/image_set.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "coset/data/idx.h"
#include "coset/data/rotated_mnist.h"
#include "coset/io/atomic_write.h"
#include "coset/io/npy.h"
#include "tests/data/images.h"
#include "tests/io/scratch.h"

namespace coset::data {
namespace {

using io::error_of;

class ImageFiles : public io::Scratch {};

TEST_F(ImageFiles, IdxPlainAndCompressedAgree) {
  const auto bytes = idx_bytes({2, 3, 1}, {1, 2, 3, 250, 5, 6});
  write_bytes(path("a"), bytes);
  write_gzip(path("a.gz"), bytes);
  const io::Array plain = load_idx(path("a"));
  EXPECT_EQ(plain.shape, (std::vector<std::int64_t>{2, 3, 1}));
  EXPECT_EQ(plain.as<int>(), (std::vector<int>{1, 2, 3, 250, 5, 6}));
  EXPECT_EQ(load_idx(path("a.gz")), plain);
  EXPECT_EQ(find_idx(path(""), "a"), path("a"));
  EXPECT_NE(error_of([&] { find_idx(path(""), "b"); }).find("b.gz"), std::string::npos);
}

TEST_F(ImageFiles, DamagedIdxIsOneClearLine) {
  const auto refused = [&](const std::string& name, const std::string& expected) {
    const std::string text = error_of([&] { load_idx(path(name)); });
    EXPECT_EQ(text.rfind(path(name) + ": ", 0), 0U) << text;
    EXPECT_NE(text.find(expected), std::string::npos) << text;
  };
  std::vector<std::uint8_t> values(20000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 7919 >> 4);
  write_gzip(path("good.gz"), idx_bytes({200, 100}, values));
  std::vector<std::byte> packed = io::read_file(path("good.gz"));
  std::vector<std::uint8_t> damaged;
  for (const std::byte b : packed) damaged.push_back(static_cast<std::uint8_t>(b));
  write_bytes(path("cut.gz"), {damaged.begin(), damaged.begin() + static_cast<std::int64_t>(damaged.size()) / 2});
  refused("cut.gz", "");
  damaged[damaged.size() / 2] ^= 0x5A;
  write_bytes(path("changed.gz"), damaged);
  refused("changed.gz", "damaged gzip data");
  auto other = idx_bytes({2}, {1, 2});
  other[2] = 0x0D;
  write_bytes(path("float"), other);
  refused("float", "not an IDX file of unsigned bytes");
  write_bytes(path("short"), idx_bytes({2, 2}, {1, 2, 3}));
  refused("short", "promises (2, 2) = 4 values, the file holds 3");
  write_bytes(path("long"), idx_bytes({2}, {1, 2, 3}));
  refused("long", "more than the 2 values");
  write_bytes(path("huge"), idx_bytes({4000000000U, 4000000000U}, {1}));
  refused("huge", "");
  ::mkfifo(path("pipe").c_str(), 0600);
  refused("pipe", "is a folder, a pipe or a device");
  write_bytes(path("empty"), {});
  refused("empty", "not an IDX file");
  refused("absent", "cannot open");
}

TEST_F(ImageFiles, LabelsMustFitTheImages) {
  const auto images = io::Array::from(std::vector<std::uint8_t>(3 * 4), {3, 2, 2});
  const auto labels = [](std::vector<std::int64_t> values) {
    const auto n = static_cast<std::int64_t>(values.size());
    return io::Array::from(values, {n, 1});
  };
  EXPECT_EQ(image_set(images, "i", labels({0, 1, 2}), "l", 3).channels, 1);
  EXPECT_EQ(error_of([&] { image_set(images, "i", labels({0, 1}), "l", 3); }), "l: 2 labels for 3 images of i");
  EXPECT_EQ(error_of([&] {
              image_set(images, "i", labels({0, 1, 3}), "l", 3);
            }),
            "l: label 3 of image 2 is outside 0 .. 2");
  EXPECT_EQ(error_of([&] {
              image_set(images, "i", labels({0, -1, 2}), "l", 3);
            }),
            "l: label -1 of image 1 is outside 0 .. 2");
  const auto floats = io::Array::from(std::vector<float>(12), {3, 2, 2});
  EXPECT_NE(error_of([&] { image_set(floats, "i", labels({0, 1, 2}), "l", 3); }).find("of type f4"), std::string::npos);
}

TEST_F(ImageFiles, MedMnistWithAndWithoutTest) {
  const auto add = [](io::Arrays& arrays, const std::string& split, std::int64_t n) {
    std::vector<std::uint8_t> labels(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i) labels[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i % 4);
    arrays[split + "_images"] = io::Array::from(bars(n, 12, 3, 4), {n, 12, 12, 3});
    arrays[split + "_labels"] = io::Array::from(labels, {n, 1});
  };
  io::Arrays arrays;
  add(arrays, "train", 64);
  add(arrays, "val", 8);
  io::save_npz(path("set.npz"), arrays);
  const ImageSplits two = load_medmnist(path(""), 1);
  EXPECT_EQ(two.train.count, 56);
  EXPECT_EQ(two.valid.count, 8);
  EXPECT_EQ(two.test.count, 8);
  EXPECT_EQ(two.test.labels, (std::vector<std::int64_t>{0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_NE(two.note, "");
  EXPECT_EQ(std::count(two.valid.labels.begin(), two.valid.labels.end(), 2), 2);  // drawn by class
  add(arrays, "test", 12);
  io::save_npz(path("set.npz"), arrays);
  const ImageSplits three = load_medmnist(path("set.npz"), 1);
  EXPECT_EQ(three.train.count, 64);
  EXPECT_EQ(three.test.count, 12);
  EXPECT_EQ(three.note, "");
  const std::string extracted = path("extracted");
  std::filesystem::create_directories(extracted);
  EXPECT_NE(error_of([&] { load_medmnist(extracted, 1); }).find("found 0 and 0"), std::string::npos);
  for (const auto& [name, array] : arrays) io::save_npy(extracted + "/" + name + ".npy", array);
  // Names of classes, as numpy writes texts: nobody asks for them.
  std::vector<std::byte> texts = io::encode_npy(io::Array::from(std::vector<double>{0, 0}, {2}));
  texts[std::string_view(reinterpret_cast<const char*>(texts.data()), texts.size()).find("<f8") + 1] = std::byte{'U'};
  io::atomic_write(extracted + "/class_names.npy", texts);
  EXPECT_EQ(load_medmnist(extracted, 1).train.pixels, three.train.pixels);
  arrays.erase("val_labels");
  io::save_npz(path("set.npz"), arrays);
  EXPECT_NE(error_of([&] { load_medmnist(path("set.npz"), 1); }).find("'val_labels'"), std::string::npos);
  EXPECT_EQ(class_fraction(three.train, 0.25, 1).count, 16);
  EXPECT_EQ(class_fraction(three.train, 1e-6, 1).count, 4);
}

/// Arrays of the MedMNIST layout with these training labels, and one image of class 0 to validate with.
io::Arrays with_labels(const io::Array& labels) {
  const std::int64_t n = labels.shape[0];
  return {{"train_images", io::Array::from(bars(n, 12, 1, 4), {n, 12, 12})},
          {"train_labels", labels},
          {"val_images", io::Array::from(bars(1, 12, 1, 4), {1, 12, 12})},
          {"val_labels", io::Array::from(std::vector<std::int64_t>{0}, {1})}};
}

TEST_F(ImageFiles, EveryClassIsTrainedOn) {
  const auto refused = [&](const io::Array& labels, const std::string& expected) {
    io::save_npz(path("set.npz"), with_labels(labels));
    const std::string text = error_of([&] { load_medmnist(path("set.npz"), 1); });
    EXPECT_EQ(text.rfind(path("set.npz") + ": train_labels", 0), 0U) << text;
    EXPECT_NE(text.find(expected), std::string::npos) << text;
  };
  const auto labels = [](std::vector<std::int64_t> values) {
    return io::Array::from(values, {static_cast<std::int64_t>(values.size())});
  };
  refused(labels({0, 1, 3, 0, 1, 3, 0, 1}), "every class 0 .. 3; there is no image of class 2");
  refused(labels({0, 1, 2, 0, 1, 1000000000000, 0, 1}), "there is no image of class 3");
  refused(labels({0, 1, -1, 0, 1, 0, 0, 1}), "label -1 of image 2 is outside 0 .. 1");
  refused(io::Array::from(std::vector<double>{0, 1, 0.5, 1}, {4}), "expected whole numbers");
}

TEST_F(ImageFiles, EmptySplitsAreRefused) {
  const auto refused = [&](const io::Arrays& arrays, const std::string& expected) {
    io::save_npz(path("set.npz"), arrays);
    EXPECT_EQ(error_of([&] { load_medmnist(path("set.npz"), 1); }).rfind(path("set.npz") + ": " + expected, 0), 0U);
  };
  auto arrays = with_labels(io::Array::from(std::vector<std::int64_t>(8), {8}));
  EXPECT_EQ((io::save_npz(path("set.npz"), arrays), load_medmnist(path("set.npz"), 1).valid.count), 1);
  refused(with_labels(io::Array::from(std::vector<std::int64_t>(7), {7})), "the validation split is empty; without");
  arrays["val_images"] = io::Array::from(std::vector<std::uint8_t>(), {0, 12, 12});
  arrays["val_labels"] = io::Array::from(std::vector<std::int64_t>(), {0});
  refused(arrays, "the test split is empty");
  arrays["test_images"] = io::Array::from(bars(1, 12, 1, 4), {1, 12, 12});
  arrays["test_labels"] = io::Array::from(std::vector<std::int64_t>{0}, {1});
  refused(arrays, "the validation split is empty");
}

TEST_F(ImageFiles, RotatedMnistTurnsEverySplitByItsOwnAngles) {  // one picture sixty times: only the angles differ
  write_mnist(path(""), 30, 30);
  const auto one = bars(1, 28, 1, 10);
  std::vector<std::uint8_t> same;
  for (int i = 0; i < 30; ++i) same.insert(same.end(), one.begin(), one.end());
  write_gzip(path("train-images-idx3-ubyte.gz"), idx_bytes({30, 28, 28}, same));
  write_bytes(path("t10k-images-idx3-ubyte"), idx_bytes({30, 28, 28}, same));
  const ImageSplits splits = rotated_mnist(path(""), {.train = 20, .valid = 20, .test = 20, .seed = 4});
  for (std::int64_t i = 0; i < 20; ++i) {
    const auto differ = [&](const ImageSet& a, const ImageSet& b) {
      return !std::equal(a.image(i), a.image(i) + 784, b.image(i));
    };
    EXPECT_TRUE(differ(splits.train, splits.valid)) << i;
    EXPECT_TRUE(differ(splits.train, splits.test)) << i;
    EXPECT_TRUE(differ(splits.valid, splits.test)) << i;
  }
}

TEST_F(ImageFiles, RotatedMnistIsDrawnWithoutOverlap) {
  write_mnist(path(""), 60, 20);
  const RotatedMnistOptions options{.train = 30, .valid = 20, .test = 30, .seed = 4};
  const ImageSplits splits = rotated_mnist(path(""), options);
  EXPECT_EQ(splits.train.count, 30);
  EXPECT_EQ(splits.test.count, 30);
  std::vector<std::int64_t> seen(10);
  for (const ImageSet* set : {&splits.train, &splits.valid, &splits.test})
    for (const std::int64_t label : set->labels) ++seen[static_cast<std::size_t>(label)];
  EXPECT_EQ(seen, std::vector<std::int64_t>(10, 8));  // every picture of the pool exactly once
  EXPECT_EQ(rotated_mnist(path(""), options).train.pixels, splits.train.pixels);
  EXPECT_NE(rotated_mnist(path(""), {.train = 30, .valid = 20, .test = 30, .seed = 5}).train.labels,
            splits.train.labels);
  EXPECT_NE(error_of([&] { rotated_mnist(path("")); }).find("62000 images are asked for"), std::string::npos);
  write_bytes(path("t10k-labels-idx1-ubyte"), idx_bytes({3}, {1, 2, 3}));
  EXPECT_NE(error_of([&] { rotated_mnist(path(""), options); }).find("3 labels for 20 images"), std::string::npos);
}

}  // namespace
}  // namespace coset::data
