// Names of columns in options.
#include "onceload/core/name_list.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

using Names = std::vector<std::string>;

TEST(NameListTest, AnyNameCanBeSaid) {
  for (const std::string name : {"id", "a=b", "c,d", "5\" pipe", "\"quoted\"", "new\nline",
                                 "\x1b[31mred", "\xc2\xa0id", "a\\b", "\"a\\b,", " id ", "@type"}) {
    EXPECT_EQ(NamesFrom(NamesText({name, "x"})), (Names{name, "x"})) << name;
    for (const char stop : {'=', '}', '\0'}) {
      std::string text = NameText(name, stop) + std::string(stop == '\0' ? 0 : 1, stop);
      std::string_view rest = text;
      EXPECT_EQ(TakeName(rest, stop), name);
      EXPECT_EQ(rest.size(), stop == '\0' ? 0U : 1U);
    }
  }
}

TEST(NameListTest, WhatPeopleType) {
  EXPECT_EQ(NamesFrom("a,b"), (Names{"a", "b"}));
  EXPECT_EQ(NamesFrom("\"last, first\",id"), (Names{"last, first", "id"}));
  EXPECT_EQ(NamesFrom("\"a\"\"b\""), (Names{"a\"b"}));
  EXPECT_EQ(NamesFrom("5\" pipe,x"), (Names{"5\" pipe", "x"}));
  EXPECT_EQ(NamesFrom("\"\\u00a0id\""), (Names{"\xc2\xa0id"}));
  EXPECT_EQ(NamesFrom("a\\b"), (Names{"a\\b"}));
  EXPECT_EQ(NameText("\xc2\xa0id", '\0'), "\"\\u00a0id\"");
  EXPECT_EQ(NameText("pr\xc3\xa9nom", '\0'), "pr\xc3\xa9nom");
}

// As of a header in another encoding, which an error is about to name.
TEST(NameListTest, ANameThatIsNoUtf8IsShownAllTheSame) {
  EXPECT_EQ(NameText("a\x8a", '\0'), "\"a\\ufffd\"");
}

TEST(NameListTest, WhatCannotBeRead) {
  for (const char* text : {"\"a", "\"a\"b", "\"\\q\"", "\"", "x,\"y"}) {
    EXPECT_EQ(NamesFrom(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace onceload
