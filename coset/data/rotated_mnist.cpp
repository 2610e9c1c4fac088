#include "coset/data/rotated_mnist.h"

#include "coset/base/error.h"
#include "coset/base/random.h"
#include "coset/data/warp.h"

namespace coset::data {
namespace {

enum Stream : std::uint64_t { kOrder, kTrainAngles, kValidAngles, kTestAngles };

}  // namespace

ImageSplits rotated_mnist(const std::string& folder, const RotatedMnistOptions& o) {
  const ImageSet pool = load_mnist(folder);
  check(o.train + o.valid + o.test <= pool.count, folder, ": ", o.train + o.valid + o.test,
        " images are asked for (train + valid + test); the files hold ", pool.count);
  const std::vector<std::int64_t> order = shuffled_indices(pool.count, derive_seed(o.seed, kOrder), 0);
  auto next = order.begin();
  const auto draw = [&](std::int64_t count, Stream angles) {
    const std::vector<std::int64_t> places(next, next + count);
    next += count;
    return turned(pool.select(places), Turning::any, {Border::black}, derive_seed(o.seed, angles));
  };
  ImageSplits splits;
  splits.train = draw(o.train, kTrainAngles);
  splits.valid = draw(o.valid, kValidAngles);
  splits.test = draw(o.test, kTestAngles);
  return splits;
}

}  // namespace coset::data
