// The file of rejected rows belongs to one load.

#include "load/rejects_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "support/power_cut.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class RejectsFileTest : public ::testing::Test {
 protected:
  static std::string Line(const std::string& load_id, const std::string& raw) {
    RejectedRow row;
    row.reason = "ragged";
    row.row = RowNumber{7};
    row.text_bytes = raw.size();
    InputFile input;
    input.path = "/data/rows.csv";
    std::string text;
    AppendRejectsLine(row, input, load_id, raw, RejectsFormat::kSecond, text);
    return text;
  }
  void Write(const std::string& text) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << text;
  }
  std::string Text() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // What opening it for load "ours" comes to; empty: it may be used.
  std::string Refusal(std::uint64_t committed) const {
    try {
      const RejectsFile file(path_, committed, "ours");
      return "";
    } catch (const Error& error) {
      return error.Line();
    }
  }

  TempDir directory_;
  const std::string path_ = directory_ / "rejects.csv";
  const std::string header_{RejectsHeader(RejectsFormat::kSecond)};
};

TEST_F(RejectsFileTest, ANewFileAndOneOfAHeaderAloneMayBeUsed) {
  EXPECT_EQ(Refusal(0), "");
  for (std::size_t size = 0; size <= header_.size(); ++size) {
    Write(header_.substr(0, size));
    EXPECT_EQ(Refusal(0), "") << size;
  }
  Write(std::string(RejectsHeader(RejectsFormat::kFirst)));
  EXPECT_EQ(Refusal(0), "");
}

TEST_F(RejectsFileTest, AnotherLoadsRowsAreLeftAlone) {
  const std::string theirs = header_ + Line("theirs", "a,\"b\n\"\"c") + Line("theirs", "d");
  Write(theirs);
  EXPECT_NE(Refusal(0).find("another load (id theirs)"), std::string::npos) << Refusal(0);
  EXPECT_NE(Refusal(theirs.size()).find("another load"), std::string::npos);
  EXPECT_EQ(Text(), theirs);
  const std::string first =
      std::string(RejectsHeader(RejectsFormat::kFirst)) + "a,1,2,x,y,z,\"raw\"\n";
  Write(first);
  EXPECT_NE(Refusal(0).find("another load"), std::string::npos) << "0.1.0 does not say whose";
  EXPECT_EQ(Text(), first);
}

// Rows are rejected for what no reader takes, too.
TEST_F(RejectsFileTest, ARowsTextMayBeAnyBytes) {
  const std::string nul(1, '\0');
  for (const std::string& raw :
       {std::string("caf\xe9,\"x\""), "a" + nul + "b", std::string("\xff\n\xfe\"")}) {
    const std::string ours = header_ + Line("ours", raw);
    Write(ours);
    EXPECT_EQ(Refusal(ours.size()), "") << testing::PrintToString(raw);
    Write(header_ + Line("theirs", raw));
    EXPECT_NE(Refusal(0).find("another load (id theirs)"), std::string::npos);
    Write(ours.substr(0, ours.size() - 1));
    EXPECT_EQ(Refusal(0), "") << "torn";
  }
}

TEST_F(RejectsFileTest, OurOwnUncommittedRowsAreCutOff) {
  Write(header_ + Line("ours", "a,b") + Line("ours", "c"));
  EXPECT_EQ(Refusal(0), "");
  EXPECT_EQ(Text(), "");
  const std::string committed = header_ + Line("ours", "a,b");
  Write(committed + Line("ours", "c"));
  EXPECT_EQ(Refusal(committed.size()), "");
  EXPECT_EQ(Text(), committed);
}

// Torn by a kill or a power cut: there is no whole row to lose.
TEST_F(RejectsFileTest, ATornFirstRowIsNobodys) {
  const std::string line = Line("theirs", "a,\"b");
  for (std::size_t size = 1; size < line.size(); ++size) {
    Write(header_ + line.substr(0, size));
    EXPECT_EQ(Refusal(0), "") << size;
  }
}

TEST_F(RejectsFileTest, ALoadOf010GoesOnInItsFormat) {
  const std::string old =
      std::string(RejectsHeader(RejectsFormat::kFirst)) + "\"a\",1,2,x,y,z,\"r\"\n";
  Write(old);
  EXPECT_EQ(RejectsFile(path_, old.size(), "ours").format(), RejectsFormat::kFirst);
  EXPECT_EQ(Text(), old);
}

TEST_F(RejectsFileTest, TwoLoadsAtATimeAreRefused) {
  const RejectsFile first(path_, 0, "ours");
  EXPECT_NE(Refusal(0).find("another load is writing"), std::string::npos);
}

// A chunk that counts them may commit then.
TEST_F(RejectsFileTest, WhatIsSyncedIsThereAfterAPowerCut) {
  RejectsFile file(path_, 0, "ours");
  file.Append(header_);
  EXPECT_EQ(BytesAfterPowerCut(path_, directory_.path()), -1);
  for (int round = 1; round <= 3; ++round) {
    file.Append(Line("ours", "a,b"));
    file.Sync();
    EXPECT_EQ(BytesAfterPowerCut(path_, directory_.path()),
              static_cast<std::int64_t>(Text().size()))
        << round;
    file.Sync();
  }
}

TEST_F(RejectsFileTest, WhatIsNoRejectsFileIsLeftAlone) {
  Write("id,user\n1,a\n");
  EXPECT_NE(Refusal(0).find("holds something else"), std::string::npos);
  EXPECT_EQ(Text(), "id,user\n1,a\n");
  EXPECT_NE(Refusal(100).find("has 12 bytes"), std::string::npos);
}

}  // namespace
}  // namespace onceload
