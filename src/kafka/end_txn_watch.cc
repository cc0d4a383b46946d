#include "kafka/end_txn_watch.h"

namespace onceload {
namespace {

constexpr std::int16_t kApiEndTxn = 26;  // Kafka protocol, api keys

}  // namespace

void EndTxnWatch::Attach(rd_kafka_conf_t* conf) {
  rd_kafka_conf_interceptor_add_on_new(conf, "onceload", OnNew, this);
}

void EndTxnWatch::Reset() {
  sent_ = 0;
  failed_ = false;
}

rd_kafka_resp_err_t EndTxnWatch::OnNew(rd_kafka_t* kafka, const rd_kafka_conf_t* /*conf*/,
                                       void* opaque, char* /*reason*/,
                                       std::size_t /*reason_size*/) {
  const rd_kafka_resp_err_t error =
      rd_kafka_interceptor_add_on_request_sent(kafka, "onceload", OnRequestSent, opaque);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  return rd_kafka_interceptor_add_on_response_received(kafka, "onceload", OnResponse, opaque);
}

// Called by a broker thread once per request that has been written to the socket, re-sent ones
// included; so it counts what a broker may still act on.
rd_kafka_resp_err_t EndTxnWatch::OnRequestSent(rd_kafka_t* /*kafka*/, int /*socket*/,
                                               const char* /*broker*/, std::int32_t /*broker_id*/,
                                               std::int16_t api_key, std::int16_t /*api_version*/,
                                               std::int32_t /*correlation_id*/,
                                               std::size_t /*size*/, void* opaque) {
  if (api_key == kApiEndTxn) {
    auto* self = static_cast<EndTxnWatch*>(opaque);
    ++self->sent_;
    self->failpoints_.Hit("in_commit");
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

// Called up to twice for one response (in the broker's thread and in the main one), hence a flag
// and not a count. `error` is the client's own: lost connection, time-out; a broker's error code
// counts as an answer.
rd_kafka_resp_err_t EndTxnWatch::OnResponse(rd_kafka_t* /*kafka*/, int /*socket*/,
                                            const char* /*broker*/, std::int32_t /*broker_id*/,
                                            std::int16_t api_key, std::int16_t /*api_version*/,
                                            std::int32_t /*correlation_id*/, std::size_t /*size*/,
                                            std::int64_t /*round_trip*/, rd_kafka_resp_err_t error,
                                            void* opaque) {
  if (api_key == kApiEndTxn && error != RD_KAFKA_RESP_ERR_NO_ERROR &&
      error != RD_KAFKA_RESP_ERR__DESTROY) {
    static_cast<EndTxnWatch*>(opaque)->failed_ = true;
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace onceload
