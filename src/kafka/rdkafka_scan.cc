// CommittedScan on a librdkafka consumer: batches from one queue, no group.

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

#include "kafka/offset_request.h"
#include "kafka/rdkafka_client.h"
#include "onceload/core/error.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/message/message_batch.h"

namespace onceload {
namespace {

constexpr std::size_t kBatch = 4096;  // messages handed over by one call
constexpr int kPollMilliseconds = 100;
// For the answer to why nothing comes, however little of the caller's time is left.
constexpr Duration kStalledWait{2'000};

class RdkafkaScan final : public CommittedScan {
 public:
  RdkafkaScan(const ClientConfig& config, std::string topic)
      : config_(config), topic_name_(std::move(topic)) {
    Connect();
  }

  ~RdkafkaScan() override { Stop(); }

  Outcome Run(const std::vector<OffsetRange>& ranges, Duration patience,
              const std::function<void(const CommittedRecord&)>& visit) override;
  Outcome Bounds(std::int32_t partitions, Duration wait, std::vector<OffsetRange>& bounds) override;

 private:
  struct Cursor {
    KafkaOffset next;
    KafkaOffset end;
    bool started = false;
  };

  void Connect();
  // What is left of them is read by another client.
  Outcome StartAnew();
  Outcome Start(const std::vector<OffsetRange>& ranges);
  void Stop();
  // Moves a partition's cursor; true if it moved.
  bool Advance(Cursor& cursor, PartitionId partition, KafkaOffset to);
  CommittedRecord RecordOf(const rd_kafka_message_t& message);
  std::span<const MessagePtr> NextBatch();
  Outcome RunStarted(Duration patience, const std::function<void(const CommittedRecord&)>& visit);
  // Why nothing comes any more.
  Outcome Stalled();
  // The whole batch, whatever errors are in it, unless one of them ends the scan: what a call of
  // librdkafka has handed out does not come again.
  Outcome TakeBatch(std::span<const MessagePtr> batch, bool& moved,
                    const std::function<void(const CommittedRecord&)>& visit);
  Outcome Take(const rd_kafka_message_t& message, bool& moved,
               const std::function<void(const CommittedRecord&)>& visit);
  Outcome TakeError(const rd_kafka_message_t& message);
  // nullptr: not a partition of this scan.
  Cursor* CursorOf(const rd_kafka_message_t& message) {
    const auto index = static_cast<std::size_t>(message.partition);  // -1, none, is large then
    return index < cursors_.size() ? &cursors_[index] : nullptr;
  }

  const ClientConfig config_;
  const std::string topic_name_;
  ClientEvents events_;
  Staleness staleness_;
  std::vector<Cursor> cursors_;  // by partition; empty between scans
  std::size_t unfinished_ = 0;
  ByteArena headers_;  // of the record at hand
  KafkaPtr kafka_;
  TopicPtr topic_;
  QueuePtr queue_;
  std::vector<MessagePtr> batch_;  // kept for its memory; last, for the client owns what is in it
};

void RdkafkaScan::Connect() {
  batch_.clear();
  queue_.reset();
  topic_.reset();
  kafka_ = MakeReader(config_, "read_committed", events_);
  topic_.reset(rd_kafka_topic_new(kafka_.get(), topic_name_.c_str(), nullptr));
  queue_.reset(rd_kafka_queue_new(kafka_.get()));
}

Outcome RdkafkaScan::StartAnew() {
  std::vector<OffsetRange> left;
  for (std::size_t p = 0; p < cursors_.size(); ++p) {
    const Cursor& cursor = cursors_[p];
    if (cursor.started) {
      left.push_back({PartitionId{static_cast<std::int32_t>(p)}, cursor.next, cursor.end});
    }
  }
  Stop();
  Connect();
  return Start(left);
}

Outcome RdkafkaScan::Start(const std::vector<OffsetRange>& ranges) {
  for (const OffsetRange& range : ranges) {
    const auto index = static_cast<std::size_t>(range.partition.value);
    if (cursors_.size() <= index) cursors_.resize(index + 1);
    cursors_[index] = {range.begin, range.end, false};
    if (range.begin >= range.end) continue;
    if (rd_kafka_consume_start_queue(topic_.get(), range.partition.value, range.begin.value,
                                     queue_.get()) != 0) {
      const rd_kafka_resp_err_t code = rd_kafka_last_error();
      Stop();
      return Classify(code, {});
    }
    cursors_[index].started = true;
    ++unfinished_;
  }
  return {};
}

void RdkafkaScan::Stop() {
  for (std::size_t p = 0; p < cursors_.size(); ++p) {
    if (cursors_[p].started) rd_kafka_consume_stop(topic_.get(), static_cast<std::int32_t>(p));
  }
  cursors_.clear();
  unfinished_ = 0;
}

bool RdkafkaScan::Advance(Cursor& cursor, PartitionId partition, KafkaOffset to) {
  if (to <= cursor.next) return false;
  cursor.next = to;
  if (cursor.next >= cursor.end) {
    rd_kafka_consume_stop(topic_.get(), partition.value);
    cursor.started = false;
    --unfinished_;
  }
  return true;
}

// Bytes as librdkafka has them; a null pointer is Kafka's null.
std::optional<std::string_view> BytesAt(const void* bytes, std::size_t size) {
  if (bytes == nullptr) return std::nullopt;
  return std::string_view(static_cast<const char*>(bytes), size);
}

// Valid until the next call, and no longer than the message.
CommittedRecord RdkafkaScan::RecordOf(const rd_kafka_message_t& message) {
  CommittedRecord record;
  record.partition = PartitionId{message.partition};
  record.offset = KafkaOffset{message.offset};
  record.key = BytesAt(message.key, message.key_len);
  record.value = BytesAt(message.payload, message.len);
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t time = rd_kafka_message_timestamp(&message, &type);
  if (type == RD_KAFKA_TIMESTAMP_CREATE_TIME) record.time_ms = time;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return record;
  headers_.clear();
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    AppendHeader(headers_, name, BytesAt(value, size));
  }
  record.headers = headers_.view();
  return record;
}

// An offset that is gone does not come back, and behind what it cannot read librdkafka goes on: its
// records would count as missing.
bool LeavesAGap(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__UNDERFLOW:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
      return true;
    default:
      return false;
  }
}

Outcome RdkafkaScan::TakeError(const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__TRANSPORT) return {};
  const Cursor* cursor = CursorOf(message);
  // A partition that is read to its range's end, or has none. What has no partition is about all.
  if (cursor != nullptr && !cursor->started) return {};
  Outcome outcome = Classify(message.err,
                             topic_name_ + " partition " + std::to_string(message.partition) +
                                 ": " + rd_kafka_message_errstr(&message),
                             {"Read on Topic " + topic_name_});
  if (LeavesAGap(message.err)) outcome.verdict = Verdict::kFatal;
  return outcome;
}

Outcome RdkafkaScan::Take(const rd_kafka_message_t& message, bool& moved,
                          const std::function<void(const CommittedRecord&)>& visit) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR &&
      message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    return TakeError(message);
  }
  const PartitionId partition{message.partition};
  Cursor* const found = CursorOf(message);
  if (found == nullptr || !found->started) return {};
  Cursor& cursor = *found;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    moved |= Advance(cursor, partition, KafkaOffset{message.offset});
    return {};
  }
  if (message.offset < cursor.end.value) {
    visit(RecordOf(message));
  }
  moved |= Advance(cursor, partition, KafkaOffset{message.offset + 1});
  return {};
}

Outcome RdkafkaScan::Run(const std::vector<OffsetRange>& ranges, Duration patience,
                         const std::function<void(const CommittedRecord&)>& visit) {
  if (cursors_.empty()) {
    Outcome outcome = Start(ranges);
    if (!outcome.done()) return outcome;
  } else if (staleness_.IsTime()) {
    Outcome outcome = StartAnew();
    if (!outcome.done()) return outcome;
  }
  try {
    Outcome outcome = staleness_.Noted(RunStarted(patience, visit));
    if (outcome.verdict != Verdict::kPending) Stop();
    return outcome;
  } catch (...) {
    batch_.clear();  // its rest is gone, so there is no going on
    Stop();
    throw;
  }
}

// The messages are owned before any is looked at: `visit` may throw.
std::span<const MessagePtr> RdkafkaScan::NextBatch() {
  batch_.clear();
  batch_.reserve(kBatch);
  std::array<rd_kafka_message_t*, kBatch> messages{};
  rd_kafka_poll(kafka_.get(), 0);
  const ssize_t count =
      rd_kafka_consume_batch_queue(queue_.get(), kPollMilliseconds, messages.data(), kBatch);
  for (ssize_t i = 0; i < count; ++i) batch_.emplace_back(messages[static_cast<std::size_t>(i)]);
  return batch_;
}

Outcome RdkafkaScan::TakeBatch(std::span<const MessagePtr> batch, bool& moved,
                               const std::function<void(const CommittedRecord&)>& visit) {
  Outcome first;
  for (const MessagePtr& message : batch) {
    Outcome outcome = Take(*message, moved, visit);
    if (outcome.failed()) return outcome;
    if (first.done()) first = std::move(outcome);
  }
  return first;
}

Outcome RdkafkaScan::RunStarted(Duration patience,
                                const std::function<void(const CommittedRecord&)>& visit) {
  auto last_news = std::chrono::steady_clock::now();
  while (unfinished_ > 0) {
    bool moved = false;
    Outcome outcome = TakeBatch(NextBatch(), moved, visit);
    batch_.clear();
    if (outcome.failed() || (!outcome.done() && unfinished_ > 0)) return outcome;
    const auto now = std::chrono::steady_clock::now();
    if (moved) last_news = now;
    if (unfinished_ > 0 && now - last_news > patience) return Stalled();
  }
  return {};
}

// What a read_committed consumer is not given, though it is this load's and committed, lies behind
// a transaction that is still open: of a producer that has nothing to do with this load.
Outcome RdkafkaScan::Stalled() {
  std::vector<KafkaOffset> stable;
  const auto partitions = static_cast<std::int32_t>(cursors_.size());
  const Outcome asked = AskOffsets(kafka_.get(), topic_name_, partitions, OffsetKind::kStableEnd,
                                   kStalledWait, stable);
  for (std::size_t p = 0; p < cursors_.size() && asked.done(); ++p) {
    const Cursor& cursor = cursors_[p];
    if (!cursor.started || stable[p] >= cursor.end) continue;
    return {Verdict::kPending, "partition " + std::to_string(p) + " of " + topic_name_ +
                                   " can be read up to offset " + std::to_string(stable[p].value) +
                                   " of " + std::to_string(cursor.end.value) +
                                   ": a transaction that is not this load's is open there"};
  }
  return events_.Explained(
      {Verdict::kPending,
       "nothing has come from " + std::to_string(unfinished_) + " partitions of " + topic_name_});
}

Outcome RdkafkaScan::Bounds(std::int32_t partitions, Duration wait,
                            std::vector<OffsetRange>& bounds) {
  bounds.clear();
  std::vector<KafkaOffset> begins;
  std::vector<KafkaOffset> ends;
  Outcome outcome =
      AskOffsets(kafka_.get(), topic_name_, partitions, OffsetKind::kFirst, wait, begins);
  if (outcome.done()) {
    outcome = AskOffsets(kafka_.get(), topic_name_, partitions, OffsetKind::kStableEnd, wait, ends);
  }
  rd_kafka_poll(kafka_.get(), 0);
  if (!outcome.done()) return events_.Explained(std::move(outcome));
  for (std::int32_t p = 0; p < partitions; ++p) {
    const auto index = static_cast<std::size_t>(p);
    bounds.push_back({PartitionId{p}, begins[index], ends[index]});
  }
  return outcome;
}

}  // namespace

std::unique_ptr<CommittedScan> MakeRdkafkaScan(const ClientConfig& config,
                                               const std::string& topic) {
  return std::make_unique<RdkafkaScan>(config, topic);
}

}  // namespace onceload
