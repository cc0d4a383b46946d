// The stub's admin requests.

#include "fakes/rdkafka_stub_handles.h"

namespace onceload {
namespace {

// Puts the scripted answer to an admin request into the queue.
rd_kafka_op_s* AnswerTo(const char* request, rd_kafka_queue_t* queue) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  stub.calls.emplace_back(request);
  StubAnswer answer;
  auto& scripted = stub.admin[request];
  if (!scripted.empty()) {
    answer = scripted.front();
    scripted.pop_front();
  }
  if (!answer.arrives) return nullptr;
  auto* const event = Make<rd_kafka_op_s>("event");
  event->error = answer.error;
  event->result.error = event->resource.error = answer.topic_error;
  if (answer.topic_error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    event->description.error = std::make_unique<rd_kafka_error_s>();
    event->description.error->code = answer.topic_error;
  }
  event->description.id.base64 = answer.topic_id;
  for (const auto& [name, value] : answer.settings)
    event->resource.entries.push_back({name, value});
  for (const auto& entry : event->resource.entries) event->resource.listed.push_back(&entry);
  queue->events.push_back(event);
  return event;
}

}  // namespace

// A pointer to the list is one to the whole.
OwnedPartitions* OwnerOf(rd_kafka_topic_partition_list_t* list) {
  return reinterpret_cast<OwnedPartitions*>(list);
}

}  // namespace onceload

using onceload::Destroy;
using onceload::Make;
using onceload::RdkafkaStub;

extern "C" {

rd_kafka_AdminOptions_t* rd_kafka_AdminOptions_new(rd_kafka_t* /*kafka*/,
                                                   rd_kafka_admin_op_t /*operation*/) {
  return Make<rd_kafka_AdminOptions_s>("admin options");
}
void rd_kafka_AdminOptions_destroy(rd_kafka_AdminOptions_t* options) {
  Destroy(options, "admin options");
}
rd_kafka_resp_err_t rd_kafka_AdminOptions_set_request_timeout(rd_kafka_AdminOptions_t* /*options*/,
                                                              int /*milliseconds*/,
                                                              char* /*reason*/, size_t /*size*/) {
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
rd_kafka_resp_err_t rd_kafka_AdminOptions_set_validate_only(rd_kafka_AdminOptions_t* options,
                                                            int only, char* /*reason*/,
                                                            size_t /*size*/) {
  options->tries = only != 0;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
rd_kafka_resp_err_t rd_kafka_AdminOptions_set_operation_timeout(rd_kafka_AdminOptions_t* options,
                                                                int milliseconds, char* /*reason*/,
                                                                size_t /*size*/) {
  options->milliseconds = milliseconds;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
rd_kafka_event_t* rd_kafka_queue_poll(rd_kafka_queue_t* queue, int /*milliseconds*/) {
  if (queue->events.empty()) return nullptr;
  rd_kafka_event_t* const event = queue->events.front();
  queue->events.pop_front();
  return event;
}
void rd_kafka_event_destroy(rd_kafka_event_t* event) { Destroy(event, "event"); }
rd_kafka_resp_err_t rd_kafka_event_error(rd_kafka_event_t* event) { return event->error; }
const char* rd_kafka_event_error_string(rd_kafka_event_t* event) {
  return rd_kafka_err2str(event->error);
}

rd_kafka_NewTopic_t* rd_kafka_NewTopic_new(const char* name, int partitions, int replicas,
                                           char* /*reason*/, size_t /*size*/) {
  auto* const topic = Make<rd_kafka_NewTopic_s>("new topic");
  topic->asked.name = name;
  topic->asked.partitions = partitions;
  topic->asked.replicas = replicas;
  return topic;
}
void rd_kafka_NewTopic_destroy(rd_kafka_NewTopic_t* topic) { Destroy(topic, "new topic"); }
rd_kafka_resp_err_t rd_kafka_NewTopic_set_config(rd_kafka_NewTopic_t* topic, const char* name,
                                                 const char* value) {
  topic->asked.settings[name] = value;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
void rd_kafka_CreateTopics(rd_kafka_t* /*kafka*/, rd_kafka_NewTopic_t** topics, size_t count,
                           const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
  for (size_t i = 0; i < count; ++i) {
    topics[i]->asked.tried = options->tries;
    topics[i]->asked.milliseconds = options->milliseconds;
    RdkafkaStub::Current().created.push_back(topics[i]->asked);
  }
  onceload::AnswerTo("CreateTopics", queue);
}
const rd_kafka_CreateTopics_result_t* rd_kafka_event_CreateTopics_result(rd_kafka_event_t* event) {
  return event;
}
const rd_kafka_topic_result_t** rd_kafka_CreateTopics_result_topics(
    const rd_kafka_CreateTopics_result_t* result, size_t* count) {
  *count = 1;
  return const_cast<rd_kafka_event_t*>(result)->results.data();
}
rd_kafka_resp_err_t rd_kafka_topic_result_error(const rd_kafka_topic_result_t* result) {
  return result->error;
}
const char* rd_kafka_topic_result_error_string(const rd_kafka_topic_result_t* result) {
  return rd_kafka_err2str(result->error);
}

rd_kafka_ConfigResource_t* rd_kafka_ConfigResource_new(rd_kafka_ResourceType_t type,
                                                       const char* name) {
  RdkafkaStub::Current().described.push_back(
      (type == RD_KAFKA_RESOURCE_TOPIC ? "topic " : "broker ") + std::string(name));
  auto* const resource = Make<rd_kafka_ConfigResource_s>("config resource");
  resource->name = name;
  return resource;
}
void rd_kafka_ConfigResource_destroy(rd_kafka_ConfigResource_t* resource) {
  Destroy(resource, "config resource");
}
void rd_kafka_DescribeConfigs(rd_kafka_t* /*kafka*/, rd_kafka_ConfigResource_t** /*resources*/,
                              size_t /*count*/, const rd_kafka_AdminOptions_t* /*options*/,
                              rd_kafka_queue_t* queue) {
  onceload::AnswerTo("DescribeConfigs", queue);
}
const rd_kafka_DescribeConfigs_result_t* rd_kafka_event_DescribeConfigs_result(
    rd_kafka_event_t* event) {
  return event;
}
const rd_kafka_ConfigResource_t** rd_kafka_DescribeConfigs_result_resources(
    const rd_kafka_DescribeConfigs_result_t* result, size_t* count) {
  *count = 1;
  return const_cast<rd_kafka_event_t*>(result)->resources.data();
}
rd_kafka_resp_err_t rd_kafka_ConfigResource_error(const rd_kafka_ConfigResource_t* resource) {
  return resource->error;
}
const rd_kafka_ConfigEntry_t** rd_kafka_ConfigResource_configs(
    const rd_kafka_ConfigResource_t* resource, size_t* count) {
  *count = resource->listed.size();
  return const_cast<rd_kafka_ConfigResource_t*>(resource)->listed.data();
}
const char* rd_kafka_ConfigEntry_name(const rd_kafka_ConfigEntry_t* entry) {
  return entry->name.c_str();
}
const char* rd_kafka_ConfigEntry_value(const rd_kafka_ConfigEntry_t* entry) {
  return entry->value.c_str();
}

#if RD_KAFKA_VERSION >= 0x020300ff
rd_kafka_TopicCollection_t* rd_kafka_TopicCollection_of_topic_names(const char** names,
                                                                    size_t /*count*/) {
  auto* const topics = Make<rd_kafka_TopicCollection_s>("topic collection");
  topics->topic = names[0];
  return topics;
}
void rd_kafka_TopicCollection_destroy(rd_kafka_TopicCollection_t* topics) {
  Destroy(topics, "topic collection");
}
void rd_kafka_DescribeTopics(rd_kafka_t* /*kafka*/, const rd_kafka_TopicCollection_t* /*topics*/,
                             const rd_kafka_AdminOptions_t* /*options*/, rd_kafka_queue_t* queue) {
  onceload::AnswerTo("DescribeTopics", queue);
}
const rd_kafka_DescribeTopics_result_t* rd_kafka_event_DescribeTopics_result(
    rd_kafka_event_t* event) {
  return event;
}
const rd_kafka_TopicDescription_t** rd_kafka_DescribeTopics_result_topics(
    const rd_kafka_DescribeTopics_result_t* result, size_t* count) {
  *count = 1;
  return const_cast<rd_kafka_event_t*>(result)->descriptions.data();
}
const rd_kafka_error_t* rd_kafka_TopicDescription_error(
    const rd_kafka_TopicDescription_t* description) {
  return description->error.get();
}
const rd_kafka_Uuid_t* rd_kafka_TopicDescription_topic_id(
    const rd_kafka_TopicDescription_t* description) {
  return &description->id;
}
const char* rd_kafka_Uuid_base64str(const rd_kafka_Uuid_t* uuid) { return uuid->base64.c_str(); }

rd_kafka_error_t* rd_kafka_AdminOptions_set_isolation_level(rd_kafka_AdminOptions_t* options,
                                                            rd_kafka_IsolationLevel_t value) {
  options->isolation =
      value == RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED ? "read_committed" : "read_uncommitted";
  return nullptr;
}
rd_kafka_topic_partition_list_t* rd_kafka_topic_partition_list_new(int /*size*/) {
  return &Make<onceload::OwnedPartitions>("partition list")->list;
}
void rd_kafka_topic_partition_list_destroy(rd_kafka_topic_partition_list_t* list) {
  Destroy(onceload::OwnerOf(list), "partition list");
}
rd_kafka_topic_partition_t* rd_kafka_topic_partition_list_add(rd_kafka_topic_partition_list_t* list,
                                                              const char* topic,
                                                              int32_t partition) {
  onceload::OwnedPartitions& owner = *onceload::OwnerOf(list);
  owner.topic = topic;
  owner.elements.emplace_back().partition = partition;
  list->cnt = static_cast<int>(owner.elements.size());
  list->elems = owner.elements.data();
  return &owner.elements.back();
}
void rd_kafka_ListOffsets(rd_kafka_t* /*kafka*/, rd_kafka_topic_partition_list_t* list,
                          const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  const onceload::OwnedPartitions& asked = *onceload::OwnerOf(list);
  const bool first = list->cnt > 0 && asked.elements[0].offset == RD_KAFKA_OFFSET_SPEC_EARLIEST;
  stub.calls.push_back((first ? "first offsets " : "end offsets ") + options->isolation);
  rd_kafka_op_s* const event = onceload::AnswerTo("ListOffsets", queue);
  if (event == nullptr || event->error != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  for (rd_kafka_topic_partition_t partition : asked.elements) {
    const onceload::StubWatermarks& found = stub.watermarks[{asked.topic, partition.partition}];
    partition.err = found.error;
    const bool newest = partition.offset == RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP;
    partition.offset = first ? found.low : found.high;
    event->offsets.push_back({partition});
    if (!newest || stub.newest_times.empty()) continue;
    event->offsets.back().time = stub.newest_times.front();
    stub.newest_times.pop_front();
  }
  for (const auto& info : event->offsets) event->listed_offsets.push_back(&info);
}
const rd_kafka_ListOffsets_result_t* rd_kafka_event_ListOffsets_result(rd_kafka_event_t* event) {
  return event;
}
const rd_kafka_ListOffsetsResultInfo_t** rd_kafka_ListOffsets_result_infos(
    const rd_kafka_ListOffsets_result_t* result, size_t* count) {
  *count = result->listed_offsets.size();
  return const_cast<rd_kafka_event_t*>(result)->listed_offsets.data();
}
const rd_kafka_topic_partition_t* rd_kafka_ListOffsetsResultInfo_topic_partition(
    const rd_kafka_ListOffsetsResultInfo_t* info) {
  return &info->partition;
}
int64_t rd_kafka_ListOffsetsResultInfo_timestamp(const rd_kafka_ListOffsetsResultInfo_t* info) {
  return info->time;
}
#endif

}  // extern "C"
