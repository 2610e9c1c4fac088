/// What the header of npz files throws can be caught by who includes nothing else.
#include "coset/io/npz.h"

#include <gtest/gtest.h>

TEST(DeclaredError, IsCaughtWithThisHeaderAlone) {
  EXPECT_THROW(coset::io::load_npz("/nowhere/a.npz"), coset::Error);
}
