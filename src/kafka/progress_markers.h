// A load's records in the progress topic: how they are made, and how they are put together again.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {

// The pieces of a long list of inputs in which files of `changed` are, then the record.
std::vector<InputPiece> MarkersOf(const ProgressRecord& record, FileRange changed);

// What ends these keys in a compacted topic, in the same order.
std::vector<InputPiece> TombstonesOf(const std::vector<std::string>& keys);

// What a marker may have, as the topic and as librdkafka take it.
struct MarkerLimits {
  std::string topic;
  std::size_t topic_bytes_max = 0;   // max.message.bytes
  std::size_t client_bytes_max = 0;  // message.max.bytes: key and value
};

// Throws Error(kUsage) for a marker that is larger, with its size and how to raise the limit.
void RequireMarkersFit(const std::vector<InputPiece>& markers, const MarkerLimits& limits);

// The same of MarkersOf(record, all of its files) once the load has ended: each file's end will be
// in them, and it cannot end without. Numbers only grow, so what is refused here would have been
// refused later, after rows were sent.
void RequireLoadFits(const ProgressRecord& record, const std::vector<InputPiece>& markers,
                     const MarkerLimits& limits);

// Reads a partition of the progress topic for one load, record by record, oldest first. A piece of
// a list of inputs is decoded when a record is asked for that needs it: until the topic is
// compacted there are several of each, and one counts.
class ProgressReader {
 public:
  explicit ProgressReader(std::string load_name) : load_name_(std::move(load_name)) {}

  // Any record of the partition; those of other loads are passed over. nullopt in `value`: a
  // tombstone. `where` names it for messages. True: the load's newest record is another one now, or
  // gone. One that is no progress record counts only as long as nothing comes behind it.
  bool Take(std::string_view key, std::optional<std::string_view> value, const std::string& where);

  // The newest record of those taken; nullopt: none, or a tombstone. It has fewer inputs than
  // input_count() where a piece of its list has not come by, and finished inputs that are not
  // whole() where a page has not. Throws Error(kDisagreement): it is no progress record, or a piece
  // of its list is none.
  std::optional<ProgressRecord> Newest();

  // The same without its inputs and its finished ones, whatever of them has come by.
  std::optional<ProgressRecord> NewestAlone() const;

  std::size_t input_count() const { return input_count_; }

 private:
  struct Piece {
    std::string json;
    std::string where;
    std::optional<std::vector<InputFile>> inputs;  // once it was decoded
  };

  void Decode(std::string_view value, const std::string& where);
  void TakePart(std::string_view key, std::string_view value, const std::string& where);
  void TakePieces(ProgressRecord& record);
  void TakePages(FinishedInputs& finished);

  std::string load_name_;
  std::optional<Error> fault_;                        // the newest is no record
  std::optional<ProgressRecord> newest_;              // without the pieces
  std::map<std::string, Piece, std::less<>> pieces_;  // by key
  std::map<std::string, std::shared_ptr<const FinishedPage>, std::less<>> pages_;  // likewise
  std::size_t input_count_ = 0;
};

}  // namespace onceload
