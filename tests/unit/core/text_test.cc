#include "onceload/core/text.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

TEST(TextTest, LowerLeavesWhatIsNoAsciiLetter) {
  EXPECT_EQ(Lower("SASL_SSL @[`{ \xc3\x84\xc9"), "sasl_ssl @[`{ \xc3\x84\xc9");
}

TEST(TextTest, SecondsAreTheNearest) {
  EXPECT_EQ(Seconds(Duration{0}), "0 s");
  EXPECT_EQ(Seconds(Duration{499}), "0 s");
  EXPECT_EQ(Seconds(Duration{500}), "1 s");
  EXPECT_EQ(Seconds(Duration{56'850}), "57 s");
}

}  // namespace
}  // namespace onceload
