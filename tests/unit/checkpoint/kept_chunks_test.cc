// A ledger of a long load stays small, and knows enough of it.
#include "checkpoint/kept_chunks.h"

#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "onceload/checkpoint/checkpoint_store.h"
#include "support/temp_dir.h"
#include "unit/checkpoint/ledger_samples.h"

namespace onceload {
namespace {

static_assert(IsKept(1, 256) && !IsKept(1, 257) && IsKept(2, 257) && !IsKept(2, 1000));
static_assert(KeptOf(0) == 0 && KeptOf(256) == 256 && KeptOf(1'000'000'000) < 4'000);

TEST(KeptChunks, AreCountedAsTheyAreKept) {
  for (const std::uint64_t newest : {1U, 255U, 256U, 257U, 511U, 512U, 513U, 1024U, 5000U}) {
    std::uint64_t kept = 0;
    for (std::uint64_t number = 1; number <= newest; ++number) kept += IsKept(number, newest);
    EXPECT_EQ(KeptOf(newest), kept) << newest;
  }
}

TEST(KeptChunks, OnceTakenOutAreNeverWanted) {
  for (std::uint64_t newest = 1; newest < 3000; ++newest) {
    for (std::uint64_t number = 1; number <= newest; ++number) {
      EXPECT_TRUE(IsKept(number, newest) || !IsKept(number, newest + 1));
    }
  }
}

class LongLoad : public testing::Test {
 protected:
  LongLoad() {
    store_ =
        std::make_unique<CheckpointStore>(path_, CheckpointStore::Mode::kReadWrite, failpoints_);
    store_->BeginRun(SampleRecord(0, "run-1"), 100, "version of run-1");
  }

  void Load(std::uint64_t from, std::uint64_t to) {
    for (std::uint64_t n = from; n <= to; ++n) store_->Intend(SampleRecord(n, "run-1"), 200);
    store_->Confirm("clicks/clicks.csv", "run-1", 300);
  }
  LoadStatus Status() { return store_->Statuses().at(0); }
  std::uintmax_t Bytes() {
    store_.reset();  // which writes the journal into the file
    return std::filesystem::file_size(path_);
  }

  TempDir dir_;
  std::string path_ = dir_ / "ledger.db";
  Failpoints failpoints_;
  std::unique_ptr<CheckpointStore> store_;
};

TEST_F(LongLoad, KeepsNewChunksAndFewOldOnes) {
  Load(1, 2000);
  const std::vector<LedgerChunk> chunks = store_->Chunks("clicks/clicks.csv");
  // Of the newest one is in doubt until it is confirmed, so what is kept goes by the one before.
  EXPECT_LE(chunks.size(), KeptOf(2000) + 4);
  EXPECT_EQ(chunks.back().chunk, ChunkNumber{2000});
  EXPECT_EQ(store_->Find("clicks/clicks.csv")->last, SampleRecord(2000, "run-1"));
  EXPECT_EQ(Status().chunks_committed, 2000U);
  EXPECT_EQ(Status().chunks_unknown, 0U);
  EXPECT_EQ(Status().chunks_kept, chunks.size());
}

TEST_F(LongLoad, IsSweptWhenNumbersWerePassedOver) {
  Load(1, 300);
  store_->Adopt(SampleRecord(5000, "run-elsewhere"), "run-1", 400);
  store_->BeginRun(SampleRecord(5000, "run-2"), 500, "v");
  EXPECT_LE(Status().chunks_kept, 300U / 16 + 2);
  EXPECT_EQ(Status().last.chunk, ChunkNumber{5000});
}

// What docs/checkpoint-format.md names: of a million rows in chunks of 1,000, and of ten million.
TEST_F(LongLoad, OfAMillionRowsStaysBelowWhatTheFormatNames) {
  Load(1, 1000);
  EXPECT_LE(Bytes(), 400'000U);
}

TEST_F(LongLoad, OfTenMillionRowsIsHardlyLarger) {
  Load(1, 10'000);
  EXPECT_LE(Bytes(), 700'000U);
}

}  // namespace
}  // namespace onceload
