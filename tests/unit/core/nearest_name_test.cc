#include "onceload/core/nearest_name.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

const std::vector<std::string>& Columns() {
  static const std::vector<std::string> columns{"event_time", "event_type", "user_id", "price"};
  return columns;
}

TEST(NearestNameTest, FindsMissingAddedAndSwappedLetters) {
  EXPECT_EQ(NearestName("userid", Columns()), "user_id");
  EXPECT_EQ(NearestName("user_idd", Columns()), "user_id");
  EXPECT_EQ(NearestName("event_tmie", Columns()), "event_time");
}

TEST(NearestNameTest, TakesTheNearestAndNotTheFirst) {
  EXPECT_EQ(NearestName("event_typ", Columns()), "event_type");
}

TEST(NearestNameTest, IgnoresCase) { EXPECT_EQ(NearestName("PRICE", Columns()), "price"); }

TEST(NearestNameTest, TwoEditsAreNearOrAThirdOfTheLength) {
  EXPECT_EQ(NearestName("prixx", Columns()), "price");
  EXPECT_EQ(NearestName("prxxx", Columns()), "");
  EXPECT_EQ(NearestName("evant_tamx", Columns()), "event_time");
  EXPECT_EQ(NearestName("evant_taxx", Columns()), "");
}

TEST(NearestNameTest, SaysNothingIfAllAreFar) {
  EXPECT_EQ(NearestName("category_code", Columns()), "");
  EXPECT_EQ(NearestName("prescience", Columns()), "");
  EXPECT_EQ(NearestName("x", {}), "");
}

}  // namespace
}  // namespace onceload
