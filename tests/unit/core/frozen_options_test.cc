#include "onceload/core/frozen_options.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

TEST(FrozenOptionsTest, AnOptionIsFoundAndTakenOutByItsName) {
  const FrozenOptions options{{"columns", "[]"}, {"keys", "2/8"}};
  ASSERT_NE(OptionOf(options, kKeysOption), nullptr);
  EXPECT_EQ(*OptionOf(options, kKeysOption), "2/8");
  EXPECT_EQ(OptionOf(options, kSchemasOption), nullptr);
  EXPECT_EQ(Without(options, kColumnsOption), (FrozenOptions{{"keys", "2/8"}}));
  EXPECT_EQ(Without(options, kSchemasOption), options);
}

}  // namespace
}  // namespace onceload
