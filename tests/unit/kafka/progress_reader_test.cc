// A load's records as a reader of the progress topic puts them together.
#include <gtest/gtest.h>

#include "kafka/progress_markers.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

ProgressRecord LongRecord(std::uint64_t chunk, std::uint64_t size) {
  ProgressRecord record;
  record.load_name = "load";
  record.chunk = ChunkNumber{chunk};
  record.inputs.resize(2 * kInputsOfAPiece + 1);
  for (std::size_t i = 0; i < record.inputs.size(); ++i) {
    record.inputs[i].path = "/data/" + std::to_string(i);
    record.inputs[i].size = size;
  }
  return record;
}

void TakeAll(ProgressReader& reader, const std::vector<InputPiece>& markers) {
  for (const InputPiece& marker : markers) reader.Take(marker.key, marker.json, "here");
}

TEST(ProgressReaderTest, OfEachPieceTheNewestCounts) {
  ProgressReader reader("load");
  ProgressRecord record = LongRecord(1, 10);
  TakeAll(reader, MarkersOf(record, {0, record.inputs.size()}));
  EXPECT_EQ(reader.Newest()->inputs, record.inputs);
  record = LongRecord(2, 20);
  TakeAll(reader, MarkersOf(record, {kInputsOfAPiece, kInputsOfAPiece + 1}));
  const std::optional<ProgressRecord> newest = reader.Newest();
  EXPECT_EQ(newest->chunk, ChunkNumber{2});
  EXPECT_EQ(newest->inputs[0].size, 10U);
  EXPECT_EQ(newest->inputs[kInputsOfAPiece].size, 20U);
  EXPECT_EQ(newest->inputs.size(), reader.input_count());
}

TEST(ProgressReaderTest, APieceThatIsMissingShowsInTheCount) {
  const ProgressRecord record = LongRecord(1, 10);
  std::vector<InputPiece> markers = MarkersOf(record, {0, record.inputs.size()});
  markers.erase(markers.begin() + 1);
  ProgressReader reader("load");
  TakeAll(reader, markers);
  EXPECT_EQ(reader.Newest()->inputs.size(), kInputsOfAPiece);
  EXPECT_EQ(reader.input_count(), record.inputs.size());
}

TEST(ProgressReaderTest, ATombstoneLeavesNone) {
  ProgressReader reader("load");
  EXPECT_FALSE(reader.Newest());
  EXPECT_TRUE(reader.Take("load", EncodeProgress(LongRecord(1, 10)), "here"));
  EXPECT_FALSE(reader.Take("load of another name", "{}", "here"));
  EXPECT_TRUE(reader.Newest());
  EXPECT_TRUE(reader.Take("load", std::nullopt, "here"));
  EXPECT_FALSE(reader.Newest());
}

// Until the topic is compacted it holds many that do not count any more.
TEST(ProgressReaderTest, APieceThatIsNoneIsToldOnlyIfItCounts) {
  const ProgressRecord record = LongRecord(1, 10);
  std::vector<InputPiece> markers = MarkersOf(record, {0, record.inputs.size()});
  ProgressReader reader("load");
  reader.Take(markers[0].key, "no JSON", "partition 3 offset 17");
  TakeAll(reader, markers);
  EXPECT_EQ(reader.Newest()->inputs, record.inputs);
  reader.Take(markers[0].key, "no JSON", "partition 3 offset 17");
  try {
    reader.Newest();
    ADD_FAILURE() << "not refused";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kDisagreement);
    EXPECT_NE(error.Line().find("offset 17"), std::string::npos) << error.Line();
  }
}

// A page is written with the first record that counts it, and with none after that.
TEST(ProgressReaderTest, FinishedInputsComeBackFromTheirPages) {
  ProgressRecord record = LongRecord(1, 10);
  for (std::uint64_t i = 0; i < 2; ++i) {
    FinishedPage page(kKeysOfAPage, FinishedKey{i, 3, Digest{1}, Digest{2}, Digest{3}, {}, 4});
    record.finished.pages.push_back(std::make_shared<const FinishedPage>(std::move(page)));
  }
  record.finished.count = 2 * kKeysOfAPage;
  record.finished.rows = 6 * kKeysOfAPage;
  std::vector<InputPiece> markers = MarkersOf(record, {0, record.inputs.size()});
  ProgressReader reader("load");
  TakeAll(reader, markers);
  std::optional<ProgressRecord> newest = reader.Newest();
  ASSERT_TRUE(newest && newest->finished.whole());
  EXPECT_EQ(newest->finished, record.finished);
  EXPECT_EQ(*newest->finished.pages[1], *record.finished.pages[1]);
  EXPECT_NE(markers.back().json.find("\"format\":3"), std::string::npos);
  const std::size_t pieces = MarkersOf(LongRecord(1, 10), {0, record.inputs.size()}).size();
  EXPECT_EQ(MarkersOf(*newest, {0, record.inputs.size()}).size(), pieces) << "pages stay";

  ProgressReader late("load");  // a page lies before what it has read
  markers.erase(markers.begin());
  TakeAll(late, markers);
  EXPECT_FALSE(late.Newest()->finished.whole());
}

}  // namespace
}  // namespace onceload
