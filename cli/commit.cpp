#include "cli/commit.h"

#include "commit_text.h"  // made by cmake/CosetCommit.cmake

namespace coset::cli {

const char* commit() {
  return COSET_COMMIT;
}

}  // namespace coset::cli
