/// What the tasks that name pictures share: models, settings, augmentation, loss, score, files and pictures.
///
/// Loss: cross entropy of the logits. Score: the share of images whose largest logit is the label's; for upright test
/// images also the same images turned by multiples of 90 degrees ("test_accuracy_quarter") and by any angle, read
/// between pixels bilinearly ("test_accuracy_any") and by a window three pixels wide ("test_accuracy_any_lanczos"):
/// what the two differ by is due to smoothing, not to angles.
#pragma once

#include "coset/data/augmentation.h"
#include "coset/task/task.h"

namespace coset::task {

/// One data set of pictures.
struct ImageData {
  data::ImageSplits (*load)(const std::string& folder, const Settings& settings);
  data::Border border = data::Border::black;  ///< what lies beyond the edge of a turned picture
  bool upright = true;                        ///< the test images stand upright, so turned ones are another test
  std::vector<std::string> classes = {};      ///< names for people, where the data has so many classes
};

/// A row with everything but name, about, data_example, settings, make and published numbers.
Row image_classification();

/// `own` (settings of the data set), then train_fraction, data_seed and those of widths and augmentation.
std::vector<Setting> image_settings(std::vector<Setting> own);

std::unique_ptr<Task> image_task(const Settings& settings, const ImageData& data);

/// RUN/pictures: the filter bank, feature maps per orientation and the commuting square for one image (PNG or JPEG, or
/// the first of an npz file); captions.json beside them, and the report written again. Prints the pictures' names.
void show_image(model::Loaded& loaded, const std::string& run, const std::string& in);

}  // namespace coset::task
