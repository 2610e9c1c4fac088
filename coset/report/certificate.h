/// The equivariance certificate on the page, from certificate.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coset/report/sections.h"

namespace coset::report {

/// `answer_is_class`: the model names classes, so turning its input must leave its answer alone.
Section certificate_section(std::string_view json, bool answer_is_class, const std::string& name);

/// The largest error in float64; nothing where nothing was checked.
std::optional<double> worst_error(std::string_view json, const std::string& name);

}  // namespace coset::report
