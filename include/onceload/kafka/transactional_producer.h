// One transactional id towards Kafka, and who makes such producers.
//
// An interface, because the other side cannot run in a unit test: the load loop is tested over an
// in-memory broker, and proven on real ones.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/failpoints.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/types.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/message/message_batch.h"

namespace onceload {

// Offsets of one partition's records of the open transaction, as acknowledged.
struct AcknowledgedRange {
  KafkaOffset first = kNoOffset;
  KafkaOffset end = kNoOffset;  // just past the last one
};

// Rows of one partition of which the broker takes some and refuses others, without a word which.
struct SuspectRows {
  PartitionId partition;
  RowNumber first;
  RowNumber last;
  std::size_t at_a_time = 1;  // messages in a request, until one of them alone is refused
};

// How the next producers send, so that what is refused shows.
struct Narrowing {
  std::vector<SuspectRows> suspects;
  std::size_t request_divisor = 1;  // of a request's bytes to the topic

  bool any() const { return !suspects.empty() || request_divisor > 1; }
};

// What a broker has refused of a transaction.
struct RefusedOfTransaction {
  std::vector<RefusedRow> rows;  // are at fault, by themselves
  Narrowing narrowing;           // for what else was refused with them
};

// Order: Init, then any number of (Begin Send* AwaitAcknowledged Mark Commit). A transaction is
// abandoned by destroying the producer: the next Init of its id aborts it. Used by one thread at a
// time; a handover needs a synchronisation of its own.
class TransactionalProducer {
 public:
  virtual ~TransactionalProducer() = default;

  // Fences every earlier producer of the id; kDone once what it left open is committed or aborted
  // on all partitions (rd_kafka_init_transactions). kPending after `wait`.
  virtual Outcome Init(Duration wait) = 0;

  // Begins a transaction whose rows follow those of `previous`, which may not all be acknowledged
  // yet: to each partition none is sent before all of previous's are settled(). nullptr: there are
  // none. `previous` is used by the same thread, and outlives this transaction.
  virtual Outcome Begin(const TransactionalProducer* previous) = 0;

  // Whether every message handed to Send() so far for this one's partition is acknowledged or has
  // failed, in which case the transaction cannot commit.
  virtual bool settled(const MessageBatch::Message& message) const = 0;
  // The same for all partitions.
  virtual bool settled() const = 0;

  // Queues a copy of the messages, in order. Does not wait.
  virtual Outcome Send(const MessageBatch& batch) = 0;
  // So much is queued that AwaitAcknowledged() should make room before the next Send().
  virtual bool full() const = 0;

  // Sends what waits. kDone once every message is acknowledged by all in-sync replicas. Zero `wait`
  // only asks.
  virtual Outcome AwaitAcknowledged(Duration wait) = 0;

  // Index = partition. REQUIRES: AwaitAcknowledged() was kDone.
  virtual const std::vector<AcknowledgedRange>& acknowledged() const = 0;
  // Of the dead letters, which all go to one partition.
  virtual AcknowledgedRange acknowledged_dead_letters() const = 0;

  // Puts the progress record into the open transaction, and before it what of a long list of inputs
  // has changed since the record before (progress_log.h). What the progress topic does not take in
  // one request goes with Commit(). Throws Error(kUsage) if a record of these is larger than the
  // topic takes, or (asked with the whole list) will be once the load ends. REQUIRES: as above.
  virtual Outcome Mark(const ProgressRecord& record, FileRange changed) = 0;

  // Puts tombstones for these keys into the open transaction, in place of a progress record: the
  // last key is the load's name, those before it are of its parts (progress_log.h).
  virtual Outcome Erase(const std::vector<std::string>& keys) = 0;

  // kDone: rows and record will be visible, all of them. kPending after `wait`: the same call goes
  // on. For any other verdict only the progress topic can tell, after the next Init.
  virtual Outcome Commit(Duration wait) = 0;

  // After kRefused: whatever was refused up to now. Whoever sends it again leaves the rows out, and
  // makes the producers narrower.
  virtual RefusedOfTransaction refused() const { return {}; }
  // REQUIRES: before Begin().
  virtual void Narrow(const Narrowing& /*narrowing*/) {}

  // Ends the open transaction without a trace. Only for a producer that is destroyed next: an
  // EndTxn that is delayed would abort a later transaction (KAFKA-17754).
  virtual Outcome Abort(Duration wait) = 0;

  // Whether an EndTxn request of the last Commit may still be on its way: it was sent more than
  // once, or an answer is missing. It could end a *later* transaction of this producer
  // (KAFKA-17754; librdkafka has no transaction version 2), so there must be none: the producer is
  // replaced, and the new one's epoch fences the straggler.
  virtual bool commit_in_doubt() const = 0;

  // For how long brokers have held it back, by a quota, since it was made.
  virtual Duration throttled() const { return Duration{0}; }

  // Messages and bytes acknowledged since the producer was made; grows while Kafka is alive.
  virtual std::uint64_t acknowledged_messages() const = 0;
};

// Outlives its producers.
class ProducerFactory {
 public:
  virtual ~ProducerFactory() = default;
  virtual std::unique_ptr<TransactionalProducer> Make(const std::string& transactional_id) = 0;
};

// Where a load's messages go.
struct ProducerTarget {
  std::string topic;
  std::int32_t partitions = 0;
  std::string progress_topic;
  std::string dead_letter_topic;  // empty: none
  std::string timestamp_column;   // whose times the messages have; empty: the time of sending
  // max.message.bytes of each topic, at least 1: no request to it is larger.
  std::int64_t message_bytes_max = 0;
  std::int64_t progress_bytes_max = 0;
  std::int64_t dead_letter_bytes_max = 0;
  // Chunks are of many full requests to each partition, so that a wait for the last one is nothing.
  bool long_chunks = false;
};

// Producers on librdkafka. `failpoints` must outlive them. Hits `in_commit` when an EndTxn request
// has been written to the broker's socket and its answer is unread.
std::unique_ptr<ProducerFactory> MakeRdkafkaProducers(const ClientConfig& config,
                                                      const ProducerTarget& target,
                                                      Failpoints& failpoints);

// Part of the progress record's format: the partition is murmur2(load name) mod this, whatever the
// topic's count. Partitions added later move nothing.
inline constexpr std::int32_t kProgressPartitions = 16;

// transaction.timeout.ms unless the user sets it. Long enough for a broker's restart, short enough
// that a killed loader does not hold readers up for long.
inline constexpr Duration kTransactionTimeout{60'000};
Duration TransactionTimeout(const ClientConfig& config);

}  // namespace onceload
