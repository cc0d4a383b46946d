// A row costs no allocation: once the buffers are as large as a batch needs them, none is made
// however many rows follow. This program counts all of them, the standard library's too.

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <new>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kafka/send_queue.h"
#include "onceload/load/row_source.h"
#include "support/temp_dir.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

void* Counted(std::size_t bytes) {
  ++allocations;
  void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return Counted(bytes); }
void* operator new[](std::size_t bytes) { return Counted(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace onceload {
namespace {

constexpr std::uint64_t kRows = 60'000;
constexpr std::uint64_t kBatchRows = 1'000;
constexpr std::uint64_t kWarmUpBatches = 20;
constexpr std::size_t kPartitions = 5;

// Cells of all kinds, whose lengths come again and again.
void WriteRows(const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  file << "id,user,price,at,note,empty\n";
  for (std::uint64_t row = 0; row < kRows; ++row) {
    const std::string number = std::to_string(100'000 + row);
    file << number << ",user-" << number << "," << row % 10 << ".5,2026-01-02T03:04:05Z,";
    if (row % 3 == 0) {
      file << "\"a \"\"quoted\"\", long, \n note that does not fit a small string of any library\"";
    } else {
      file << (row % 3 == 1 ? "plain" : "a tab\t but no comma; and caf\xc3\xa9 and \\");
    }
    file << ",\n";
  }
}

class RowAllocationsTest : public testing::Test {
 protected:
  RowAllocationsTest() {
    WriteRows(path_);
    options_.columns = {"id", "user", "price", "at", "note", "empty"};
    options_.encode.key_columns = {"user"};
    at_.rules = kNewestRules;
    at_.load_name = "load";
    at_.load_id = "id";
    at_.partitions.resize(kPartitions);
    at_.inputs = {SourceFile(path_).identity()};
  }

  // Of the rows behind the warm-up, of which there are this many.
  std::uint64_t Allocations() {
    RowSource source(options_, at_);
    EncodedBatch batch;
    BatchLimits limits;
    limits.rows = kBatchRows;
    for (std::uint64_t i = 0; i < kWarmUpBatches; ++i) source.Fill(limits, batch);
    const std::uint64_t before = allocations;
    for (std::uint64_t i = kWarmUpBatches; i < kRows / kBatchRows; ++i) {
      source.Fill(limits, batch);
      EXPECT_EQ(batch.rows, kBatchRows);
      EXPECT_TRUE(batch.rejected.empty());
    }
    return allocations - before;
  }

  TempDir directory_;
  const std::string path_ = directory_ / "rows.csv";
  RowSourceOptions options_;
  ProgressRecord at_;
};

TEST_F(RowAllocationsTest, TheCounterCounts) {
  const std::uint64_t before = allocations;
  const std::vector<int> some(1'000);
  EXPECT_EQ(allocations - before, 1U);
}

TEST_F(RowAllocationsTest, NoneForAJsonObject) { EXPECT_EQ(Allocations(), 0U); }

TEST_F(RowAllocationsTest, NoneForTypedCells) {
  options_.encode.types = {{"id", ColumnType::kInteger}, {"price", ColumnType::kNumber}};
  EXPECT_EQ(Allocations(), 0U);
}

TEST_F(RowAllocationsTest, NoneForALineAsItIs) {
  options_.encode.format = MessageFormat::kRaw;
  EXPECT_EQ(Allocations(), 0U);
}

TEST_F(RowAllocationsTest, NoneForATimeOfItsOwn) {
  options_.encode.types = {{"at", ColumnType::kTimestamp}};
  options_.encode.timestamp_column = "at";
  EXPECT_EQ(Allocations(), 0U);
}

TEST_F(RowAllocationsTest, NoneForAKeyOfSeveralColumns) {
  options_.encode.key_columns = {"user", "id"};
  EXPECT_EQ(Allocations(), 0U);
}

// What waits to be sent lies in blocks of a quarter of a megabyte.
TEST_F(RowAllocationsTest, ABlockForManyRowsThatWait) {
  constexpr std::uint64_t kRowsOfABlock = 200;
  RowSource source(options_, at_);
  EncodedBatch batch;
  SendQueue queue(kPartitions, {1'000'000, 100'000});
  std::uint64_t rows = 0;
  std::uint64_t made = 0;
  while (!batch.stops()) {
    source.Fill({}, batch);
    const std::uint64_t before = allocations;
    queue.Add(batch.messages);
    for (std::size_t lane = 0; lane < queue.lanes(); ++lane) {
      const std::size_t count = queue.Next(lane, SendQueue::Request::kFull).size();
      if (count == 0) continue;
      queue.Sent(lane, count);
      for (std::size_t i = 0; i < count; ++i) queue.Settled(lane);
    }
    made += allocations - before;
    rows += batch.rows;
  }
  EXPECT_EQ(rows, kRows);
  EXPECT_LT(made, rows / kRowsOfABlock);
}

}  // namespace
}  // namespace onceload
