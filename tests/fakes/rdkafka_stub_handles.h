// What the stub's handles are, for the files that define librdkafka's functions.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fakes/rdkafka_stub.h"

// --- librdkafka's handles

struct rd_kafka_error_s : onceload::StubError {};

struct rd_kafka_conf_s {
  std::map<std::string, std::string> values;
  void* opaque = nullptr;
  void (*on_error)(rd_kafka_t*, int, const char*, void*) = nullptr;
  void (*on_delivery)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr;
  void (*on_log)(const rd_kafka_t*, int, const char*, const char*) = nullptr;
  void (*on_throttle)(rd_kafka_t*, const char*, int32_t, int, void*) = nullptr;
  rd_kafka_interceptor_f_on_new_t* on_new = nullptr;
  void* on_new_opaque = nullptr;
};

struct rd_kafka_topic_conf_s {};

struct rd_kafka_s {
  std::unique_ptr<rd_kafka_conf_s> conf;
  rd_kafka_interceptor_f_on_request_sent_t* on_request = nullptr;
  rd_kafka_interceptor_f_on_response_received_t* on_response = nullptr;
  void* request_opaque = nullptr;
  void* response_opaque = nullptr;
  int handles = 0;  // topics and queues: they must be gone first
};

struct rd_kafka_topic_s {
  rd_kafka_t* kafka = nullptr;
  std::string name;
  std::map<std::int32_t, std::size_t> reading;  // partition: next of its events
};

struct rd_kafka_queue_s {
  rd_kafka_t* kafka = nullptr;
  std::deque<rd_kafka_event_t*> events;
  std::set<std::pair<rd_kafka_topic_t*, std::int32_t>> begun;  // partitions that it is to have
};

struct rd_kafka_Uuid_s {
  std::string base64;
};

struct rd_kafka_TopicDescription_s {
  std::unique_ptr<rd_kafka_error_s> error;
  rd_kafka_Uuid_s id;
};

struct rd_kafka_ConfigEntry_s {
  std::string name;
  std::string value;
};

struct rd_kafka_ConfigResource_s {
  std::string name;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::vector<rd_kafka_ConfigEntry_s> entries;
  std::vector<const rd_kafka_ConfigEntry_t*> listed;
};

struct rd_kafka_topic_result_s {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

struct rd_kafka_ListOffsetsResultInfo_s {
  rd_kafka_topic_partition_t partition{};
  std::int64_t time = -1;
};

struct rd_kafka_op_s {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  rd_kafka_TopicDescription_s description;
  rd_kafka_ConfigResource_s resource;
  rd_kafka_topic_result_s result;
  std::vector<const rd_kafka_TopicDescription_t*> descriptions{&description};
  std::vector<const rd_kafka_ConfigResource_t*> resources{&resource};
  std::vector<const rd_kafka_topic_result_t*> results{&result};
  std::vector<rd_kafka_ListOffsetsResultInfo_s> offsets;
  std::vector<const rd_kafka_ListOffsetsResultInfo_t*> listed_offsets;
};

struct rd_kafka_headers_s {
  const std::vector<std::pair<std::string, std::string>>* of = nullptr;
};

struct rd_kafka_AdminOptions_s {
  std::string isolation;  // empty: not set
  bool tries = false;
  int milliseconds = -1;  // of the operation; -1: not set
};
struct rd_kafka_NewTopic_s {
  onceload::StubTopic asked;
};
struct rd_kafka_TopicCollection_s {
  std::string topic;
};

namespace onceload {

// What librdkafka hands out first: a pointer to it is one to the whole.
struct OwnedMessage {
  rd_kafka_message_t message{};
  StubEvent event;
  rd_kafka_headers_s headers;
};
struct OwnedMetadata {
  rd_kafka_metadata_t metadata{};
  std::vector<rd_kafka_metadata_broker_t> brokers;
  std::deque<std::string> hosts;  // theirs
  rd_kafka_metadata_topic_t topic{};
  std::vector<rd_kafka_metadata_partition_t> partitions;
};

struct OwnedPartitions {
  rd_kafka_topic_partition_list_t list{};
  std::string topic;  // of all of them
  std::vector<rd_kafka_topic_partition_t> elements;
};

template <typename Handle>
Handle* Make(const char* kind) {
  Handle* const handle = std::make_unique<Handle>().release();
  RdkafkaStub::Current().Made(handle, kind);
  return handle;
}

template <typename Handle>
void Destroy(Handle* handle, const char* kind) {
  if (handle == nullptr) return;
  const bool lives = RdkafkaStub::Current().Lives(handle);
  RdkafkaStub::Current().Destroyed(handle, kind);
  if (lives) std::unique_ptr<Handle>(handle).reset();
}

}  // namespace onceload
