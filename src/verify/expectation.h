// What should be in the topic, by Kafka's own progress records and the ledger. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/progress_record.h"

namespace onceload {

// A load's cumulative state after a chunk, as somebody has written it down.
struct Milestone {
  ChunkNumber after;  // the milestone before this one; the chunks in between are one step here
  ChunkNumber chunk;
  RowNumber begin, end;  // rows (begin, end], numbered through all inputs
  std::vector<PartitionProgress> partitions;
};

struct Expectation {
  ProgressRecord last;                // Kafka's newest record
  std::vector<Milestone> milestones;  // ascending; the last one is `last`'s, unless it is chunk 0
  bool with_ledger = false;           // the ledger knows the load too, and says the same
};

// `records` are the load's progress records, oldest first (ProgressLog::All); `ledger` and `chunks`
// are the ledger's word, read before Kafka was asked.
// Throws Error(kDisagreement) if the two contradict each other: another load id, the ledger ahead
// of Kafka, another outcome of one chunk, no record in Kafka of what the ledger has committed.
// nullopt: neither knows of a load.
std::optional<Expectation> Reconcile(std::vector<ProgressRecord> records,
                                     const std::optional<LedgerState>& ledger,
                                     const std::vector<LedgerChunk>& chunks);

}  // namespace onceload
