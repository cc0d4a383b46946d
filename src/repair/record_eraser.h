// A load's records in the progress topic, ended by tombstones.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"

namespace onceload {

// Keys of the load's parts (lists of inputs, pages of finished ones) that the progress topic has,
// and the load's name, which is the last one. `ends`: of the progress topic's partitions, open
// transactions included.
std::vector<std::string> KeysOf(const std::string& load_name, CommittedScan& progress,
                                const std::vector<KafkaOffset>& ends, KafkaWait& wait);

struct ErasedLoad {
  std::string name;
  std::vector<std::string> id_bases;    // of its transactional ids (FrozenIdBase)
  std::optional<ProgressRecord> known;  // as it was when the choice was made
  std::vector<std::string> keys;
  bool unreadable = false;  // its record is none: nobody goes on from it
};

// One transaction of tombstones, by a transactional id of the load itself, after all of its ids
// were taken: no older loader can commit afterwards, and one that has gone on since `known`, or
// takes the ids back before this has committed, wins. Throws Error(kHeld) then, with nothing
// erased. `producers` write to the progress topic.
void EraseLoad(const ErasedLoad& load, ProducerFactory& producers, ProgressLog& log,
               KafkaWait& wait);

}  // namespace onceload
