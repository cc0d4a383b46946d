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
  EXPECT_EQ(Flags("a,x=y\nz,1\n"), "--type \"x=y\"=integer");
}

TEST(GuessDialect, TellsARowFromAHeader) {
  EXPECT_EQ(Flags("x,1\ny,2\n"), "--no-header --columns column_1,column_2 --type column_2=integer");
  EXPECT_EQ(Flags("x,y\nx,z\n"), "--no-header --columns column_1,column_2");
  EXPECT_EQ(Flags("2024-01-31,x\n2024-02-01,y\n"), "--no-header --columns column_1,column_2");
}

TEST(GuessDialect, AHeaderIsNeverTakenForARow) {
  EXPECT_EQ(Flags("2023,2024\nx,y\n"), "");
  EXPECT_EQ(Flags("country,2023,2024\nDE,1,2\n"), "--type 2023=integer --type 2024=integer");
  // Files joined together.
  EXPECT_EQ(Flags("id,name\n1,x\nid,name\n2,y\n"), "");
  EXPECT_EQ(Flags("k,name\nb,x\nk,name\nc,y\n"), "");
  EXPECT_EQ(Flags("sep=;\nid;name\n1;x\n"), "--delimiter ; --skip-lines 1 --type id=integer");
  EXPECT_EQ(Flags("Report of May\n\nid,name\n1,x\n2,y\n"), "--skip-lines 2 --type id=integer");
  EXPECT_EQ(Flags("id,name\n--,----\n1,x\n"),
            "--skip-lines 2 --no-header --columns id,name --type id=integer");
}

// Files joined together, each with its byte order mark; one column of times; too many names.
TEST(GuessDialect, WhatFollowsMakesNoRowOfAHeader) {
  EXPECT_EQ(Flags("id,v\n1,2\n\xef\xbb\xbfid,v\n3,4\n"), "");
  EXPECT_EQ(Flags("ts\n2024-06-01 00:00:00\n2024-06-02 00:00:00\n"), "");
  EXPECT_EQ(Flags("ts\n12:00\n13:30\n"), "");
  EXPECT_EQ(Flags("a,b,c,d\n1,2\n3,4\n"),
            "--skip-lines 1 --no-header --columns column_1,column_2 --type column_1=integer "
            "--type column_2=integer");
}

TEST(GuessDialect, AHeaderThatCannotBeTakenIsMended) {
  const std::string begin = "--skip-lines 1 --no-header --columns ";
  EXPECT_EQ(Flags("A|B|\n1|2|\n3|4|\n"), "--delimiter | " + begin +
                                             "A,B,unnamed --drop unnamed --type A=integer "
                                             "--type B=integer");
  EXPECT_EQ(Flags("a,b,\nx,y\nz,w\n"), begin + "a,b");
  EXPECT_EQ(Flags("a,b\nx,y,\nz,w,\n"), begin + "a,b,unnamed --drop unnamed");
  EXPECT_EQ(Flags("id,,name\n1,x,y\n"), begin + "id,unnamed,name --type id=integer");
  EXPECT_EQ(Flags(",id\n0,1\n1,2\n"),
            begin + "unnamed,id --type unnamed=integer --type id=integer");
  EXPECT_EQ(Flags("a\tb\nr1\tx\ty\nr2\tz\tw\n"), "--delimiter tab " + begin + "unnamed,a,b");
  EXPECT_EQ(Flags("x,x\ny,z\n"), begin + "x,x_2");
  EXPECT_EQ(Flags("x,,\ny,z,w\n"), begin + "x,unnamed_2,unnamed_3");
}

TEST(GuessDialect, LinesAtTheEndThatAreNoRows) {
  EXPECT_EQ(Flags("id|name\n1|x\n(1 row)\n"), "--delimiter | --skip-footer 1 --type id=integer");
  EXPECT_EQ(Flags("id,n\n1,2\nTotal,2\n\x1a"),
            "--skip-footer 2 --type id=integer --type n=integer");
  EXPECT_EQ(Flags("id,n\n1,2\n2,2\nas of today\n"),
            "--skip-footer 1 --type id=integer --type n=integer");
  // Half of a row that is still being written.
  EXPECT_EQ(Flags("id,n\na,2\nb,2\nc"), "--type n=integer");
  EXPECT_EQ(Flags("id,n\n1,2\n2,2\nas of today\n", false), "--type id=integer --type n=integer");
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
