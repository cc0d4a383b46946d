#include "onceload/load/row_source.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <span>

#include "onceload/csv/prefix_hasher.h"
#include "onceload/encode/partitioner.h"

namespace onceload {
namespace {

// What a record adds to its key and value on the wire at most, in a batch of its own without
// headers (KIP-98, message format v2).
constexpr std::int64_t kRecordOverheadBytes = 512;

}  // namespace

std::string Sentence(const RejectedRow& row) {
  return "row " + std::to_string(row.row.value) + " cannot be loaded (" + row.reason +
         "): " + row.detail;
}

std::string PlaceOf(const RejectedRow& row, const std::string& path) {
  return path + " row " + std::to_string(row.row.value) + ", byte " + std::to_string(row.at.value) +
         " (the row begins at byte " + std::to_string(row.begin.value) + ")";
}

class RowSource::Impl {
 public:
  Impl(const SourceFile& file, const CsvHeader& header, const RowSourceOptions& options,
       const ProgressRecord& at)
      : options_(options),
        file_(file),
        boundary_(at.position),
        reader_(file, ReaderStart{at.position, header.names.size(), options.dialect}),
        encoder_(header.names, options.encode),
        partitions_(at.partitions) {
    encoder_.SetOrigin(at.load_id, std::filesystem::path(file.path()).filename().string());
  }

  void Fill(const BatchLimits& limits, EncodedBatch& batch) {
    batch.messages.Clear();
    batch.last = false;
    batch.rejected.reset();
    batch.failure.reset();
    try {
      while (!batch.stops() && batch.messages.messages().size() < limits.rows &&
             batch.messages.bytes() < limits.bytes) {
        FillOne(batch);
      }
    } catch (const Error& error) {
      if (error.code() != ExitCode::kInput) throw;
      batch.failure = error;
    }
    // A rejected row is not accounted for: the next run begins with it.
    boundary_ = batch.rejected ? PositionBefore(*batch.rejected) : reader_.position();
    batch.end = boundary_;
    batch.partitions = partitions_;
    batch.consumed = file_.plain() ? boundary_.byte.value : file_.consumed();
  }

 private:
  void FillOne(EncodedBatch& batch) {
    switch (reader_.Next()) {
      case ReadStatus::kRecord:
        Add(reader_.record(), batch);
        break;
      case ReadStatus::kBadRow: {
        const BadRow& bad = reader_.bad_row();
        batch.rejected =
            RejectedRow{std::string(NameOf(bad.fault)), bad.detail, bad.row, bad.begin, bad.at};
        break;
      }
      case ReadStatus::kEnd:
        batch.last = true;
        break;
    }
  }

  void Add(const Record& record, EncodedBatch& batch) {
    std::optional<MessageBatch::Message> message = encoder_.Encode(record, batch.messages);
    if (!message) {
      batch.rejected = RejectedRow{std::string(NameOf(encoder_.bad().fault)), encoder_.bad().detail,
                                   record.row, record.begin, record.begin};
      return;
    }
    const std::int64_t bytes =
        std::int64_t{message->key_size} + message->value_size + message->headers_size;
    if (options_.message_bytes_max > 0 &&
        bytes + kRecordOverheadBytes > options_.message_bytes_max) {
      batch.rejected = RejectedRow{
          std::string(NameOf(RowFault::kTooLong)),
          "its message of " + std::to_string(bytes) + " bytes does not fit the topic's " +
              "max.message.bytes of " + std::to_string(options_.message_bytes_max),
          record.row, record.begin, record.begin};
      return;
    }
    const std::optional<std::string_view> key = batch.messages.key(*message);
    message->partition = PartitionOf(encoder_.partition_key(), record.row,
                                     static_cast<std::int32_t>(partitions_.size()));
    PartitionProgress& partition = partitions_[static_cast<std::size_t>(message->partition.value)];
    ++partition.rows;
    partition.digest = Extend(partition.digest, RecordDigest(key, batch.messages.value(*message)));
    batch.messages.Add(*message);
  }

  // The reader is past the row; its begin is a boundary too. The bytes from the last boundary on, a
  // batch at most, are read again for the fingerprint there.
  InputPosition PositionBefore(const RejectedRow& rejected) {
    PrefixHasher hasher = PrefixHasher::Resume(file_, boundary_.byte, boundary_.prefix);
    std::array<char, 1 << 16> block;
    while (hasher.length() < rejected.begin) {
      const std::uint64_t left = rejected.begin.value - hasher.length().value;
      const std::size_t got = file_.ReadAt(
          hasher.length(), std::span(block).first(std::min<std::uint64_t>(left, block.size())));
      if (got == 0) break;  // the file has become shorter; the next run will tell
      hasher.Update({block.data(), got});
    }
    InputPosition position = reader_.position();
    position.byte = hasher.length();
    position.row = RowNumber{rejected.row.value - 1};
    position.prefix = hasher.fingerprint();
    return position;
  }

  RowSourceOptions options_;
  const SourceFile& file_;
  InputPosition boundary_;  // end of the newest batch
  RecordReader reader_;
  RowEncoder encoder_;
  std::vector<PartitionProgress> partitions_;
};

RowSource::RowSource(const SourceFile& file, const CsvHeader& header,
                     const RowSourceOptions& options, const ProgressRecord& at)
    : impl_(std::make_unique<Impl>(file, header, options, at)) {}
RowSource::~RowSource() = default;

void RowSource::Fill(const BatchLimits& limits, EncodedBatch& batch) { impl_->Fill(limits, batch); }

}  // namespace onceload
