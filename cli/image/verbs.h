/// The verbs for image classifiers.
#pragma once

#include "cli/experiments.h"

namespace coset::data {
struct ImageSplits;
}
namespace coset::model {
class ImageModel;
}
namespace coset {
class Settings;
}

namespace coset::cli {

/// Adds `rotmnist` and `bloodcells`.
void add_train_images(CLI::App& train);
Answer evaluate_images(const std::string& run, int threads);
void predict_images(const std::string& model, const std::string& in, const std::string& out);
/// RUN/pictures: the filter bank, feature maps per orientation and the commuting square for one image (PNG or JPEG,
/// or the first of an npz file); captions.json beside them, and the report written again.
void show_images(const std::string& run, const std::string& in);

/// {"model","parameters","val_accuracy","test_accuracy"}, for upright test images also the same images turned by
/// multiples of 90 degrees ("test_accuracy_quarter") and by any angle, read between pixels bilinearly
/// ("test_accuracy_any") and by a window three pixels wide ("test_accuracy_any_lanczos"): what the two differ by is due
/// to smoothing, not to angles.
Answer image_answer(const Settings& config, model::ImageModel& model, const data::ImageSplits& splits);

}  // namespace coset::cli
