// Whether a copy of an EndTxn request may still be on its way to the coordinator (KAFKA-17754).
#pragma once

#include <atomic>

#include <librdkafka/rdkafka.h>

#include "onceload/core/failpoints.h"

namespace onceload {

// Listens to one client's requests, in the client's own threads. Must outlive the client.
class EndTxnWatch {
 public:
  explicit EndTxnWatch(Failpoints& failpoints) : failpoints_(failpoints) {}
  EndTxnWatch(const EndTxnWatch&) = delete;
  EndTxnWatch& operator=(const EndTxnWatch&) = delete;

  // For the client that is made of `conf`.
  void Attach(rd_kafka_conf_t* conf);

  // A new transaction begins.
  void Reset();

  // The last one's EndTxn was sent more than once, or an answer is missing.
  bool in_doubt() const { return sent_ > 1 || failed_; }

 private:
  static rd_kafka_resp_err_t OnNew(rd_kafka_t* kafka, const rd_kafka_conf_t* conf, void* opaque,
                                   char* reason, std::size_t reason_size);
  static rd_kafka_resp_err_t OnRequestSent(rd_kafka_t* kafka, int socket, const char* broker,
                                           std::int32_t broker_id, std::int16_t api_key,
                                           std::int16_t api_version, std::int32_t correlation_id,
                                           std::size_t size, void* opaque);
  static rd_kafka_resp_err_t OnResponse(rd_kafka_t* kafka, int socket, const char* broker,
                                        std::int32_t broker_id, std::int16_t api_key,
                                        std::int16_t api_version, std::int32_t correlation_id,
                                        std::size_t size, std::int64_t round_trip,
                                        rd_kafka_resp_err_t error, void* opaque);

  Failpoints& failpoints_;
  std::atomic<int> sent_{0};  // in the current transaction
  std::atomic<bool> failed_{false};
};

}  // namespace onceload
