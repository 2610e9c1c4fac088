/// Public potentials as model files of this library: converters read what their authors published and copy every
/// number; nothing is executed. Normalisations stay options of the model, so that no weight is rounded a second time.
#pragma once

#include <string>

#include "coset/deploy/potential_file.h"

namespace coset::deploy {

/// Nequix (Koker and Smidt, arXiv 2508.16067): one line of JSON, then numpy arrays. @throws coset::Error "PATH: ..."
/// on a damaged file or a network with options that we do not have
PotentialFile convert_nequix(const std::string& path);

/// SevenNet (Park et al., arXiv 2402.03789): a checkpoint of torch.save, versions 0.9 and 0.10 with one fidelity, read
/// by the restricted unpickler. @throws coset::Error "PATH: ..."
PotentialFile convert_sevennet(const std::string& path);

/// Adds the stored example: a small rattled crystal of the model's first elements and the model's own answer.
void add_example(PotentialFile& file, const std::string& source);

}  // namespace coset::deploy
