// ProgressLog on a librdkafka consumer.

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include "kafka/progress_markers.h"
#include "kafka/rdkafka_client.h"
#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/message/partitioner.h"

namespace onceload {
namespace {

// Records at the end of the partition looked at first: a load that is under way is there. Reading
// the whole partition is only for names that are new or long silent.
constexpr std::int64_t kTailOffsets = 1000;
// How many times as many the next time. All tries together read a third more than the last one.
constexpr std::int64_t kTailGrowth = 4;

constexpr int kPollMilliseconds = 100;

class RdkafkaProgressLog final : public ProgressLog {
 public:
  RdkafkaProgressLog(const ClientConfig& config, std::string topic)
      : config_(config), topic_name_(std::move(topic)) {
    Connect();
  }

  Outcome Latest(const std::string& load_name, Duration wait,
                 std::optional<ProgressRecord>& record) override {
    record.reset();
    if (staleness_.IsTime()) Connect();
    return staleness_.Noted(ReadLatest(load_name, wait, record));
  }

  Outcome All(const std::string& load_name, InputsWanted inputs, Duration wait,
              std::vector<ProgressRecord>& records) override {
    records.clear();
    if (staleness_.IsTime()) Connect();
    return staleness_.Noted(ReadAll(load_name, inputs, wait, records));
  }

  void Renew() override { staleness_.Due(); }

 private:
  struct Bounds {
    std::int32_t partition = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;  // open transactions included
  };

  struct Newest {
    std::optional<ProgressRecord> record;
    std::size_t input_count = 0;  // of that record, as it says itself

    bool inputs_missing() const {
      return record && (record->inputs.size() != input_count || !record->finished.whole());
    }
    bool incomplete() const { return !record || inputs_missing(); }
  };

  void Connect() {
    topic_.reset();
    everything_ = MakeReader(config_, "read_uncommitted", events_);
    committed_ = MakeReader(config_, "read_committed", events_);
    topic_.reset(rd_kafka_topic_new(committed_.get(), topic_name_.c_str(), nullptr));
  }

  Outcome ReadLatest(const std::string& load_name, Duration wait,
                     std::optional<ProgressRecord>& record) {
    Bounds bounds;
    Outcome outcome = QueryBounds(load_name, wait, bounds);
    if (!outcome.done()) return outcome;
    Newest newest;
    // A long list of inputs may lie anywhere before its record.
    for (std::int64_t tail = kTailOffsets;; tail *= kTailGrowth) {
      const std::int64_t from = std::max(bounds.low, bounds.high - tail);
      outcome = NewestFrom(load_name, bounds, from, wait, newest);
      if (!outcome.done()) return outcome;
      if (from == bounds.low || !newest.incomplete()) break;
    }
    if (newest.inputs_missing()) {
      throw Error(ExitCode::kDisagreement,
                  "the progress topic has lost a part of the load's list of inputs: it has " +
                      std::to_string(newest.record->inputs.size()) + " of " +
                      std::to_string(newest.input_count),
                  "load " + load_name + ", topic " + topic_name_,
                  "check that the topic's cleanup.policy is compact");
    }
    record = std::move(newest.record);
    return outcome;
  }

  Outcome ReadAll(const std::string& load_name, InputsWanted inputs, Duration wait,
                  std::vector<ProgressRecord>& records) {
    Bounds bounds;
    Outcome outcome = QueryBounds(load_name, wait, bounds);
    if (!outcome.done()) return outcome;
    ProgressReader reader(load_name);
    std::optional<Error> fault;  // of the newest; what comes behind it puts it right
    outcome = Scan(bounds, bounds.low, wait, reader, [&] {
      fault.reset();
      try {
        std::optional<ProgressRecord> found = reader.NewestAlone();
        // A tombstone: somebody has deleted the load's progress on purpose.
        if (!found) return records.clear();
        records.push_back(std::move(*found));
      } catch (const Error& error) {
        fault = error;
      }
    });
    if (outcome.done() && fault) throw Error(*fault);
    if (!outcome.done()) records.clear();
    if (!records.empty() && inputs == InputsWanted::kOfTheLast) records.back() = *reader.Newest();
    return outcome;
  }

  Outcome QueryBounds(const std::string& load_name, Duration wait, Bounds& bounds) {
    bounds.partition = PartitionOf(load_name, RowNumber{1}, kProgressPartitions).value;
    // The isolation level of the client decides which end this is; the default would be the last
    // stable offset, which is the very thing to be checked.
    const rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(everything_.get(), topic_name_.c_str(), bounds.partition,
                                         &bounds.low, &bounds.high, Milliseconds(wait));
    rd_kafka_poll(everything_.get(), 0);
    Outcome outcome = Classify(code, {}, {"Describe on Topic " + topic_name_});
    return events_.Explained(std::move(outcome));
  }

  // Stops what it stands for, also where a record is none and an Error ends the reading.
  class Reading {
   public:
    Reading(rd_kafka_topic_t* topic, std::int32_t partition)
        : topic_(topic), partition_(partition) {}
    ~Reading() { rd_kafka_consume_stop(topic_, partition_); }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    rd_kafka_topic_t* topic_;
    std::int32_t partition_;
  };

  // Calls `on_record` when the load's newest record is another one.
  Outcome Scan(const Bounds& bounds, std::int64_t from, Duration wait, ProgressReader& reader,
               const std::function<void()>& on_record) {
    if (rd_kafka_consume_start(topic_.get(), bounds.partition, from) != 0) {
      return Classify(rd_kafka_last_error(), {});
    }
    const Reading reading(topic_.get(), bounds.partition);
    return ScanStarted(bounds, from, wait, reader, on_record);
  }

  Outcome NewestFrom(const std::string& load_name, const Bounds& bounds, std::int64_t from,
                     Duration wait, Newest& newest) {
    newest = {};
    ProgressReader reader(load_name);
    Outcome outcome = Scan(bounds, from, wait, reader, [] {});
    if (!outcome.done()) return outcome;
    newest.record = reader.Newest();
    newest.input_count = reader.input_count();
    return outcome;
  }

  Outcome ScanStarted(const Bounds& bounds, std::int64_t position, Duration wait,
                      ProgressReader& reader, const std::function<void()>& on_record) {
    auto last_news = std::chrono::steady_clock::now();
    // An empty partition is asked as well: that it may not be read shows before the first row, and
    // not when a killed load has to go on.
    bool answered = false;
    while (position < bounds.high || !answered) {
      rd_kafka_poll(committed_.get(), 0);
      const MessagePtr message(rd_kafka_consume(topic_.get(), bounds.partition, kPollMilliseconds));
      if (message && (message->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
                      message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)) {
        answered = true;
        const bool is_record = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        const std::int64_t reached = message->offset + (is_record ? 1 : 0);
        if (reached > position) last_news = std::chrono::steady_clock::now();
        position = std::max(position, reached);
        if (is_record && Offer(*message, reader)) on_record();
      } else if (message && message->err != RD_KAFKA_RESP_ERR__TRANSPORT) {
        return Classify(message->err, rd_kafka_message_errstr(message.get()),
                        {"Read on Topic " + topic_name_});
      }
      if ((position < bounds.high || !answered) &&
          std::chrono::steady_clock::now() - last_news > wait) {
        return {Verdict::kPending,
                "partition " + std::to_string(bounds.partition) + " of " + topic_name_ +
                    " can be read up to offset " + std::to_string(position) + " of " +
                    std::to_string(bounds.high) +
                    ": a transaction of another load is open there, or a broker is away"};
      }
    }
    return {};
  }

  bool Offer(const rd_kafka_message_t& message, ProgressReader& reader) const {
    const auto view = [](const void* bytes, std::size_t size) {
      return std::string_view(static_cast<const char*>(bytes), size);
    };
    std::optional<std::string_view> value;
    if (message.payload != nullptr) value = view(message.payload, message.len);
    return reader.Take(view(message.key, message.key_len), value,
                       topic_name_ + " partition " + std::to_string(message.partition) +
                           " offset " + std::to_string(message.offset));
  }

  const ClientConfig config_;
  const std::string topic_name_;
  ClientEvents events_;
  Staleness staleness_;
  KafkaPtr everything_;
  KafkaPtr committed_;
  TopicPtr topic_;
};

}  // namespace

std::unique_ptr<ProgressLog> MakeRdkafkaProgressLog(const ClientConfig& config,
                                                    const std::string& progress_topic) {
  return std::make_unique<RdkafkaProgressLog>(config, progress_topic);
}

}  // namespace onceload
