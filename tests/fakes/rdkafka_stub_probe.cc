// What of librdkafka only the probe of a cluster calls: messages that are copied, and a flush.

#include <cstdarg>

#include <gtest/gtest.h>

#include "fakes/rdkafka_stub_handles.h"

using onceload::RdkafkaStub;
using onceload::StubMessage;

namespace {

// Takes a call's arguments up to RD_KAFKA_V_END.
StubMessage MessageOf(va_list arguments) {
  StubMessage message;
  message.single = true;
  for (;;) {
    const auto type = static_cast<rd_kafka_vtype_t>(va_arg(arguments, int));
    switch (type) {
      case RD_KAFKA_VTYPE_END:
        return message;
      case RD_KAFKA_VTYPE_TOPIC:
        message.topic = va_arg(arguments, const char*);
        break;
      case RD_KAFKA_VTYPE_PARTITION:
        message.partition = va_arg(arguments, std::int32_t);
        break;
      case RD_KAFKA_VTYPE_MSGFLAGS:
        EXPECT_EQ(va_arg(arguments, int), RD_KAFKA_MSG_F_COPY);
        break;
      case RD_KAFKA_VTYPE_KEY: {
        const char* const key = va_arg(arguments, const char*);
        message.key.emplace(key, va_arg(arguments, std::size_t));
        break;
      }
      case RD_KAFKA_VTYPE_VALUE: {
        const char* const value = va_arg(arguments, const char*);
        message.value.assign(value, va_arg(arguments, std::size_t));
        break;
      }
      case RD_KAFKA_VTYPE_TIMESTAMP:
        message.timestamp = va_arg(arguments, std::int64_t);
        break;
      default:
        ADD_FAILURE() << "unknown argument " << type;
        return message;
    }
  }
}

}  // namespace

extern "C" {

rd_kafka_resp_err_t rd_kafka_producev(rd_kafka_t* kafka, ...) {
  va_list arguments;
  va_start(arguments, kafka);
  StubMessage message = MessageOf(arguments);
  va_end(arguments);
  return RdkafkaStub::Current().Take(kafka, /*topic=*/nullptr, std::move(message), nullptr);
}

rd_kafka_resp_err_t rd_kafka_flush(rd_kafka_t* kafka, int milliseconds) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  stub.calls.push_back("flush within " + std::to_string(milliseconds));
  stub.Poll(kafka);
  return stub.flush_error;
}

}  // extern "C"
