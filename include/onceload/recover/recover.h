// Gathers recovery's facts and carries out its decision.
#pragma once

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
  ProgressRecord blank;  // chunk 0 of this run: name, run, topic, cluster, options, inputs
  // Of the topic's partitions, open transactions included; taken after `kafka` was read.
  std::vector<KafkaOffset> ends;
  std::string progress_topic;  // for messages
};

// The first fact about the surroundings that has changed since `was`, as the error that refuses to
// go on; nullopt: all as it was. Of the input only what costs nothing is compared here.
std::optional<Error> ChangedSurroundings(const Here& here, const ProgressRecord& was);

// Error(kInput) unless the bytes before was.position are those that were loaded. A file whose size,
// times and inode are as recorded is trusted but for its last block, which the reader checks; of
// any other the loaded part is read.
std::optional<Error> ChangedInput(const SourceFile& file, const ProgressRecord& was);

// Ledger and Kafka compared; `surroundings_same` is left true.
Facts CompareHistories(const std::optional<LedgerState>& ledger,
                       const std::optional<ProgressRecord>& kafka);

struct Recovered {
  Decision decision = Decision::kStart;
  ProgressRecord at;  // where to go on, as this run's own
};

// REQUIRES: `kafka` was read after Init() of both producers (or is Kafka's answer to a question
// that does not lead to a write). Begins the run in the ledger, carries the decision out there, and
// says where to go on; idempotent, so that dying anywhere in it does no harm. Throws Error
// (kDisagreement, kInput, kUsage) where it refuses, saying which fact and what to do.
// Hits after_begin_run, after_discard, after_promote, after_adopt.
Recovered Recover(const Here& here, const std::optional<ProgressRecord>& kafka,
                  const SourceFile& file, CheckpointStore& store, RunContext& context);

}  // namespace onceload
