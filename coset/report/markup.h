/// Text on its way into the page.
#pragma once

#include <string>
#include <string_view>

namespace coset::report {

/// Text made safe between tags and inside quoted attributes.
std::string escaped(std::string_view text);

/// "0.00431", "147,424", "1.2e-12": as many digits as a reader can use.
std::string figure(double value);

/// A key of a file as a reader's words: "test_mse" becomes "test MSE".
std::string words(const std::string& key);

/// Bytes for a data: address.
std::string base64(std::string_view bytes);

}  // namespace coset::report
