// Reads progress records back: the truth about how far a load has come.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

// Of which of several records the inputs are wanted: they may be a hundred thousand.
enum class InputsWanted : std::uint8_t { kNone, kOfTheLast };

// An interface for the same reason as TransactionalProducer.
class ProgressLog {
 public:
  virtual ~ProgressLog() = default;

  // The newest committed record of the load; nullopt: there is none. Takes the partition's end
  // offset with open transactions included, then reads read_committed until it is reached: the end
  // of what can be read proves nothing, another load's open transaction may hide our record.
  // kPending if that is not possible within `wait` (the detail says what holds it back).
  //
  // REQUIRES for a loader: Init() of all producers came before; else an old commit may be about to
  // settle.
  virtual Outcome Latest(const std::string& load_name, Duration wait,
                         std::optional<ProgressRecord>& record) = 0;

  // All records of the load that compaction has left, oldest first.
  virtual Outcome All(const std::string& load_name, InputsWanted inputs, Duration wait,
                      std::vector<ProgressRecord>& records) = 0;

  // The next call has connections of its own: those there are may be dead without a word.
  virtual void Renew() = 0;
};

std::unique_ptr<ProgressLog> MakeRdkafkaProgressLog(const ClientConfig& config,
                                                    const std::string& progress_topic);

// The record as JSON, and back. docs/checkpoint-format.md has the members. Decoding throws
// Error(kDisagreement) for text that is no progress record, or one of a newer format.
//
// `inputs` are in it up to kInputsOfAPiece files. Longer lists are records of their own beside it,
// a piece of the list each, written again where a file of theirs has changed: the progress record
// stays small, whatever the number of files, and compaction keeps the newest of each piece.
std::string EncodeProgress(const ProgressRecord& record);
ProgressRecord DecodeProgress(std::string_view text, const std::string& where);

inline constexpr std::size_t kInputsOfAPiece = 64;  // about 15 KB of JSON

// Files [begin, end) of a load's inputs.
struct FileRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct InputPiece {
  std::string
      key;  // the load's name, NUL, "inputs", NUL, number: no name given in a shell has NULs
  std::string json;  // empty: a tombstone
};

// The pieces in which files of `changed` are; none for a short list.
std::vector<InputPiece> EncodeInputPieces(const ProgressRecord& record, FileRange changed);
std::string InputPieceKey(const std::string& load_name, std::size_t piece);
std::vector<InputFile> DecodeInputPiece(std::string_view json, const std::string& where);

// The pages of keys of finished inputs that no record was written with yet: key = the load's name,
// NUL, "finished", NUL, number; value = EncodeFinishedPage().
std::vector<InputPiece> EncodeFinishedPages(const ProgressRecord& record);
std::string FinishedPageKey(const std::string& load_name, std::size_t page);

// How many inputs the load of a valid record has, besides the finished ones.
std::size_t InputCountOf(std::string_view json);

}  // namespace onceload
