// What stands in the file of rejected rows, and why another file is left alone, word by word.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "load/rejects_file.h"
#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class RejectsLineTest : public testing::Test {
 protected:
  static std::string Line(RejectsFormat format, const std::string& load_id, std::string_view raw,
                          std::uint64_t text_bytes) {
    RejectedRow row;
    row.reason = "type";
    row.column = "a \"b\"";
    row.detail = "no integer";
    row.row = RowNumber{7};
    row.begin = ByteOffset{30};
    row.lines = 2;
    row.text_bytes = text_bytes;
    InputFile input;
    input.path = "/data/rows,1.csv";
    input.name = "rows.csv";
    std::string text = "before\n";
    AppendRejectsLine(row, input, load_id, raw, format, text);
    return text;
  }
  std::string Refusal(const std::string& path, std::uint64_t committed) const {
    try {
      const RejectsFile file(path, committed, "ours");
      return "";
    } catch (const Error& error) {
      std::string line = std::to_string(static_cast<int>(error.code())) + " " + error.Line();
      const std::string folder = directory_ / "";
      for (std::size_t at = line.find(folder); at != std::string::npos; at = line.find(folder)) {
        line.erase(at, folder.size());
      }
      return line;
    }
  }
  std::string Write(const std::string& text) const {
    std::ofstream(directory_ / "r.csv", std::ios::binary) << text;
    return directory_ / "r.csv";
  }

  TempDir directory_;
  const std::string header_{RejectsHeader(RejectsFormat::kSecond)};
};

TEST_F(RejectsLineTest, EachFieldIsQuotedAndNumbersAreNot) {
  EXPECT_EQ(Line(RejectsFormat::kSecond, "id", "x,\"y\"\nz", 8),
            "before\n"
            "\"/data/rows,1.csv\",7,30,\"type\",\"a \"\"b\"\"\",\"no integer\",\"x,\"\"y\"\"\n"
            "z\",2,8,\"bytes 37 to 38 of rows.csv\",\"id\"\n");
  EXPECT_EQ(Line(RejectsFormat::kSecond, "id", "x,", 8),
            "before\n"
            "\"/data/rows,1.csv\",7,30,\"type\",\"a \"\"b\"\"\",\"no integer\",\"x,\",2,8,"
            "\"bytes 32 to 38 of rows.csv\",\"id\"\n");
  EXPECT_EQ(Line(RejectsFormat::kFirst, "id", "x,", 8),
            "before\n"
            "\"/data/rows,1.csv\",7,30,\"type\",\"a \"\"b\"\"\",\"no integer\",\"x,\"\n");
}

// Line ends and quotes of any kind.
TEST_F(RejectsLineTest, ARowsTextMayHaveLineEndsAndQuotes) {
  using namespace std::string_literals;
  for (const std::string& raw : {"\r"s, "a\"b"s, "\n\n"s, "\x1a"s, "a\rb\n"s}) {
    std::string own = Line(RejectsFormat::kSecond, "ours", raw, raw.size()).substr(7);
    EXPECT_EQ(Refusal(Write(header_ + own), 0), "") << raw;
    own = Line(RejectsFormat::kSecond, "theirs", raw, raw.size()).substr(7);
    EXPECT_NE(Refusal(Write(header_ + own), 0), "") << raw;
  }
}

TEST_F(RejectsLineTest, WhyAFileIsLeftAloneIsSaid) {
  const std::string theirs = Line(RejectsFormat::kSecond, "theirs", "x", 1).substr(7);
  EXPECT_EQ(Refusal(Write(header_ + theirs), 0),
            "2 the file of rejected rows has rows of another load (id theirs): r.csv; name "
            "another file with --rejects, or move this one away");
  EXPECT_EQ(Refusal(Write(header_ + theirs), 3),
            "7 the file of rejected rows has rows of another load (id theirs): r.csv; name "
            "another file with --rejects, or move this one away");
  EXPECT_EQ(Refusal(Write(header_ + "too,few\n"), 0),
            "2 the file of rejected rows has rows of another load: r.csv; name another file with "
            "--rejects, or move this one away");
  EXPECT_EQ(
      Refusal(Write(header_), header_.size() + 1),
      "7 the file of rejected rows has 66 bytes, this load has written 67: r.csv; name the "
      "file the load was begun with, or restore it; --no-rejects goes on without one, and onceload "
      "status tells the rejected rows");
  EXPECT_EQ(Refusal(Write("x"), 0),
            "2 the file of rejected rows holds something else: r.csv; name another file with "
            "--rejects");
  EXPECT_EQ(Refusal("/dev/null", 0),
            "2 the file of rejected rows is no regular file: /dev/null; name a file that can be "
            "written with --rejects");
  std::filesystem::create_directory(directory_ / "folder");
  EXPECT_EQ(Refusal(directory_ / "folder", 0),
            "2 the file of rejected rows cannot be opened: Is a directory: folder; name a file "
            "that can be written with --rejects");
  const RejectsFile held(Write(""), 0, "ours");
  EXPECT_EQ(Refusal(directory_ / "r.csv", 0),
            "2 another load is writing to the file of rejected rows: r.csv; give each load a "
            "file of its own with --rejects");
}

TEST_F(RejectsLineTest, WhatIsAppendedComesBehindWhatIsCommitted) {
  const std::string own = Line(RejectsFormat::kSecond, "ours", "x", 1).substr(7);
  const std::string path = Write(header_ + own + own);
  RejectsFile file(path, header_.size() + own.size(), "ours");
  file.Append("");
  file.Append("new\n");
  file.Append("newer\n");
  std::ifstream in(path, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), header_ + own + "new\nnewer\n");
}

}  // namespace
}  // namespace onceload
