// Gathers recovery's facts and carries out its decision.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/run_context.h"
#include "onceload/recover/input_match.h"
#include "onceload/recover/recovery_plan.h"

namespace onceload {

// What is so in this run, to be held against what was so when the load was begun.
struct Here {
  // Chunk 0 of this run: name, run, topic, cluster, options, and the inputs as they were given.
  ProgressRecord blank;
  MatchRules match;  // what the given files are to the load
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

// Ledger and Kafka compared; `surroundings_same` is left true.
Facts CompareHistories(const std::optional<LedgerState>& ledger,
                       const std::optional<ProgressRecord>& kafka);

// Why a start refuses what ledger and Kafka say of the load; nullopt: it does not.
std::optional<Error> ContradictionOf(const std::string& progress_topic,
                                     const std::optional<LedgerState>& ledger,
                                     const std::optional<ProgressRecord>& kafka);

// What all refusals that a person must decide on name, without a full stop.
std::string RepairAdvice(const std::string& load_name);

struct Recovered {
  Decision decision = Decision::kStart;
  ProgressRecord at;  // where to go on, as this run's own
  // What a person should know of the inputs.
  std::vector<MatchRemark> remarks;
  std::uint64_t known_elsewhere = 0;  // MatchedInputs::known_elsewhere
  bool inputs_moved = false;          // paths or other hints are not those that Kafka's record has
};

// REQUIRES: `kafka` was read after Init() of all producers (or is Kafka's answer to a question
// that does not lead to a write). Begins the run in the ledger, carries the decision out there, and
// says where to go on; idempotent, so that dying anywhere in it does no harm. Throws Error
// (kDisagreement, kInput, kUsage) where it refuses, saying which fact and what to do.
// Hits after_begin_run, after_discard, after_promote, after_adopt.
Recovered Recover(const Here& here, const std::optional<ProgressRecord>& kafka,
                  CheckpointStore& store, RunContext& context);

}  // namespace onceload
