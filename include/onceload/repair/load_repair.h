// A load that a start refuses with exit code 7, as a person who must decide needs to see it, and
// the decision carried out; and a load's record ended on purpose.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/clock.h"
#include "onceload/core/failpoints.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/client_config.h"

namespace onceload {

enum class RepairChoice : std::uint8_t {
  kNone,
  kAdoptKafka,       // the ledger takes over Kafka's record
  kRestartFromZero,  // neither side has a position; the next load sends every row
  kForget,           // neither side has the load
};
// "--adopt-kafka" and so on; empty for kNone.
std::string_view FlagOf(RepairChoice choice);

// A topic as it is now, held against what a load says of it.
struct TopicNow {
  std::string name;
  bool exists = false;
  std::string id;
  std::size_t partitions = 0;
  bool same = false;          // the one that the load went into, as far as ids tell
  std::uint64_t records = 0;  // committed ones, where the load's rows are; of another topic all
  // Of them, those that Kafka's record of the load does not count.
  std::uint64_t uncounted = 0;
};

// Both sides of one load, and what they are about.
struct LoadFacts {
  std::optional<LedgerState> ledger;  // nullopt: it does not know the load
  std::optional<ProgressRecord> kafka;
  std::string unreadable;      // why Kafka's record is none; empty: it is one, or there is none
  bool progress_topic = true;  // it is there
  std::string cluster_id;      // the one that was asked
  TopicNow topic;
  std::string refusal;       // why a start refuses; empty: it does not
  std::string kafka_stands;  // why Kafka's record cannot be gone on from; empty: it can
};

// What a choice would do to this load, or why it cannot be.
struct ChoiceMeaning {
  RepairChoice choice = RepairChoice::kNone;
  bool possible = false;
  std::string text;
};

struct RepairReport {
  std::string name;
  std::string state;
  std::string progress_topic;
  LoadFacts facts;
  std::vector<ChoiceMeaning> choices;
  RepairChoice done = RepairChoice::kNone;  // kNone: nothing was changed
  std::string backup;                       // of the ledger; empty: it has nothing of the load
  std::uint64_t tombstones = 0;

  // A start would refuse the load.
  bool broken() const { return !facts.refusal.empty() && done == RepairChoice::kNone; }
};

struct RepairRequest {
  ClientConfig config;
  std::string name;
  std::string progress_topic;
  std::string state;
  std::string writer;  // this process, for people
  RepairChoice choice = RepairChoice::kNone;
  bool carry_out = false;  // else only the facts and what choices mean
  Duration retry_budget{0};
  std::function<void(const std::string&)> notice;
};

// Throws Error(kUsage): nothing is known of the load, the choice is not possible, or it is one for
// loads that a start refuses and this one is not. Error(kHeld): a loader has the load.
// Error(kKafka) past the budget. Order: the ledger's copy, Kafka, the ledger; so that whatever was
// done when this ends early, the same call goes on. Failpoints between them: after_backup,
// after_erase, after_rewrite.
RepairReport Repair(const RepairRequest& request, Clock& clock, Failpoints& failpoints);

}  // namespace onceload
