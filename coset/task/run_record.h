/// run.json: when, with what and where a run was made (the page's head, coset/report/page.h).
#pragma once

#include <string>
#include <vector>

namespace coset::task {

struct RunRecord {
  std::string command;   ///< as typed
  std::string commit;    ///< of the program; "" where unknown
  double seconds = 0.0;  ///< from the data to the certificate
  int threads = 1;
  std::string data;                 ///< one line: how much, from where
  std::vector<std::string> layers;  ///< one line a layer
};

/// Writes FOLDER/run.json atomically: the record, the date (UTC), the version and the machine.
void write_record(const std::string& folder, const RunRecord& record);

}  // namespace coset::task
