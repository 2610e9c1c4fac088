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

/// NequIP (Batzner et al., arXiv 2101.03164; version 0.6 to 0.19): the state dict as npz and the options of the model as
/// JSON (r_max, type_names, num_layers, l_max, parity, num_features, avg_num_neighbors, ...). @throws coset::Error
PotentialFile convert_nequip(const std::string& state_path, const std::string& config_path);

/// MACE (Batatia et al., arXiv 2206.07697; ScaleShiftMACE with real agnostic interactions, version 0.3): state dict as
/// npz, options as JSON (r_max, hidden_irreps, max_ell, num_interactions, correlation, avg_num_neighbors,
/// atomic_numbers, ...). @throws coset::Error
PotentialFile convert_mace(const std::string& state_path, const std::string& config_path);

/// Adds the stored example: a small rattled crystal of the model's first elements and the model's own answer.
void add_example(PotentialFile& file, const std::string& source);

}  // namespace coset::deploy
