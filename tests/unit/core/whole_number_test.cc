#include "onceload/core/whole_number.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace onceload {
namespace {

TEST(WholeNumberTest, TheWholeTextIsOneOrNone) {
  EXPECT_EQ(WholeNumber<std::uint32_t>("4294967295"), 4'294'967'295U);
  EXPECT_EQ(WholeNumber<std::int64_t>("-7"), -7);
  for (const char* text : {"", " 7", "7 ", "+7", "7.0", "7e2", "0x7", "4294967296", "-7"}) {
    EXPECT_EQ(WholeNumber<std::uint32_t>(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace onceload
