/// The frame of every page: style, scripts, and the policy that nothing is loaded.
#pragma once

#include <string>
#include <vector>

#include "coset/report/sections.h"

namespace coset::report {

/// A complete HTML document; `head` is HTML above the sections.
std::string document(const std::string& title, const std::string& head, const std::vector<Section>& sections);

}  // namespace coset::report
