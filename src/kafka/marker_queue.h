// Records on their way to the progress topic.
#pragma once

#include <cstddef>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "kafka/send_queue.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {

// librdkafka makes requests of what it has for a partition, as large as the most generous topic
// takes; the progress topic may take less. So it gets those that fit one request, and the next ones
// once these are acknowledged. Not thread-safe.
class MarkerQueue {
 public:
  MarkerQueue() = default;
  explicit MarkerQueue(const RequestLimits& limits) : limits_(limits) {}

  // All of one load, in the order to be sent. REQUIRES: nothing is in flight that may still be
  // read.
  void Set(std::vector<InputPiece> markers);

  // The next of them, unless some are in flight. They are not copied. The error is that of the one
  // that librdkafka does not take.
  rd_kafka_resp_err_t HandOver(rd_kafka_topic_t* topic, void* opaque);
  // One of them is acknowledged.
  void Settled() { --in_flight_; }

  bool empty() const { return markers_.empty(); }
  bool all_sent() const { return sent_ == markers_.size(); }

 private:
  RequestLimits limits_;
  std::vector<InputPiece> markers_;
  std::size_t sent_ = 0;  // the first ones; those not acknowledged included
  std::size_t in_flight_ = 0;
};

}  // namespace onceload
