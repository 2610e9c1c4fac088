#include "coset/task/rotmnist.h"

#include "coset/data/rotated_mnist.h"
#include "coset/task/image_classification.h"

namespace coset::task {

namespace {

data::ImageSplits load(const std::string& folder, const Settings& settings) {
  return data::rotated_mnist(folder, {.train = settings.integer("train_samples"),
                                      .valid = settings.integer("valid_samples"),
                                      .test = settings.integer("test_samples"),
                                      .seed = static_cast<std::uint64_t>(settings.integer("data_seed"))});
}

std::unique_ptr<Task> make(const Settings& settings) {
  return image_task(settings, {.load = load,
                               .border = data::Border::black,
                               .upright = false,
                               .classes = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}});
}

std::vector<Setting> settings() {
  const auto samples = [](const char* name, std::int64_t count, const char* help) {
    return Setting{.name = name, .value = count, .help = help, .least = 1, .most = 70000};
  };
  return image_settings({samples("train_samples", 10000, "training images"),
                         samples("valid_samples", 2000, "validation images"),
                         samples("test_samples", 50000, "test images")});
}

report::PublishedTable published() {
  const auto error = [](const char* name, double value, std::optional<double> spread = {}) {
    return report::PublishedRow{.name = name, .value = value, .spread = spread, .seconds = {}, .parameters = {}};
  };
  return {
      .metric = "test_error",
      .caption =
          "Share of the 50,000 test images that is named wrongly. Published rows: the rotated digits of Larochelle "
          "et al. (ICML 2007), 12,000 for training and validation; steerable networks with rotation augmentation, "
          "mean over runs. This run's images are turned anew from the MNIST digits by the same protocol.",
      .source =
          "Cohen and Welling, Group Equivariant Convolutional Networks, ICML 2016 (arXiv 1602.07576); steerable "
          "networks after Weiler and Cesa, General E(2)-Equivariant Steerable CNNs, NeurIPS 2019 (arXiv 1911.08251)",
      .rows = {error("Z2CNN", .0503), error("P4CNN, rotation pooling", .0321), error("P4CNN", .0228),
               error("C16 regular", .00716, .00028), error("C16 quotient", .00705, .00045),
               error("D16 restricted to C16", .00682, .00022)},
      .setting = {{"train_samples", "10000"}, {"test_samples", "50000"}}};
}

}  // namespace

Row rotmnist_row() {
  Row row = image_classification();
  row.name = "rotmnist";
  row.about = "digits turned by random angles, from the MNIST files";
  row.data_example = "mnist";
  row.settings = settings;
  row.make = make;
  row.published = published();
  return row;
}

}  // namespace coset::task
