// The library's side of the meetings: reads a file, writes it again, so that one pass tests both directions.
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "coset/base/error.h"
#include "coset/io/npz.h"
#include "coset/io/safetensors.h"
#include "coset/io/tensorboard.h"

namespace {

using coset::check;

void run(const std::vector<std::string>& arguments) {
  check(!arguments.empty(),
        "usage: peer_files copy-npz IN OUT stored|compressed | copy-safetensors IN OUT | "
        "write-events FOLDER");
  const std::string& what = arguments[0];
  if (what == "copy-npz" && arguments.size() == 4) {
    coset::io::save_npz(arguments[2], coset::io::load_npz(arguments[1]), arguments[3] == "compressed");
  } else if (what == "copy-safetensors" && arguments.size() == 3) {
    const auto content = coset::io::load_safetensors(arguments[1], coset::io::Checksum::kIfPresent);
    coset::io::save_safetensors(arguments[2], content);
  } else if (what == "write-events" && arguments.size() == 2) {
    coset::io::TensorBoardWriter events(arguments[1]);
    for (int step = 0; step < 300; ++step) {
      events.add_scalar("train/loss", 1.0 / (1.0 + step), step, 1.7e9 + step);
      if (step % 7 == 0) events.add_scalar("validation/mse", -1e-30 * step, 1'000'000'000'000LL + step, 1.7e9 + step);
    }
  } else {
    coset::fail("peer_files: no such job: ", what);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
  return 0;
}
