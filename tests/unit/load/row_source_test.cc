// What becomes of rows that cannot be loaded.

#include "onceload/load/row_source.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "load/rejects_file.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

using Headers = std::map<std::string, std::string, std::less<>>;

class RowSourceTest : public ::testing::Test {
 protected:
  RowSourceTest() {
    options_.rejects.on_error = OnError::kDeadLetter;
    options_.rejects.keep_text = true;
  }

  // All rows of a file of `text`.
  const EncodedBatch& Fill(const std::vector<std::string>& columns, const std::string& text) {
    options_.columns = columns;
    const std::string path = directory_ / "rows.csv";
    std::ofstream(path, std::ios::binary) << text;
    ProgressRecord at;
    at.load_name = "load";
    at.load_id = "id-1";
    at.partitions.resize(2);
    at.rules = rules_;
    at.limits.message_bytes = message_bytes_max_;
    at.limits.dead_letter_bytes = dead_letter_bytes_max_;
    at.inputs = {SourceFile(path).identity()};
    RowSource(options_, at).Fill({}, batch_);
    EXPECT_TRUE(batch_.last);
    return batch_;
  }

  static std::vector<Headers> DeadLetters(const EncodedBatch& batch) {
    std::vector<Headers> letters;
    for (const MessageBatch::Message& message : batch.messages.messages()) {
      if (!message.dead_letter) continue;
      Headers& headers = letters.emplace_back();
      ForEachHeader(batch.messages.headers(message),
                    [&](std::string_view name, std::string_view value) {
                      EXPECT_TRUE(headers.emplace(name, value).second) << name;
                    });
    }
    return letters;
  }

  TempDir directory_;
  RowSourceOptions options_;
  Rules rules_ = Rules::kSecond;
  std::int64_t message_bytes_max_ = 0;
  std::int64_t dead_letter_bytes_max_ = 0;
  EncodedBatch batch_;
};

TEST_F(RowSourceTest, DeadLetterNamesTheColumnOfItsFault) {
  options_.encode.types = {{"n,1", ColumnType::kInteger}};
  options_.encode.key_columns = {"user"};
  options_.encode.on_empty_key = EmptyKey::kError;
  message_bytes_max_ = 700;
  const EncodedBatch& batch = Fill({"user", "n,1"}, "user,\"n,1\"\nu,x\n,1\nu,1,2\nu,\"1\"2\n" +
                                                        std::string(300, 'u') + ",1\nu,2\nu,\"3");
  const std::vector<Headers> letters = DeadLetters(batch);
  ASSERT_EQ(letters.size(), 6U);
  const std::vector<std::pair<std::string, std::string>> expected{
      {"type", "n,1"},          {"empty-key", "user"}, {"ragged", ""},
      {"text-after-quote", ""}, {"too-long", ""},      {"open-quote", ""}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& [reason, column] = expected[i];
    EXPECT_EQ(letters[i].at("onceload.reason"), reason);
    const auto header = letters[i].find("onceload.column");
    EXPECT_EQ(header == letters[i].end() ? "" : header->second, column) << reason;
    EXPECT_EQ(header == letters[i].end(), column.empty()) << reason;
    EXPECT_EQ(batch.rejected[i].column, column);
  }
  EXPECT_TRUE(batch.rejects_text.starts_with(RejectsHeader(RejectsFormat::kSecond)));
  EXPECT_NE(batch.rejects_text.find(",1,11,\"type\",\"n,1\",\"column "), std::string::npos);
  EXPECT_NE(batch.rejects_text.find(",\"ragged\",\"\",\"3 fields"), std::string::npos);
}

TEST_F(RowSourceTest, AHeaderOfFreeTextIsShortAndUtf8) {
  std::string name(499, 'c');
  name += "\xe2\x86\x92 and much more";
  options_.encode.types = {{name, ColumnType::kInteger}};
  const std::vector<Headers> letters = DeadLetters(Fill({name}, name + "\nx\n"));
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].at("onceload.column"), std::string(499, 'c'));
}

}  // namespace
}  // namespace onceload
