/// Labelled images of one size, and their splits, from files as published.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "coset/io/npz.h"

namespace coset::data {

/// Pixels (count, height, width, channels) row-major, values 0 .. 255; labels 0 .. classes-1.
struct ImageSet {
  std::int64_t count = 0, height = 0, width = 0, channels = 0;
  std::int64_t classes = 0;
  std::vector<std::uint8_t> pixels;
  std::vector<std::int64_t> labels;

  std::int64_t image_size() const { return height * width * channels; }
  const std::uint8_t* image(std::int64_t i) const { return pixels.data() + i * image_size(); }
  /// The images at these places, in this order. @throws coset::Error on a place that does not exist
  ImageSet select(std::span<const std::int64_t> places) const;
};

struct ImageSplits {
  ImageSet train, valid, test;
  std::string note;  ///< one line where a split was made here and not by the authors of the file; else empty
};

/// Images (N, H, W) or (N, H, W, C) u1 with C = 1 or 3, labels (N) or (N, 1) of any integer type.
/// `images_name` and `labels_name` stand in messages.
/// @throws coset::Error on another dtype or shape, numbers that differ, or a label outside 0 .. classes-1
ImageSet image_set(const io::Array& images, const std::string& images_name, const io::Array& labels,
                   const std::string& labels_name, std::int64_t classes);

/// The four MNIST files of a folder, training images first: 60,000 + 10,000 images, 28 x 28 x 1, 10 classes.
ImageSet load_mnist(const std::string& folder);

/// The MedMNIST layout: an npz file, a folder with exactly one, or the npy files of an extracted one:
/// {train,val,test}_{images,labels}.
///
/// Where the file has no test split, its val split becomes the test split and one training image in eight, drawn by
/// class with `seed`, becomes the validation split; `note` says so. The number of classes is the largest training label
/// + 1. @throws coset::Error naming the file when an array is missing or does not fit, a class below the largest
/// training label has no training image, or a split is empty
ImageSplits load_medmnist(const std::string& path, std::uint64_t seed);

/// A part of the images with the same share of every class (at least one each), drawn with `seed`: fraction in (0, 1].
ImageSet class_fraction(const ImageSet& set, double fraction, std::uint64_t seed);

}  // namespace coset::data
