// An input's rows as the messages they should have become.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/types.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/message/message_batch.h"
#include "onceload/rows/input_rows.h"

namespace onceload {

// The files an audit reads again, and how their rows become messages.
struct AuditedSource {
  std::vector<InputFile> inputs;  // in the load's order
  RowRules rules;                 // its digest is that of both sides
  // Gets each record of the topic that is compared, a partition's in their order; may be empty.
  std::function<void(const CommittedRecord&, const DigestRule&)> witness{};
};

// An audit numbers rows through all files; for people a row has a file and a number in it.
// Used by one thread at a time.
class InputPlaces {
 public:
  // File `file`, in order from 0, begins behind so many rows of the load, and behind `first_row` of
  // its own (a further piece of it). Telling it again changes nothing.
  void Begins(std::size_t file, std::uint64_t rows_before, std::uint64_t first_row);

  // REQUIRES: row > 0, in a file that has begun.
  std::size_t FileOf(RowNumber row) const;
  RowNumber RowIn(std::size_t file, RowNumber row) const;

 private:
  std::vector<std::uint64_t> rows_before_;  // by file
  std::vector<std::uint64_t> first_rows_;   // likewise
};

struct SourceRow {
  PartitionId partition;
  Digest digest;                        // of the message
  std::optional<std::string_view> key;  // valid until the next Next()
  RowNumber row;                        // through all files
  ByteOffset byte;                      // in its own
};

// Reads, encodes and partitions in input order, without a thought for what was loaded. Rows that
// cannot be loaded are passed over, and counted as the dead letters they would be. Used by one
// thread.
class SourceRows {
 public:
  // Up to and including row `limit`; nullopt: to the input's end. References outlive it. Throws
  // Error(kUsage, kInput) as RowEncoder, SourceFile and RecordReader do; so does Next().
  SourceRows(const AuditedSource& source, std::optional<RowNumber> limit, InputPlaces& places);
  ~SourceRows();
  SourceRows(SourceRows&&) noexcept;
  SourceRows& operator=(SourceRows&&) = delete;

  bool Next(SourceRow& row);

  const PartitionProgress& dead_letters() const { return dead_letters_; }  // no offsets
  // How many were passed over, by why.
  const std::map<std::string, std::uint64_t>& reasons() const { return reasons_; }
  // By input: rows read up to the limit, and of them those that were passed over.
  struct Count {
    std::uint64_t rows = 0;
    std::uint64_t rejected = 0;
  };
  const std::vector<Count>& counts() const { return counts_; }
  // After the last Next(): the input goes on behind the limit.
  bool more() const { return more_; }
  // Inputs that go on behind what was loaded of them, though later ones were begun.
  const std::vector<std::size_t>& grown() const { return grown_; }

 private:
  void Open();
  bool HasLaterPiece(std::size_t input) const;
  void Reject();

  const AuditedSource& source_;
  std::optional<RowNumber> limit_;
  InputPlaces& places_;
  std::size_t next_ = 0;             // file
  std::unique_ptr<InputRows> open_;  // nullptr: the next one is to be opened
  std::uint64_t rows_before_ = 0;    // in the files before the open one
  MessageBatch batch_;
  PartitionProgress dead_letters_;
  std::map<std::string, std::uint64_t> reasons_;
  std::vector<Count> counts_;
  std::vector<std::size_t> grown_;
  bool more_ = false;
};

}  // namespace onceload
