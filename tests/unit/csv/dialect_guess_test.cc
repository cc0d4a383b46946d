// GuessDialect().
#include "onceload/csv/dialect_guess.h"

#include <string>

#include <gtest/gtest.h>

namespace onceload {
namespace {

// The flags of the guess, with a space between them.
std::string Flags(const std::string& sample, bool whole = true) {
  std::string text;
  for (const std::string& argument : ArgumentsOf(GuessDialect(sample, whole))) {
    text += (text.empty() ? "" : " ") + argument;
  }
  return text;
}

TEST(GuessDialect, FindsTheDelimiter) {
  EXPECT_EQ(Flags("a,b\nx,y\n"), "");
  EXPECT_EQ(Flags("a;b\nx,1;y\n,;z\n"), "--delimiter ;");
  EXPECT_EQ(Flags("a\tb\nx,\ty\n"), "--delimiter tab");
  EXPECT_EQ(Flags("a|b|c\nx|y;|z\n"), "--delimiter |");
  EXPECT_EQ(Flags("a:b\nx:y\n"), "--delimiter :");
  EXPECT_EQ(Flags("a\nx\ny\n"), "");
  EXPECT_EQ(Flags("\xef\xbb\xbf\"a;b\";c\nx;y\n"), "--delimiter ;");
}

TEST(GuessDialect, AColonInTimesIsNoDelimiter) {
  EXPECT_EQ(Flags("12:30:00,x\n12:30:01,y\n"), "--no-header --columns column_1,column_2");
}

TEST(GuessDialect, ADelimiterInsideQuotesIsNone) {
  EXPECT_EQ(Flags("a,b\n\"1;2;3\",x\n\"4;5;6\",y\n"), "");
  EXPECT_EQ(Flags("a;b\n\"1,2\n3,4\";x\n"), "--delimiter ;");
}

TEST(GuessDialect, FindsTheQuote) {
  EXPECT_EQ(Flags("a,b\n'x,1',y\n'it''s',z\n"), "--quote '");
  EXPECT_EQ(Flags("a\tb\n\"5 inch\tx\n7\"\t\"y\n"), "--delimiter tab --quoting none");
  // An apostrophe that opens nothing.
  const std::string rows = "x,y\nx,'tis\nx,y\nx,y\nx,y\nx,z\n";
  EXPECT_EQ(Flags("a,b\n" + rows), "");
  EXPECT_EQ(Flags("a,b\n" + rows + "x,cut he", false), "");
}

TEST(GuessDialect, AQuoteThatSwallowsTheRestCountsAsItsLinesHoweverTheyEnd) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    std::string sample = "a,b" + end;
    for (const std::string row : {"x,y", "x,'tis", "x,y", "x,y", "x,y"}) sample += row + end;
    EXPECT_EQ(Flags(sample + "x,cut he", false), "");
    EXPECT_EQ(Flags(sample), "");
    const std::string why = "2 columns in 6 of 6 records; the first looks like a header";
    EXPECT_EQ(GuessDialect(sample, true).why, why);
  }
}

TEST(GuessDialect, FindsTypesOfAllRowsButTheHeader) {
  EXPECT_EQ(Flags("i,n,b,j,s,t,z,e\n"
                  "1,2.5,true,\"{\"\"a\"\":1}\",x,2024-01-31,007,\n"
                  ",-3e5,false,[],1,2024-02-01,1,\n"
                  "-7,0,,,,,,\n"),
            "--type i=integer --type n=number --type b=boolean --type j=json");
  EXPECT_EQ(Flags("a,b\n1,2\nx,3\n"), "--type b=integer");
  EXPECT_EQ(Flags("a,x=y\nz,1\n"), "");  // no flag could name it
}

TEST(GuessDialect, TellsARowFromAHeader) {
  EXPECT_EQ(Flags("x,1\ny,2\n"), "--no-header --columns column_1,column_2 --type column_2=integer");
  EXPECT_EQ(Flags("x,y\nx,z\n"), "--no-header --columns column_1,column_2");
  EXPECT_EQ(Flags("x,x\ny,z\n"), "--no-header --columns column_1,column_2");
  EXPECT_EQ(Flags("x,\ny,z\n"), "--no-header --columns column_1,column_2");
  EXPECT_EQ(Flags("2024-01-31,x\n2024-02-01,y\n"), "--no-header --columns column_1,column_2");
  EXPECT_EQ(Flags("2023,2024\nx,y\n"), "--no-header --columns column_1,column_2");
}

TEST(GuessDialect, ARecordCutByTheSamplesEndDoesNotCount) {
  EXPECT_EQ(GuessDialect("a,b\n1,2\n3", false).why,
            "2 columns in 2 of 2 records; the first looks like a header");
  EXPECT_EQ(GuessDialect("a,b\n1,2\n3", true).why,
            "2 columns in 2 of 3 records; the first looks like a header");
}

TEST(GuessDialect, KnowsWhenThereIsNothing) {
  EXPECT_EQ(GuessDialect("", true).why, "no record could be read");
  EXPECT_EQ(GuessDialect("\n\n", true).why, "no record could be read");
  EXPECT_EQ(Flags(""), "");
}

}  // namespace
}  // namespace onceload
