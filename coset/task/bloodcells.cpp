#include "coset/task/bloodcells.h"

#include "coset/task/image_classification.h"

namespace coset::task {

namespace {

data::ImageSplits load(const std::string& folder, const Settings& settings) {
  return data::load_medmnist(folder, static_cast<std::uint64_t>(settings.integer("data_seed")));
}

std::unique_ptr<Task> make(const Settings& settings) {
  return image_task(settings, {.load = load,
                               .border = data::Border::reflect,
                               .upright = true,
                               .classes = {"basophil", "eosinophil", "erythroblast", "immature granulocyte",
                                           "lymphocyte", "monocyte", "neutrophil", "platelet"}});
}

}  // namespace

Row bloodcells_row() {
  Row row = image_classification();
  row.name = "bloodcells";
  row.about = "photographs of blood cells, MedMNIST layout";
  row.data_example = "blood";
  row.settings = [] { return image_settings({}); };
  row.make = make;
  return row;
}

}  // namespace coset::task
