/// The texts that every page carries, compiled into the library.
#pragma once

#include <string_view>

namespace coset::report {

std::string_view page_style();    ///< page.css
std::string_view page_script();   ///< page.js
std::string_view chart_script();  ///< Chart.js, from the Debian package libjs-chart.js

}  // namespace coset::report
