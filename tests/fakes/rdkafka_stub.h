// librdkafka's functions that src/kafka calls, defined by the test program in place of the library:
// no thread, no network, and nothing happens that a test has not scripted. What was asked of it is
// kept for the test to look at, and each handle must be destroyed exactly once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace onceload {

// An error as rd_kafka_error_t has it.
struct StubError {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;  // none: the call comes through
  std::string text = {};
  bool fatal = false;
  bool retriable = false;
  bool requires_abort = false;
};

// A message as the producer has handed it over.
struct StubMessage {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<std::string> key;
  std::string value;
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int64_t> timestamp;
  const void* at = nullptr;  // where the value lies
  bool single = false;       // by rd_kafka_produceva()
  std::size_t call = 0;      // messages of one call have the same
};

// What a consumer is given: a record, the end of its partition, or an error.
struct StubEvent {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::optional<std::string> key = std::nullopt;
  std::optional<std::string> value = std::nullopt;  // nullopt: a tombstone
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::optional<std::int64_t> timestamp = std::nullopt;  // nullopt: the broker has set one

  static StubEvent End(std::int32_t partition, std::int64_t offset) {
    return {partition, offset, RD_KAFKA_RESP_ERR__PARTITION_EOF};
  }
};

struct StubWatermarks {
  std::int64_t low = 0;
  std::int64_t high = 0;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

// A topic as it was asked to be made.
struct StubTopic {
  std::string name;
  int partitions = 0;
  int replicas = 0;
  std::map<std::string, std::string> settings;
  bool tried = false;     // only whether it could be made
  int milliseconds = -1;  // that the brokers have for it; -1: not said
};

// An answer to an admin request.
struct StubAnswer {
  bool arrives = true;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;          // of the request
  rd_kafka_resp_err_t topic_error = RD_KAFKA_RESP_ERR_NO_ERROR;    // of the topic or resource
  std::string topic_id = {};                                       // DescribeTopics; base64
  std::vector<std::pair<std::string, std::string>> settings = {};  // DescribeConfigs
};

// A line that librdkafka logs.
struct StubLog {
  int level = 7;
  std::string facility;
  std::string text;
};

// One at a time. The destructor fails the test for each handle that is left.
class RdkafkaStub {
 public:
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

  RdkafkaStub();
  ~RdkafkaStub();
  RdkafkaStub(const RdkafkaStub&) = delete;
  RdkafkaStub& operator=(const RdkafkaStub&) = delete;

  // --- what was asked

  std::vector<StubMessage> sent;   // by all producers, in order
  std::vector<std::string> calls;  // "begin", "commit", "start topic/3@100", "stop topic/3", ...
  std::map<std::string, std::string> conf;  // of the client made last

  // Values sent to a partition.
  std::vector<std::string> ValuesTo(const std::string& topic, std::int32_t partition) const;
  std::size_t CountOf(std::string_view call) const;

  // --- producers

  // Messages handed over are acknowledged at the next poll; off: Deliver() does it.
  bool acknowledges = true;
  // Messages that librdkafka has room for, those not yet acknowledged included.
  std::size_t room = kNoLimit;
  // Asked for each message; not NO_ERROR: it is refused.
  std::function<rd_kafka_resp_err_t(const StubMessage&)> refuse;
  // Reports the oldest `count` messages at the next poll.
  void Deliver(std::size_t count = kNoLimit,
               rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR);
  std::size_t undelivered() const { return undelivered_.size(); }
  // What the next calls of "init", "begin", "commit" and "abort" come to; beyond them all is well.
  std::map<std::string, std::deque<StubError>> answers;
  StubError fatal;  // of rd_kafka_fatal_error()
  // Requests that a commit puts on the wire: EndTxn, and what its answers are.
  int end_txn_requests = 1;
  std::vector<rd_kafka_resp_err_t> end_txn_answers = {RD_KAFKA_RESP_ERR_NO_ERROR};

  // Of the messages that are acknowledged next; beyond: none.
  std::deque<rd_kafka_resp_err_t> report_errors;
  rd_kafka_resp_err_t flush_error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::deque<int> throttles;  // milliseconds that clients are told of at their next poll

  // --- consumers

  // Of rd_kafka_consume_batch_queue(), a call each; beyond: what `partitions` have.
  std::deque<std::vector<StubEvent>> batches;
  // Of rd_kafka_consume(): from the offset begun at on, with errors where they stand.
  std::map<std::pair<std::string, std::int32_t>, std::vector<StubEvent>> partitions;
  std::map<std::pair<std::string, std::int32_t>, StubWatermarks> watermarks;
  std::deque<rd_kafka_resp_err_t> start_errors;

  // --- cluster

  std::map<std::string, std::int32_t> topics;  // partitions; others are unknown to the broker
  int topics_told_after = 0;                   // so many answers know none of them
  std::deque<rd_kafka_resp_err_t> metadata_errors;
  rd_kafka_resp_err_t topic_error = RD_KAFKA_RESP_ERR_NO_ERROR;  // in metadata, of known ones
  std::size_t brokers = 1;                                       // that metadata names
  std::deque<std::optional<std::string>> cluster_ids;  // nullopt: none comes; beyond: "cluster"
  std::vector<StubTopic> created;                      // asked for, in order
  std::vector<std::string> described;     // whose settings were asked for: "topic rows", "broker 1"
  std::deque<std::int64_t> newest_times;  // of a partition's records; beyond: -1
  std::map<std::string, std::deque<StubAnswer>>
      admin;  // "DescribeTopics", ...; beyond: an empty one

  std::deque<StubLog> logs;      // what clients log at their next poll
  std::deque<StubError> events;  // what clients are told at their next poll, by none asked for

  // --- for the functions themselves

  std::function<void(const std::string& kind)> made;  // is told of each handle

  static RdkafkaStub& Current();
  void Made(const void* handle, const char* kind);
  // Fails the test if there is no such handle (any more).
  void Destroyed(const void* handle, const char* kind);
  bool Lives(const void* handle) const { return live_.contains(handle); }
  StubError Answer(const std::string& call);
  // Takes a message if there is room.
  rd_kafka_resp_err_t Take(rd_kafka_t* kafka, rd_kafka_topic_t* topic, StubMessage message,
                           void* opaque);
  // Hands out the delivery reports that are due.
  void Poll(rd_kafka_t* kafka);
  void Forget(rd_kafka_t* kafka);

 private:
  struct Undelivered {
    rd_kafka_t* kafka = nullptr;
    rd_kafka_topic_t* topic = nullptr;
    std::int32_t partition = 0;
    void* opaque = nullptr;
    const void* at = nullptr;
    std::size_t size = 0;
    std::optional<rd_kafka_resp_err_t> report;  // nullopt: none yet
  };

  std::map<const void*, std::string> live_;
  std::deque<Undelivered> undelivered_;
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> ends_;  // next offset
};

}  // namespace onceload
