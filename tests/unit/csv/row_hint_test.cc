// What is said of rows that are none.
#include "onceload/csv/row_hint.h"

#include <gtest/gtest.h>

namespace onceload {
namespace {

using Names = std::vector<std::string>;

TEST(HintOf, NamesTheOption) {
  const auto hints = [](const std::string& raw, const std::string& option) {
    return HintOf(raw, {"id", "name"}, Dialect()).find(option) != std::string::npos;
  };
  EXPECT_TRUE(hints("\x1a", "--skip-footer"));
  EXPECT_TRUE(hints(std::string(512, '\0'), "--skip-footer"));
  EXPECT_TRUE(hints("(2 rows)", "--skip-footer"));
  EXPECT_TRUE(hints("(2 rows affected)", "--skip-footer"));
  EXPECT_TRUE(hints("Total,12", "--skip-footer"));
  EXPECT_TRUE(hints("--,----", "--skip-lines 2 --no-header --columns id,name"));
  EXPECT_TRUE(hints("1,x,", "--skip-lines 1 --no-header --columns id,name,unnamed --drop unnamed"));
  EXPECT_EQ(HintOf("1", {"id", "name"}, Dialect()), "");
  EXPECT_EQ(HintOf("1,x,y", {"id", "name"}, Dialect()), "");
  EXPECT_EQ(HintOf("Totally,1", {"id", "name"}, Dialect()), "");
}

Names Doubts(const Names& rows, const Dialect& dialect = {}) {
  RowDoubts doubts({"id", "name"}, dialect);
  std::uint64_t row = 0;
  for (const std::string& raw : rows) doubts.Note(raw, ++row);
  return doubts.Tell(row);
}

TEST(RowDoubtsTest, RowsThatLoadAndAreNone) {
  EXPECT_EQ(Doubts({"1,x", "2,y", "3,(z)"}), Names());
  const Names again = Doubts({"1,x", "id,name", "2,y", "id,name"});
  ASSERT_EQ(again.size(), 1U);
  EXPECT_TRUE(again[0].starts_with("row 2, and 1 more: the header again"));
  EXPECT_TRUE(
      Doubts({"id,name", "1,x"}, {.columns = {"id", "name"}})[0].ends_with("--skip-lines 1"));
  EXPECT_TRUE(Doubts({"--,----", "1,x"})[0].starts_with("row 1: dashes alone"));
  EXPECT_TRUE(Doubts({"1,x", "Total,2"})[0].starts_with("row 2, the last one, looks like"));
  EXPECT_EQ(Doubts({"Total,2", "1,x"}), Names());
  EXPECT_EQ(Doubts({"1,x", "--,--"}), Names());
}

}  // namespace
}  // namespace onceload
