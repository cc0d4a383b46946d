// An input's rows in blocks: read one block after the other, made into messages by several threads,
// and taken in the order of the file.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "onceload/csv/record_reader.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/message/message_batch.h"
#include "rows/message_maker.h"
#include "rows/record_stream.h"

namespace onceload {

// Rows that follow each other, and what they were made into. Written by who reads it, then by who
// makes its messages, then read by who takes it; never by two at a time.
class RowBlock {
 public:
  struct Row {
    bool bad = false;        // a bad row of the reader's
    std::uint32_t at = 0;    // among the records or the bad rows
    std::uint32_t held = 0;  // among the texts
  };
  // Of a record.
  struct Outcome {
    MessageMaker::Made made = MessageMaker::Made::kMessage;
    Digest digest;
    std::size_t at = 0;  // in batch().messages(), or among the rejections
  };

  // Reads the next rows, as many as `work` has in a block, or to the input's end, or to behind a
  // row that is longer than can be held. What is thrown is kept: failure().
  void Read(RecordStream& stream, const RowWork& work);

  // REQUIRES: Read(). `before_file`: rows of the load before the input's first. Keeps what is
  // thrown, behind the rows before it.
  void Make(MessageMaker& maker, std::uint64_t before_file);

  // No other block comes behind it.
  bool last() const { return last_; }

  const std::vector<Row>& rows() const { return rows_; }
  const Record& record(const Row& row) const { return records_[row.at]; }
  const BadRow& bad_row(const Row& row) const { return bad_rows_[row.at]; }
  const Outcome& outcome(const Row& row) const { return outcomes_[row.at]; }
  const MessageBatch& batch() const { return batch_; }
  const BadCell& why(const Outcome& outcome) const { return rejections_[outcome.at]; }
  const HeldText& held(const Row& row) const { return held_[row.held]; }

  // What comes behind its rows; nullptr: the next block, or the input's end.
  const std::exception_ptr& failure() const { return failure_; }
  // Behind all of its rows, as RecordReader::position(). nullopt: behind the last one that was made
  // there are others.
  const std::optional<InputPosition>& after() const { return after_; }
  // Of its last row, if that was longer than can be held: where it begins.
  const std::optional<InputPosition>& before_long() const { return before_long_; }
  // At a recorded end: there is more behind it.
  bool goes_on() const { return goes_on_; }
  // As they were once it was read, and made.
  const std::optional<OddLineEnd>& odd_line_end() const { return odd_line_end_; }
  const ReadSoFar& read_so_far() const { return read_so_far_; }
  const std::vector<std::pair<std::string, TimeSpan>>& spans() const { return spans_; }

 private:
  void Clear();
  void ReadRows(RecordStream& stream, const RowWork& work);
  void Add(const Record& record, RecordReader& reader);
  void Add(const BadRow& bad, RecordReader& reader);
  void Keep(std::string_view raw, RecordReader& reader);
  std::string_view Kept(std::string_view field, std::string_view raw);

  std::vector<Row> rows_;
  std::vector<Record> records_;
  std::vector<std::string_view> fields_;        // of all records, which have as many each
  std::vector<std::uint8_t> nulls_;             // likewise; empty: the dialect has none
  std::pmr::monotonic_buffer_resource copies_;  // of fields that are no part of the text
  std::vector<BadRow> bad_rows_;
  std::vector<HeldText> held_;
  std::string long_text_;  // of a row longer than can be held
  MessageBatch batch_;
  std::vector<Outcome> outcomes_;
  std::vector<BadCell> rejections_;
  bool last_ = false;
  bool goes_on_ = false;
  std::exception_ptr failure_;
  std::optional<InputPosition> after_;
  std::optional<InputPosition> before_long_;
  std::optional<OddLineEnd> odd_line_end_;
  ReadSoFar read_so_far_;
  std::vector<std::pair<std::string, TimeSpan>> spans_;
};

// The threads. Whoever has nothing to do reads the next block, which one does at a time, and makes
// its messages; the caller, too, while the block that it waits for is not ready. So two threads
// share the work evenly whatever a block costs to be sent.
class RowBlocks {
 public:
  // What threads share, but for the stream, does not change: see MessageMaker. All references must
  // outlive this. Makes do with fewer threads where no more can be had.
  RowBlocks(RecordStream& stream, const RowWork& work,
            std::vector<std::unique_ptr<MessageMaker>> makers, std::uint64_t before_file);
  // Waits for what is being done.
  ~RowBlocks();
  RowBlocks(const RowBlocks&) = delete;
  RowBlocks& operator=(const RowBlocks&) = delete;

  // The next block in the order of the file; the one before it is given back. REQUIRES: that one
  // was not last().
  const RowBlock& Next();

 private:
  struct Slot {
    RowBlock block;
    bool ready = false;
  };

  bool Work(std::unique_lock<std::mutex>& lock, MessageMaker& maker);
  void Run(MessageMaker& maker);

  RecordStream& stream_;
  const RowWork& work_;
  const std::uint64_t before_file_;
  std::vector<std::unique_ptr<MessageMaker>> makers_;  // the first one is the caller's
  std::mutex mutex_;                                   // of all below
  std::condition_variable changed_;
  std::vector<Slot> slots_;     // block k lies in slot k mod |slots_|
  std::uint64_t begun_ = 0;     // blocks whose reading has begun
  std::uint64_t taken_ = 0;     // blocks that Next() has returned
  std::uint64_t returned_ = 0;  // of them, those that are given back
  bool reading_ = false;        // somebody uses the stream
  bool ended_ = false;          // the last block has been read
  bool stopped_ = false;
  std::vector<std::jthread> threads_;  // last: gone before what they use
};

}  // namespace onceload
