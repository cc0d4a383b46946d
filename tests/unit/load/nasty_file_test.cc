// tests/data/nasty.csv has, in 300 bytes, quoted line ends and quotes, CRLF and LF, blank lines,
// multi-byte text, empty last fields, a rejected row of each kind, and no line end at its end.
// Every chunking of it, and a death at every instant of each, come to the same.

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/message/message_limits.h"
#include "unit/load/kept_ledger.h"
#include "unit/load/load_world.h"

namespace onceload {
namespace {

const std::string kNastyPath = ONCELOAD_SOURCE_DIR "/tests/data/nasty.csv";
constexpr std::uint64_t kNastyRows = 17;
constexpr std::uint64_t kNastyRejected = 9;

std::string BytesOfFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What a load has come to.
struct Result {
  std::vector<std::vector<std::string>> topic;  // by partition
  std::vector<std::string> dead_letters;
  std::string rejects_file;
  std::vector<std::pair<std::uint64_t, Digest>> partitions;  // as the progress record counts them
  Digest dead_letters_digest;
  std::uint64_t rejected = 0;
  InputPosition end;
  bool complete = false;

  bool operator==(const Result&) const = default;
};

class NastyWorld : public World {
 public:
  explicit NastyWorld(std::uint64_t rows_of_chunk, OnError policy = OnError::kDeadLetter) {
    chunk_rows = rows_of_chunk;
    adjust = [policy](LoadSettings& settings) {
      settings.here.blank.inputs = {SourceFile(kNastyPath).identity()};
      settings.here.blank.options = {{"columns", R"(["id","name","note"])"}};
      settings.rows.rejects.on_error = policy;
      settings.here.blank.limits.message_bytes = kRecordOverheadBytes + 88;
      settings.rows.encode = {};
      settings.rows.encode.types = {{"id", ColumnType::kInteger}};
      settings.rows.encode.key_columns = {"name"};
      settings.rows.encode.on_empty_key = EmptyKey::kError;
    };
  }

  Result End() const {
    Result result;
    for (std::size_t p = 0; p < broker.log.size(); ++p) result.topic.push_back(broker.Committed(p));
    result.dead_letters = broker.CommittedDeadLetters();
    result.rejects_file = BytesOfFile(rejects_path);
    const ProgressRecord record = broker.Latest().value();
    for (const PartitionProgress& partition : record.partitions) {
      result.partitions.emplace_back(partition.rows, partition.digest);
    }
    result.dead_letters_digest = record.dead_letters.digest;
    result.rejected = record.rejected;
    result.end = record.position;
    result.complete = record.complete;
    return result;
  }
};

std::uint64_t ChunksOf(std::uint64_t rows, std::uint64_t chunk_rows) {
  return (rows + chunk_rows - 1) / chunk_rows;
}

TEST(NastyFileTest, IsNasty) {
  EXPECT_EQ(BytesOfFile(kNastyPath).size(), 300U);
  NastyWorld world(kNastyRows);
  ASSERT_TRUE(world.Run(""));
  const Result result = world.End();
  EXPECT_TRUE(result.complete);
  EXPECT_EQ(result.end.row.value, kNastyRows);
  EXPECT_EQ(result.end.byte.value, 300U);
  EXPECT_EQ(result.end.empty_lines, 5U);
  EXPECT_EQ(result.rejected, kNastyRejected);
  ASSERT_EQ(result.dead_letters.size(), kNastyRejected);
  EXPECT_EQ(result.dead_letters.back(), "17,b,\"open, \"\"\n18,c,");
  std::size_t found = 0;
  for (const char* reason : {"ragged", "nul-byte", "invalid-utf8", "text-after-quote", "open-quote",
                             "too-long", "type", "empty-key"}) {
    found += result.rejects_file.find("\"" + std::string(reason) + "\"") != std::string::npos;
  }
  EXPECT_EQ(found, 8U) << result.rejects_file;
}

// Instants of a chunk; those of a run do not depend on the chunks.
TEST(NastyFileTest, DeathAtEveryInstantOfEveryChunkingCostsNothing) {
  NastyWorld undisturbed(kNastyRows);
  ASSERT_TRUE(undisturbed.Run(""));
  const Result expected = undisturbed.End();
  std::size_t deaths = 0;
  KeptLedgers ledgers;
  for (std::uint64_t chunk_rows = 1; chunk_rows <= kNastyRows; ++chunk_rows) {
    for (const std::string& name : NamesOf(kSteps)) {
      bool ended = false;
      for (int passage = 1; !ended; ++passage) {
        const std::string point = name + ":" + std::to_string(passage);
        NastyWorld world(chunk_rows);
        ledgers.Begin();
        world.kept_ledger = &ledgers.TakeBlank().store();
        ended = world.Run(point);
        deaths += ended ? 0 : 1;
        ASSERT_TRUE(ended || world.Run("")) << chunk_rows << " rows, " << point;
        ASSERT_TRUE(world.End() == expected) << chunk_rows << " rows, " << point;
      }
    }
  }
  std::cout << deaths << " deaths\n";
  EXPECT_GT(deaths, 400U);
}

// A chunk of nothing but skipped rows has no message to be counted.
TEST(NastyFileTest, SkippedRowsFillAChunkAsOthersDo) {
  for (const OnError on_error : {OnError::kSkip, OnError::kDeadLetter}) {
    for (std::uint64_t chunk_rows = 1; chunk_rows <= kNastyRows; ++chunk_rows) {
      NastyWorld world(chunk_rows, on_error);
      ASSERT_TRUE(world.Run(""));
      EXPECT_EQ(world.report.at.chunk.value, ChunksOf(kNastyRows, chunk_rows)) << chunk_rows;
    }
  }
}

}  // namespace
}  // namespace onceload
