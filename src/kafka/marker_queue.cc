#include "kafka/marker_queue.h"

#include <utility>

#include "onceload/kafka/transactional_producer.h"
#include "onceload/message/partitioner.h"

namespace onceload {

void MarkerQueue::Set(std::vector<InputPiece> markers) {
  markers_ = std::move(markers);
  sent_ = in_flight_ = 0;
}

rd_kafka_resp_err_t MarkerQueue::HandOver(rd_kafka_topic_t* topic, void* opaque) {
  if (in_flight_ > 0 || all_sent()) return RD_KAFKA_RESP_ERR_NO_ERROR;
  // The record is the last one, and its key the load's name.
  const PartitionId partition = PartitionOf(markers_.back().key, RowNumber{1}, kProgressPartitions);
  std::size_t bytes = 0;
  for (; !all_sent() && in_flight_ < limits_.messages; ++sent_, ++in_flight_) {
    InputPiece& marker = markers_[sent_];
    bytes += marker.key.size() + marker.json.size() + kMessageOverhead;
    if (in_flight_ > 0 && bytes > limits_.bytes) break;
    rd_kafka_message_t out{};
    out.payload = marker.json.empty() ? nullptr : marker.json.data();
    out.len = marker.json.size();
    out.key = marker.key.data();
    out.key_len = marker.key.size();
    out._private = opaque;
    if (rd_kafka_produce_batch(topic, partition.value, /*flags=*/0, &out, 1) == 1) continue;
    // The user's queue limits: what is in flight makes room.
    if (out.err == RD_KAFKA_RESP_ERR__QUEUE_FULL && in_flight_ > 0) break;
    return out.err;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace onceload
