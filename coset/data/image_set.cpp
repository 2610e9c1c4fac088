#include "coset/data/image_set.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/data/idx.h"
#include "coset/io/npy.h"

namespace coset::data {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kValidationShare = 8;

/// Places by class, each class in an order of its own: the first of each list are a random draw.
std::vector<std::vector<std::int64_t>> shuffled_by_class(const ImageSet& set, std::uint64_t seed) {
  std::vector<std::vector<std::int64_t>> by_class(static_cast<std::size_t>(set.classes));
  for (const std::int64_t i : shuffled_indices(set.count, seed, 0))
    by_class[static_cast<std::size_t>(set.labels[static_cast<std::size_t>(i)])].push_back(i);
  return by_class;
}

/// Whole numbers; the message of one that is not names the array.
std::vector<std::int64_t> whole_labels(const io::Array& labels, const std::string& name) {
  try {
    return labels.as<std::int64_t>();
  } catch (const Error& error) {
    fail(name, ": ", error.what());
  }
}

struct NamedArrays {
  std::string file;  ///< where they come from, for messages
  io::Arrays arrays;
};

constexpr std::array<const char*, 6> kArrays{"train_images", "train_labels", "val_images",
                                             "val_labels",   "test_images",  "test_labels"};

/// The arrays of the layout; what else the archive holds (names of classes, ids) is not looked at.
NamedArrays from_archive(const std::string& path) {
  const io::NpzFile file(path);
  NamedArrays found{path, {}};
  for (const char* name : kArrays)
    if (file.contains(name)) found.arrays.emplace(name, file.read(name));
  return found;
}

/// An npz file, the one npz file of a folder, or a folder of npy files: an extracted archive.
NamedArrays load_arrays(const std::string& path) {
  if (!fs::is_directory(path)) {
    check(fs::exists(path), path, ": no such file or folder");
    return from_archive(path);
  }
  std::vector<fs::path> archives, members;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() == ".npz") archives.push_back(entry.path());
    if (entry.path().extension() == ".npy") members.push_back(entry.path());
  }
  if (archives.size() == 1) return from_archive(archives[0].string());
  check(archives.empty() && !members.empty(), path, ": expected one npz file in this folder, or its npy files; found ",
        archives.size(), " and ", members.size());
  NamedArrays found{path, {}};
  for (const char* name : kArrays)
    if (const fs::path member = fs::path(path) / (std::string(name) + ".npy"); fs::exists(member))
      found.arrays.emplace(name, io::load_npy(member.string()));
  return found;
}

ImageSet split_of(const io::Arrays& arrays, const std::string& file, const std::string& split, std::int64_t classes) {
  const std::string images = split + "_images", labels = split + "_labels";
  for (const std::string& name : {images, labels})
    check(arrays.count(name) == 1, file, ": expected the array '", name, "' of the MedMNIST layout; it is missing");
  return image_set(arrays.at(images), file + ": " + images, arrays.at(labels), file + ": " + labels, classes);
}

/// One more than the largest training label. Every class must be trained on: a stray label would otherwise add empty
/// ones without end.
std::int64_t classes_of(const io::Arrays& arrays, const std::string& file) {
  const auto found = arrays.find("train_labels");
  check(found != arrays.end(), file, ": expected the array 'train_labels' of the MedMNIST layout; it is missing");
  auto labels = whole_labels(found->second, file + ": train_labels");
  check(!labels.empty(), file, ": train_labels is empty");
  std::sort(labels.begin(), labels.end());
  std::int64_t classes = 0;
  for (const std::int64_t label : labels) {
    if (label < 0) continue;  // image_set names its place
    check(label <= classes, file, ": train_labels: expected every class 0 .. ", labels.back(),
          "; there is no image of class ", classes);
    classes = label + 1;
  }
  return classes;
}

}  // namespace

ImageSet ImageSet::select(std::span<const std::int64_t> places) const {
  ImageSet chosen{static_cast<std::int64_t>(places.size()), height, width, channels, classes, {}, {}};
  chosen.pixels.reserve(places.size() * static_cast<std::size_t>(image_size()));
  for (const std::int64_t i : places) {
    check(i >= 0 && i < count, "[data::ImageSet::select] expected places in 0 .. ", count - 1, "; received ", i);
    chosen.pixels.insert(chosen.pixels.end(), image(i), image(i) + image_size());
    chosen.labels.push_back(labels[static_cast<std::size_t>(i)]);
  }
  return chosen;
}

ImageSet image_set(const io::Array& images, const std::string& images_name, const io::Array& labels,
                   const std::string& labels_name, std::int64_t classes) {
  const auto& shape = images.shape;
  const bool fits =
      images.dtype == "u1" && (shape.size() == 3 || (shape.size() == 4 && (shape[3] == 1 || shape[3] == 3)));
  check(fits, images_name, ": expected images (N, H, W), (N, H, W, 1) or (N, H, W, 3) of type u1; received ",
        shape_text(shape), " of type ", images.dtype);
  const bool flat = labels.shape.size() == 1 || (labels.shape.size() == 2 && labels.shape[1] == 1);
  check(flat, labels_name, ": expected labels (N) or (N, 1); received ", shape_text(labels.shape));
  check(labels.shape[0] == shape[0], labels_name, ": ", labels.shape[0], " labels for ", shape[0], " images of ",
        images_name);
  ImageSet set{
      shape[0], shape[1], shape[2], shape.size() == 4 ? shape[3] : 1, classes, {}, whole_labels(labels, labels_name)};
  for (std::int64_t i = 0; i < set.count; ++i) {
    const std::int64_t label = set.labels[static_cast<std::size_t>(i)];
    check(label >= 0 && label < classes, labels_name, ": label ", label, " of image ", i, " is outside 0 .. ",
          classes - 1);
  }
  set.pixels = images.as<std::uint8_t>();
  return set;
}

ImageSet load_mnist(const std::string& folder) {
  check(fs::is_directory(folder), folder, ": no such folder");
  ImageSet all;
  for (const char* part : {"train", "t10k"}) {
    const std::string images = find_idx(folder, std::string(part) + "-images-idx3-ubyte");
    const std::string labels = find_idx(folder, std::string(part) + "-labels-idx1-ubyte");
    ImageSet set = image_set(load_idx(images), images, load_idx(labels), labels, 10);
    if (all.count == 0) {
      all = std::move(set);
      continue;
    }
    check(set.height == all.height && set.width == all.width, images, ": expected images of ", all.height, " x ",
          all.width, " pixels as in the training file; received ", set.height, " x ", set.width);
    all.count += set.count;
    all.pixels.insert(all.pixels.end(), set.pixels.begin(), set.pixels.end());
    all.labels.insert(all.labels.end(), set.labels.begin(), set.labels.end());
  }
  return all;
}

ImageSplits load_medmnist(const std::string& path, std::uint64_t seed) {
  const auto [file, arrays] = load_arrays(path);
  const std::int64_t classes = classes_of(arrays, file);
  ImageSplits splits;
  splits.train = split_of(arrays, file, "train", classes);
  splits.valid = split_of(arrays, file, "val", classes);
  if (arrays.count("test_images") == 1) {
    splits.test = split_of(arrays, file, "test", classes);
  } else {
    splits.test = std::move(splits.valid);
    std::vector<std::int64_t> kept, held;
    for (const auto& places : shuffled_by_class(splits.train, seed)) {
      const auto cut = places.begin() + static_cast<std::int64_t>(places.size()) / kValidationShare;
      held.insert(held.end(), places.begin(), cut);
      kept.insert(kept.end(), cut, places.end());
    }
    std::sort(held.begin(), held.end());
    std::sort(kept.begin(), kept.end());
    splits.valid = splits.train.select(held);
    splits.train = splits.train.select(kept);
    splits.note = file + " has no test split: its val split is the test split, and 1 training image in " +
                  std::to_string(kValidationShare) + " validates";
  }
  for (const auto& [set, name] :
       {std::pair{&splits.train, "training"}, {&splits.valid, "validation"}, {&splits.test, "test"}})
    check(set->count > 0, file, ": the ", name, " split is empty",
          splits.note.empty() || set != &splits.valid
              ? ""
              : "; without a test split of its own it needs " + std::to_string(kValidationShare) +
                    " training images of some class");
  for (const ImageSet* set : {&splits.valid, &splits.test})
    check(set->height == splits.train.height && set->width == splits.train.width &&
              set->channels == splits.train.channels,
          file, ": expected images of one shape in all splits; received ", splits.train.height, " x ",
          splits.train.width, " x ", splits.train.channels, " and ", set->height, " x ", set->width, " x ",
          set->channels);
  return splits;
}

ImageSet class_fraction(const ImageSet& set, double fraction, std::uint64_t seed) {
  check(fraction > 0.0 && fraction <= 1.0, "[data::class_fraction] expected a fraction in (0, 1]; received ", fraction);
  if (fraction == 1.0) return set;
  std::vector<std::int64_t> kept;
  for (const auto& places : shuffled_by_class(set, seed)) {
    if (places.empty()) continue;
    const auto share = std::max<std::int64_t>(1, std::llround(fraction * static_cast<double>(places.size())));
    kept.insert(kept.end(), places.begin(), places.begin() + share);
  }
  std::sort(kept.begin(), kept.end());
  return set.select(kept);
}

}  // namespace coset::data
