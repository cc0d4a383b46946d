#include "kafka/offset_request.h"

#include <array>
#include <utility>

#include "kafka/rdkafka_client.h"

namespace onceload {
namespace {

Outcome ClassifyPartition(rd_kafka_resp_err_t code, const std::string& topic, std::size_t partition,
                          const char* text) {
  return Classify(code, topic + " partition " + std::to_string(partition) + ": " + text,
                  {"Describe on Topic " + topic});
}

#if RD_KAFKA_VERSION >= 0x020300ff  // ListOffsets came with 2.3.0

// librdkafka ends a request when its time is over, and says so: the answer is worth that wait.
constexpr int kAnswerGraceMilliseconds = 1000;

TopicPartitionsPtr AllPartitions(const std::string& topic, std::int32_t partitions,
                                 OffsetKind kind) {
  TopicPartitionsPtr all(rd_kafka_topic_partition_list_new(partitions));
  for (std::int32_t p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), p)->offset =
        kind == OffsetKind::kFirst ? RD_KAFKA_OFFSET_SPEC_EARLIEST : RD_KAFKA_OFFSET_SPEC_LATEST;
  }
  return all;
}

// The client's own isolation.level has no part in this request.
AdminOptionsPtr OptionsFor(rd_kafka_t* kafka, OffsetKind kind, int milliseconds) {
  AdminOptionsPtr options(rd_kafka_AdminOptions_new(kafka, RD_KAFKA_ADMIN_OP_LISTOFFSETS));
  std::array<char, 256> reason{};
  rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds, reason.data(),
                                            reason.size());
  const KafkaErrorPtr refused(rd_kafka_AdminOptions_set_isolation_level(
      options.get(), kind == OffsetKind::kStableEnd ? RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED
                                                    : RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED));
  return options;
}

// A partition whose leader has not answered comes back without an error, and without an offset.
Outcome TakeOffsets(rd_kafka_event_t* event, const std::string& topic,
                    std::vector<KafkaOffset>& offsets) {
  std::size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event), &count);
  Outcome first;  // a denial counts more than what may yet come
  for (std::size_t i = 0; i < count; ++i) {
    const rd_kafka_topic_partition_t& found =
        *rd_kafka_ListOffsetsResultInfo_topic_partition(infos[i]);
    const auto partition = static_cast<std::size_t>(found.partition);
    if (partition >= offsets.size()) continue;
    Outcome outcome = ClassifyPartition(found.err, topic, partition, rd_kafka_err2str(found.err));
    if (outcome.failed()) return outcome;
    if (outcome.done() && found.offset >= 0) offsets[partition] = KafkaOffset{found.offset};
    if (first.done()) first = std::move(outcome);
  }
  for (std::size_t p = 0; p < offsets.size() && first.done(); ++p) {
    if (offsets[p] == kNoOffset) {
      first = {Verdict::kPending,
               topic + " partition " + std::to_string(p) + ": its leader has not answered"};
    }
  }
  return first;
}

// nullptr: nothing has come.
EventPtr AnswerTo(rd_kafka_t* kafka, const TopicPartitionsPtr& asked, OffsetKind kind,
                  Duration wait) {
  const int milliseconds = Milliseconds(wait);
  const AdminOptionsPtr options = OptionsFor(kafka, kind, milliseconds);
  const QueuePtr queue(rd_kafka_queue_new(kafka));  // of this call: a late answer goes with it
  rd_kafka_ListOffsets(kafka, asked.get(), options.get(), queue.get());
  return EventPtr(rd_kafka_queue_poll(queue.get(), milliseconds + kAnswerGraceMilliseconds));
}

Outcome Ask(rd_kafka_t* kafka, const std::string& topic, OffsetKind kind, Duration wait,
            std::vector<KafkaOffset>& offsets) {
  const TopicPartitionsPtr all =
      AllPartitions(topic, static_cast<std::int32_t>(offsets.size()), kind);
  const EventPtr event = AnswerTo(kafka, all, kind, wait);
  if (!event) return {Verdict::kPending, "no answer to ListOffsets"};
  Outcome outcome =
      Classify(rd_kafka_event_error(event.get()),
               "ListOffsets of " + topic + ": " + rd_kafka_event_error_string(event.get()));
  return outcome.done() ? TakeOffsets(event.get(), topic, offsets) : outcome;
}

#else

Outcome Ask(rd_kafka_t* kafka, const std::string& topic, OffsetKind kind, Duration wait,
            std::vector<KafkaOffset>& offsets) {
  for (std::size_t p = 0; p < offsets.size(); ++p) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
        kafka, topic.c_str(), static_cast<std::int32_t>(p), &low, &high, Milliseconds(wait));
    Outcome outcome = ClassifyPartition(code, topic, p, rd_kafka_err2str(code));
    if (!outcome.done()) return outcome;
    offsets[p] = KafkaOffset{kind == OffsetKind::kFirst ? low : high};
  }
  return {};
}

#endif

}  // namespace

Outcome AskOffsets(rd_kafka_t* kafka, const std::string& topic, std::int32_t partitions,
                   OffsetKind kind, Duration wait, std::vector<KafkaOffset>& offsets) {
  offsets.assign(static_cast<std::size_t>(partitions), kNoOffset);
  Outcome outcome = Ask(kafka, topic, kind, wait, offsets);
  if (!outcome.done()) offsets.clear();
  return outcome;
}

std::optional<std::int64_t> NewestTimeOf(rd_kafka_t* kafka, const std::string& topic,
                                         PartitionId partition, Duration wait) {
#if RD_KAFKA_VERSION >= 0x020300ff
  const TopicPartitionsPtr asked(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), partition.value)->offset =
      RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP;
  const EventPtr event = AnswerTo(kafka, asked, OffsetKind::kEnd, wait);
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return std::nullopt;
  }
  std::size_t count = 0;
  const rd_kafka_ListOffsetsResultInfo_t** infos =
      rd_kafka_ListOffsets_result_infos(rd_kafka_event_ListOffsets_result(event.get()), &count);
  if (count != 1) return std::nullopt;
  return rd_kafka_ListOffsetsResultInfo_timestamp(infos[0]);
#else
  static_cast<void>(kafka);
  static_cast<void>(topic);
  static_cast<void>(partition);
  static_cast<void>(wait);
  return std::nullopt;
#endif
}

}  // namespace onceload
