// Gathers recovery's facts and carries out its decision.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/run_context.h"
#include "onceload/csv/source_file.h"
#include "onceload/recover/recovery_plan.h"

namespace onceload {

// What is so in this run, to be held against what was so when the load was begun.
struct Here {
  // Chunk 0 of this run: name, run, topic, cluster, options, and the inputs as they were given.
  ProgressRecord blank;
  Encoding encoding = Encoding::kUtf8;
  bool check_prefix = false;  // compare what was loaded of a file even if it looks untouched
  std::function<void(const std::string&)> notice;  // says what takes long; may be empty
  // Of the topic's partitions, open transactions included; taken after `kafka` was read.
  std::vector<KafkaOffset> ends;
  std::string progress_topic;  // for messages
};

// The load's columns in the order of its messages, from the frozen options. Throws
// Error(kDisagreement) if they cannot be read.
std::vector<std::string> ColumnsOf(const ProgressRecord& record);

// The first fact about the surroundings that has changed since `was`, as the error that refuses to
// go on; nullopt: all as it was. Of the input only what costs nothing is compared here.
std::optional<Error> ChangedSurroundings(const Here& here, const ProgressRecord& was);

// The load's inputs in this run: those that `was` knows, in their order and as they are now, then
// the new ones in the order given. A file is known by its path, or else by its name if no other has
// that; a single file by nothing: its bytes tell. A known file that is not given stays in the list
// as it was if the load has finished with it. Throws Error(kInput) if it has not, and where two
// files of one name cannot be told apart.
std::vector<InputFile> MatchInputs(const ProgressRecord& was, const std::vector<InputFile>& given);

// Asked for only where there is a difference to be placed.
using LedgerChunks = std::function<std::vector<LedgerChunk>()>;

// Error(kInput) unless the text that was loaded is still what the files begin with. A file whose
// size, time of change and inode are as recorded is trusted, but for its last block, which the
// reader checks; of any other what was loaded is read. `chunks` tell
// the first chunk that differs. `inputs` as MatchInputs gave them; a file that may be read on
// behind its recorded end loses that end.
std::optional<Error> ChangedInput(const Here& here, const ProgressRecord& was,
                                  const LedgerChunks& chunks, RunContext& context,
                                  std::vector<InputFile>& inputs);

// Ledger and Kafka compared; `surroundings_same` is left true.
Facts CompareHistories(const std::optional<LedgerState>& ledger,
                       const std::optional<ProgressRecord>& kafka);

struct Recovered {
  Decision decision = Decision::kStart;
  ProgressRecord at;  // where to go on, as this run's own
};

// REQUIRES: `kafka` was read after Init() of all producers (or is Kafka's answer to a question
// that does not lead to a write). Begins the run in the ledger, carries the decision out there, and
// says where to go on; idempotent, so that dying anywhere in it does no harm. Throws Error
// (kDisagreement, kInput, kUsage) where it refuses, saying which fact and what to do.
// Hits after_begin_run, after_discard, after_promote, after_adopt.
Recovered Recover(const Here& here, const std::optional<ProgressRecord>& kafka,
                  CheckpointStore& store, RunContext& context);

}  // namespace onceload
