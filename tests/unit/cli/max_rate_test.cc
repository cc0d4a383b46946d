#include "cli/max_rate.h"

#include <gtest/gtest.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

TEST(MaxRate, IsRowsOrBytes) {
  EXPECT_EQ(ParseMaxRate("50000").rows, 50'000U);
  EXPECT_EQ(ParseMaxRate("1rows").rows, 1U);
  EXPECT_EQ(ParseMaxRate("50000").bytes, 0U);
  EXPECT_EQ(ParseMaxRate("10MB").bytes, 10'000'000U);
  EXPECT_EQ(ParseMaxRate("10MB").rows, 0U);
  EXPECT_EQ(ParseMaxRate("3MiB").bytes, 3U * 1024 * 1024);
  EXPECT_EQ(ParseMaxRate("512kB").bytes, 512'000U);
  EXPECT_EQ(ParseMaxRate("7B").bytes, 7U);
}

TEST(MaxRate, RefusesWhatIsNoRate) {
  for (const char* text : {"", "0", "0MB", "-1", "MB", "10 MB", "10MBps", "1.5MB", "1000001MB",
                           "99999999999999999999", "18446744073709551615GB"}) {
    EXPECT_THROW(ParseMaxRate(text), Error) << text;
  }
}

}  // namespace
}  // namespace onceload
