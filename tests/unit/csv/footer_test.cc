// FooterBegin(): where the last lines begin.
#include "onceload/csv/footer.h"

#include <string>

#include <gtest/gtest.h>

#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

std::uint64_t Begin(const std::string& bytes, std::uint64_t lines) {
  const csv_testing::TempFile temp(bytes);
  return FooterBegin(SourceFile(temp.path()), lines).value;
}

TEST(FooterBegin, LinesHoweverTheyEnd) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const std::string rows = "a,b" + end + "1,2" + end;
    EXPECT_EQ(Begin(rows + "(1 row)" + end, 1), rows.size());
    EXPECT_EQ(Begin(rows + "(1 row)", 1), rows.size());
    EXPECT_EQ(Begin(rows + "Total" + end + "\x1a", 2), rows.size());
  }
}

TEST(FooterBegin, EmptyLinesDoNotCount) {
  const std::string rows = "a,b\n1,2\n\n";
  EXPECT_EQ(Begin(rows + "(1 row)\n\n \t\n", 1), rows.size());
}

TEST(FooterBegin, FewerLinesThanThat) {
  EXPECT_EQ(Begin("", 1), 0U);
  EXPECT_EQ(Begin("a,b\n", 1), 0U);
  EXPECT_EQ(Begin("a,b\n", 2), 0U);
}

TEST(FooterBegin, BehindMoreThanIsReadAtATime) {
  const std::string row(100'000, 'x');
  const std::string text = "a\n" + row + "\n" + row + "\n";
  EXPECT_EQ(Begin(text + "end\n", 1), text.size());
  EXPECT_EQ(Begin(text + "end\n", 2), 2 + row.size() + 1);
  EXPECT_EQ(Begin(text + "end\n", 3), 2U);
  EXPECT_EQ(Begin(text + "end\n", 4), 0U);
}

// Else each part would lose its last rows.
TEST(FooterBegin, OfPartsItIsTheWholeFiles) {
  const std::string text = "a\n1\n22\n333\nTotal\n";
  const csv_testing::TempFile temp(text);
  const auto begin = [&](const std::string& ranges, std::uint64_t lines) {
    return FooterBegin(SourceFile(temp.path() + "#bytes=" + ranges), lines).value;
  };
  EXPECT_EQ(begin("0-6", 1), 7U);            // to its end: there is none in it
  EXPECT_EQ(begin("0-1,7-16", 1), 2U + 4U);  // behind 333
  EXPECT_EQ(begin("0-1,7-16", 2), 2U);       // 333 is of it, too: no row is left
  EXPECT_EQ(begin("0-1,11-16", 2), 2U);
}

}  // namespace
}  // namespace onceload
