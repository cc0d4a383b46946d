// Numbers, their bounds and their units.
#include <string>

#include <gtest/gtest.h>

#include "unit/options/options_testing.h"

namespace onceload {
namespace {

using options_testing::RefusalOf;
using options_testing::RequestOf;

MaxRate RateOf(const std::string& text) {
  return RequestOf({"--max-rate", text}, kLoad).load.max_rate;
}

TEST(NumberOptions, ARateIsRowsOrBytes) {
  EXPECT_EQ(RateOf("50000").rows, 50'000U);
  EXPECT_EQ(RateOf("1rows").rows, 1U);
  EXPECT_EQ(RateOf("50000").bytes, 0U);
  EXPECT_EQ(RateOf("10MB").bytes, 10'000'000U);
  EXPECT_EQ(RateOf("10MB").rows, 0U);
  EXPECT_EQ(RateOf("3MiB").bytes, 3U * 1024 * 1024);
  EXPECT_EQ(RateOf("512kB").bytes, 512'000U);
  EXPECT_EQ(RateOf("7B").bytes, 7U);
}

TEST(NumberOptions, WhatIsNoRateIsRefused) {
  for (const char* text : {"", "0", "0MB", "-1", "MB", "10 MB", "10MBps", "1.5MB", "1000001MB",
                           "99999999999999999999", "18446744073709551615GB"}) {
    EXPECT_NE(RefusalOf({std::string("--max-rate=") + text}, kLoad), "") << text;
  }
}

TEST(NumberOptions, RejectsAreANumberOrAShare) {
  const auto policy = [](const std::string& text) {
    return RequestOf({"--on-error", "skip", "--max-rejects", text}, kLoad).load.rows.rejects;
  };
  EXPECT_EQ(policy("100").lines_max, 100U);
  EXPECT_EQ(policy("0.5%").percent_max, 0.5);
  EXPECT_EQ(policy("0").lines_max, 0U);
  for (const char* text :
       {"inf", "nan%", "-1", "0x10", "1e3", "101%", "%", "1.5", "", "18446744073709551616"}) {
    const Arguments arguments{"--on-error", "skip", std::string("--max-rejects=") + text};
    EXPECT_NE(RefusalOf(arguments, kLoad), "") << text;
  }
}

// Each number at its bounds, and one step over them: what it was cast to before was another number.
TEST(NumberOptions, EveryNumberKeepsItsBounds) {
  int numbers = 0;
  for (const Verb verb : {kLoad, kVerify, kPlan, kStatus}) {
    for (const Option* option : OptionsOf(verb)) {
      if (option->access.kind != OptionKind::kNumber) continue;
      Arguments needs;  // without which it means nothing
      if (option->name == "schema-id") needs = {"--value-format=avro"};
      if (option->name == "key-schema-id") needs = {"--key-row", "--key-format=avro"};
      if (option->name == "expect-rows" && verb == kVerify) needs = {"--source"};
      const auto arguments = [&](const std::string& text) {
        Arguments words = needs;
        words.push_back("--" + std::string(option->name) + "=" + text);
        return words;
      };
      const auto take = [&](const std::string& text) { return RefusalOf(arguments(text), verb); };
      const Bounds& bounds = option->access.bounds;
      EXPECT_EQ(take(std::to_string(bounds.least)), "") << option->name;
      EXPECT_EQ(take(std::to_string(bounds.most)), "") << option->name;
      EXPECT_NE(take(std::to_string(bounds.most + 1)), "") << option->name;
      if (bounds.least > 0) {
        EXPECT_NE(take(std::to_string(bounds.least - 1)), "") << option->name;
      }
      for (const char* text : {"", "-1", "1.0", "1e3", " 1", "1 ", "x", "18446744073709551616"}) {
        EXPECT_NE(take(text), "") << option->name << " " << text;
      }
      // What was taken is what is shown: nothing is lost in the member's type.
      const Request request = RequestOf(arguments(std::to_string(bounds.most)), verb);
      EXPECT_EQ(option->access.show(*option, request), std::to_string(bounds.most)) << option->name;
      ++numbers;
    }
  }
  EXPECT_GE(numbers, 10);
}

}  // namespace
}  // namespace onceload
