/// The page's head and the result among the published ones, from result.json, run.json, task.json and config.yaml.
#pragma once

#include <string>
#include <string_view>

#include "coset/report/published.h"
#include "coset/report/sections.h"

namespace coset::report {

/// Texts of a run's files; "" for a missing one.
struct HeadFiles {
  std::string result;       ///< result.json
  std::string certificate;  ///< certificate.json
  std::string run;          ///< run.json
};

/// The page's title, the figures under it, and when, with what and where the run was made.
std::string masthead(const HeadFiles& files, const std::string& folder_name);

/// `name` stands in error messages. The published rows stand there only where the run's configuration is what they were
/// measured with (PublishedTable::setting); else a sentence says what differs. `config` is the text of config.yaml.
Section result_section(std::string_view json, const PublishedTable& published, const std::string& config,
                       const std::string& name);

/// confusion.json: {"classes": [C names], "counts": [C][C]}, rows are true classes, columns named ones.
Section confusion_section(std::string_view json, const std::string& name);

}  // namespace coset::report
