// ProgressLog on a librdkafka consumer.

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>

#include "kafka/rdkafka_client.h"
#include "onceload/core/error.h"
#include "onceload/encode/partitioner.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"

namespace onceload {
namespace {

// Records at the end of the partition looked at first: a load that is under way is there. Reading
// the whole partition is only for names that are new or long silent.
constexpr std::int64_t kTailOffsets = 1000;

constexpr int kPollMilliseconds = 100;

class RdkafkaProgressLog final : public ProgressLog {
 public:
  RdkafkaProgressLog(const ClientConfig& config, std::string topic)
      : topic_name_(std::move(topic)),
        everything_(MakeReader(config, "read_uncommitted", events_)),
        committed_(MakeReader(config, "read_committed", events_)),
        topic_(rd_kafka_topic_new(committed_.get(), topic_name_.c_str(), nullptr)) {}

  Outcome Latest(const std::string& load_name, Duration wait,
                 std::optional<ProgressRecord>& record) override {
    record.reset();
    Bounds bounds;
    Outcome outcome = QueryBounds(load_name, wait, bounds);
    if (!outcome.done()) return outcome;
    const std::int64_t tail = std::max(bounds.low, bounds.high - kTailOffsets);
    const auto keep = [&record](std::optional<ProgressRecord> found) { record = std::move(found); };
    outcome = Scan(load_name, bounds, tail, wait, keep);
    // A long list of inputs may lie anywhere before its record.
    const bool pieces_missing = record && record->inputs.size() != input_count_;
    if (outcome.done() && (!record || pieces_missing) && tail > bounds.low) {
      record.reset();
      outcome = Scan(load_name, bounds, bounds.low, wait, keep);
    }
    if (outcome.done() && record && record->inputs.size() != input_count_) {
      throw Error(ExitCode::kDisagreement,
                  "the progress topic has lost a part of the load's list of inputs: it has " +
                      std::to_string(record->inputs.size()) + " of " + std::to_string(input_count_),
                  "load " + load_name + ", topic " + topic_name_,
                  "check that the topic's cleanup.policy is compact");
    }
    return outcome;
  }

  Outcome All(const std::string& load_name, Duration wait,
              std::vector<ProgressRecord>& records) override {
    records.clear();
    Bounds bounds;
    Outcome outcome = QueryBounds(load_name, wait, bounds);
    if (!outcome.done()) return outcome;
    return Scan(load_name, bounds, bounds.low, wait,
                [&records](std::optional<ProgressRecord> found) {
                  // A tombstone: somebody has deleted the load's progress on purpose.
                  if (!found) return records.clear();
                  records.push_back(std::move(*found));
                });
  }

 private:
  struct Bounds {
    std::int32_t partition = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;  // open transactions included
  };

  Outcome QueryBounds(const std::string& load_name, Duration wait, Bounds& bounds) {
    bounds.partition = PartitionOf(load_name, RowNumber{1}, kProgressPartitions).value;
    // The isolation level of the client decides which end this is; the default would be the last
    // stable offset, which is the very thing to be checked.
    const rd_kafka_resp_err_t code =
        rd_kafka_query_watermark_offsets(everything_.get(), topic_name_.c_str(), bounds.partition,
                                         &bounds.low, &bounds.high, static_cast<int>(wait.count()));
    rd_kafka_poll(everything_.get(), 0);
    Outcome outcome = Classify(code, {}, {"Describe on Topic " + topic_name_});
    if (!outcome.done()) outcome.detail += " (" + events_.last_error() + ")";
    return outcome;
  }

  // Called with each of the load's records, oldest first; nullopt for a tombstone.
  using Keep = std::function<void(std::optional<ProgressRecord>)>;

  Outcome Scan(const std::string& load_name, const Bounds& bounds, std::int64_t from, Duration wait,
               const Keep& keep) {
    pieces_.clear();
    if (rd_kafka_consume_start(topic_.get(), bounds.partition, from) != 0) {
      return Classify(rd_kafka_last_error(), {});
    }
    Outcome outcome = ScanStarted(load_name, bounds, from, wait, keep);
    rd_kafka_consume_stop(topic_.get(), bounds.partition);
    return outcome;
  }

  Outcome ScanStarted(const std::string& load_name, const Bounds& bounds, std::int64_t position,
                      Duration wait, const Keep& keep) {
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
        if (is_record) Offer(load_name, *message, keep);
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

  void Offer(const std::string& load_name, const rd_kafka_message_t& message, const Keep& keep) {
    const std::string_view key(static_cast<const char*>(message.key), message.key_len);
    if (!key.starts_with(load_name)) return;
    const std::string_view payload(static_cast<const char*>(message.payload), message.len);
    const std::string where = topic_name_ + " partition " + std::to_string(message.partition) +
                              " offset " + std::to_string(message.offset);
    if (key != load_name) {
      const std::string prefix = InputPieceKey(load_name, 0);  // ends in the number 0
      if (!key.starts_with(prefix.substr(0, prefix.size() - 1)) || message.payload == nullptr) {
        return;
      }
      pieces_[std::string(key)] = DecodeInputPiece(payload, where);
      return;
    }
    if (message.payload == nullptr) {
      keep(std::nullopt);
      return;
    }
    ProgressRecord record = DecodeProgress(payload, where);
    input_count_ = InputCountOf(payload);
    if (record.inputs.empty()) TakePieces(record);
    keep(std::move(record));
  }

  // As many of the list's files as there are; the caller sees whether that is all of them.
  void TakePieces(ProgressRecord& record) {
    for (std::size_t i = 0; i * kInputsOfAPiece < input_count_; ++i) {
      const auto piece = pieces_.find(InputPieceKey(record.load_name, i));
      if (piece == pieces_.end()) return;
      record.inputs.insert(record.inputs.end(), piece->second.begin(), piece->second.end());
    }
    // A piece written for a longer list has files that this record does not know.
    if (record.inputs.size() > input_count_) record.inputs.resize(input_count_);
  }

  std::string topic_name_;
  ClientEvents events_;
  KafkaPtr everything_;
  KafkaPtr committed_;
  TopicPtr topic_;
  std::map<std::string, std::vector<InputFile>> pieces_;  // by key, as the scan has come by them
  std::size_t input_count_ = 0;                           // of the newest record
};

}  // namespace

std::unique_ptr<ProgressLog> MakeRdkafkaProgressLog(const ClientConfig& config,
                                                    const std::string& progress_topic) {
  return std::make_unique<RdkafkaProgressLog>(config, progress_topic);
}

}  // namespace onceload
