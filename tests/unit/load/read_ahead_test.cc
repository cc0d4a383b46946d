#include "load/read_ahead.h"

#include <atomic>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace onceload {
namespace {

// Numbers its batches, and says in each what was asked for.
class Numbered {
 public:
  explicit Numbered(std::uint64_t batches) : batches_(batches) {}

  void operator()(const BatchLimits& limits, EncodedBatch& batch) {
    batch.rows = ++filled_;
    batch.notices = {std::to_string(limits.rows)};
    batch.last = filled_ == batches_;
    threads_.push_back(std::this_thread::get_id());
  }

  std::uint64_t filled() const { return filled_; }
  const std::vector<std::thread::id>& threads() const { return threads_; }

 private:
  const std::uint64_t batches_;
  std::uint64_t filled_ = 0;
  std::vector<std::thread::id> threads_;  // that have filled the batches
};

BatchLimits Rows(std::uint64_t rows) {
  BatchLimits limits;
  limits.rows = rows;
  return limits;
}

TEST(ReadAheadTest, BatchesComeInTheirOrderAndWithTheirLimits) {
  for (const bool ahead : {false, true}) {
    Numbered source(20);
    ReadAhead batches(std::ref(source), ahead);
    EncodedBatch batch;
    for (std::uint64_t i = 1; i <= 20; ++i) {
      batches.Take(Rows(i), batch);
      EXPECT_EQ(batch.rows, i);
      EXPECT_EQ(batch.notices, std::vector<std::string>{std::to_string(i)});
      ASSERT_EQ(batch.last, i == 20);
      if (!batch.stops()) batches.Begin(Rows(i + 1));
    }
    EXPECT_EQ(source.filled(), 20U);
    for (std::size_t i = 1; i < source.threads().size(); ++i) {
      EXPECT_EQ(source.threads()[i] != std::this_thread::get_id(), ahead) << i;
    }
  }
}

// What a load holds does not grow with what the brokers leave undone.
TEST(ReadAheadTest, OneBatchIsFilledAndNotTheOneBehindIt) {
  std::atomic<int> filled{0};
  std::latch two(2);
  ReadAhead batches(
      [&](const BatchLimits&, EncodedBatch&) {
        ++filled;
        two.count_down();
      },
      true);
  EncodedBatch batch;
  batches.Take({}, batch);
  batches.Begin({});
  two.wait();
  EXPECT_EQ(filled, 2);
  batches.Take({}, batch);
  EXPECT_EQ(filled, 2);
}

// Both batches are filled again in the memory that they have.
TEST(ReadAheadTest, TwoBatchesGoRound) {
  std::vector<const char*> arenas;
  ReadAhead batches(
      [&](const BatchLimits&, EncodedBatch& batch) {
        batch.messages.Clear();
        arenas.push_back(batch.messages.arena().room(1000));
      },
      true);
  EncodedBatch batch;
  for (int i = 0; i < 8; ++i) {
    batches.Take({}, batch);
    batches.Begin({});
  }
  batches.Take({}, batch);
  ASSERT_EQ(arenas.size(), 9U);
  for (std::size_t i = 2; i < arenas.size(); ++i) EXPECT_EQ(arenas[i], arenas[i - 2]) << i;
}

TEST(ReadAheadTest, WhatFillingThrowsComesInItsTurn) {
  for (const bool ahead : {false, true}) {
    int filled = 0;
    ReadAhead batches(
        [&](const BatchLimits&, EncodedBatch& batch) {
          if (++filled == 2) throw std::runtime_error("the second");
          batch.rows = 1;
        },
        ahead);
    EncodedBatch batch;
    batches.Take({}, batch);
    EXPECT_EQ(batch.rows, 1U);
    batches.Begin({});
    try {
      batches.Take({}, batch);
      ADD_FAILURE() << "no error";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "the second");
    }
  }
}

// A load that restarts drops what was read ahead; the source is gone right after.
TEST(ReadAheadTest, ItsEndWaitsForTheBatchThatIsBeingFilled) {
  std::latch begun(1);
  std::latch released(1);
  bool filled = false;
  std::jthread release;
  {
    ReadAhead batches(
        [&](const BatchLimits&, EncodedBatch&) {
          begun.count_down();
          released.wait();
          filled = true;
        },
        true);
    batches.Begin({});
    begun.wait();
    release = std::jthread([&] { released.count_down(); });
  }
  EXPECT_TRUE(filled);
}

TEST(ReadAheadTest, OneThreadIsWhatWasAskedFor) {
  EXPECT_FALSE(ReadsAhead(1));
  EXPECT_TRUE(ReadsAhead(2));
  EXPECT_EQ(ReadsAhead(-1), std::thread::hardware_concurrency() >= 4);
}

}  // namespace
}  // namespace onceload
