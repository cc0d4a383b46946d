// Messages and records for the tests of src/kafka over a stub of librdkafka.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "fakes/rdkafka_stub.h"
#include "onceload/core/progress_record.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/message/message_batch.h"

namespace onceload {

struct Row {
  std::int32_t partition = 0;
  std::string value;
  std::int64_t timestamp = MessageBatch::kNoTimestamp;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::optional<std::string> key = std::nullopt;
  bool dead_letter = false;
};

inline MessageBatch BatchOf(const std::vector<Row>& rows) {
  MessageBatch batch;
  for (const Row& row : rows) {
    MessageBatch::Message message;
    message.begin = static_cast<std::uint32_t>(batch.arena().size());
    message.partition = PartitionId{row.partition};
    message.timestamp_ms = row.timestamp;
    message.dead_letter = row.dead_letter;
    message.has_key = row.key.has_value();
    if (row.key) {
      message.key_size = static_cast<std::uint32_t>(row.key->size());
      batch.arena().append(*row.key);
    }
    message.value_size = static_cast<std::uint32_t>(row.value.size());
    batch.arena().append(row.value);
    const std::size_t headers = batch.arena().size();
    for (const auto& [name, value] : row.headers) AppendHeader(batch.arena(), name, value);
    message.headers_size = static_cast<std::uint32_t>(batch.arena().size() - headers);
    batch.Add(message);
  }
  return batch;
}

// A load of `files` inputs in two partitions, after so many chunks.
inline ProgressRecord RecordOf(const std::string& load, std::uint64_t chunk,
                               std::size_t files = 1) {
  ProgressRecord record;
  record.load_name = load;
  record.load_id = "id of " + load;
  record.run_id = "run";
  record.chunk = ChunkNumber{chunk};
  record.partitions.resize(2);
  record.topic = "rows";
  record.cluster_id = "cluster";
  record.options = {{"columns", "[\"a\"]"}};
  for (std::size_t i = 0; i < files; ++i) {
    record.inputs.push_back({.path = "/data/" + std::to_string(i) + ".csv", .size = 10 * i});
  }
  return record;
}

}  // namespace onceload
