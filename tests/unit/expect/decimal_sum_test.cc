#include "expect/decimal_sum.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

std::string SumOf(const std::vector<std::string>& texts) {
  DecimalSum sum;
  for (const std::string& text : texts) EXPECT_TRUE(sum.Add(text)) << text;
  return sum.Text();
}

TEST(DecimalSum, AddsWhatDoublesCannot) {
  EXPECT_EQ(SumOf({"0.1", "0.2"}), "0.3");
  EXPECT_EQ(SumOf({"9007199254740993", "1"}), "9007199254740994");
  EXPECT_EQ(SumOf({"0.0000000001", "99999999999999999999.9999999999"}), "100000000000000000000");
  EXPECT_EQ(SumOf({"999999999", "1", "0.999999999", "0.000000001"}), "1000000001");
}

TEST(DecimalSum, SubtractsToEitherSide) {
  EXPECT_EQ(SumOf({"1", "-3.25"}), "-2.25");
  EXPECT_EQ(SumOf({"1000000000", "-0.000000001"}), "999999999.999999999");
  EXPECT_EQ(SumOf({"-5", "5.0"}), "0");
  EXPECT_EQ(SumOf({}), "0");
}

TEST(DecimalSum, WritesNoZerosThatSayNothing) {
  EXPECT_EQ(SumOf({"007.500"}), "7.5");
  EXPECT_EQ(SumOf({"+.5", "7."}), "7.5");
  EXPECT_EQ(SumOf({"-0.00"}), "0");
}

TEST(DecimalSum, TakesNothingElse) {
  DecimalSum sum;
  for (const char* const text : {"", ".", "-", "1e3", "1,5", " 1", "1 ", "1.2.3", "0x1", "--1"}) {
    EXPECT_FALSE(sum.Add(text)) << text;
  }
  EXPECT_EQ(sum.Text(), "0");
}

}  // namespace
}  // namespace onceload
