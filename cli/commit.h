/// Which sources this program was built from.
#pragma once

namespace coset::cli {

/// "1cadb2e0f5", with "-dirty" where files differed from that commit; "unknown" outside of a repository.
const char* commit();

}  // namespace coset::cli
