#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <gtest/gtest.h>

#include "fakes/rdkafka_stub_handles.h"

using onceload::RdkafkaStub;
using onceload::StubAnswer;
using onceload::StubError;
using onceload::StubEvent;
using onceload::StubMessage;

namespace onceload {
namespace {

// Link-level functions have no object: the test's stub is where they look.
RdkafkaStub* current = nullptr;

rd_kafka_error_t* ErrorOf(const StubError& answer) {
  if (answer.code == RD_KAFKA_RESP_ERR_NO_ERROR) return nullptr;
  auto* const error = Make<rd_kafka_error_s>("error");
  static_cast<StubError&>(*error) = answer;
  return error;
}

rd_kafka_message_t* MessageOf(const StubEvent& event, rd_kafka_topic_t* topic) {
  auto* const owned = Make<OwnedMessage>("message");
  rd_kafka_message_t& message = owned->message;
  message.err = event.error;
  message.rkt = topic;
  message.partition = event.partition;
  message.offset = event.offset;
  owned->event = event;
  owned->headers.of = &owned->event.headers;
  if (event.key) {
    message.key = owned->event.key->data();
    message.key_len = owned->event.key->size();
  }
  if (event.value) {
    message.payload = owned->event.value->data();
    message.len = owned->event.value->size();
  }
  return &message;
}

std::string Place(const std::string& topic, std::int32_t partition) {
  return topic + "/" + std::to_string(partition);
}

void DescribeTopic(const std::string& name, OwnedMetadata& owned) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  owned.metadata.topic_cnt = 1;
  owned.metadata.topics = &owned.topic;
  const auto found = stub.topics.find(name);
  const bool early = stub.topics_told_after > 0 && stub.topics_told_after-- > 0;
  if (early || found == stub.topics.end()) {
    owned.topic.err = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    return;
  }
  owned.topic.err = stub.topic_error;
  owned.partitions.resize(static_cast<std::size_t>(found->second));
  for (rd_kafka_metadata_partition_t& partition : owned.partitions) partition.replica_cnt = 3;
  owned.topic.partition_cnt = found->second;
  owned.topic.partitions = owned.partitions.data();
}

constexpr std::int16_t kApiEndTxn = 26;

void ShowCommit(rd_kafka_t* kafka) {
  const RdkafkaStub& stub = RdkafkaStub::Current();
  if (kafka->on_request == nullptr) return;
  for (int i = 0; i < stub.end_txn_requests; ++i) {
    kafka->on_request(kafka, 0, "broker", 1, kApiEndTxn, 1, i, 100, kafka->request_opaque);
  }
  for (const rd_kafka_resp_err_t error : stub.end_txn_answers) {
    kafka->on_response(kafka, 0, "broker", 1, kApiEndTxn, 1, 0, 10, 1000, error,
                       kafka->response_opaque);
  }
}

}  // namespace

RdkafkaStub::RdkafkaStub() {
  if (current != nullptr) ADD_FAILURE() << "two stubs at a time";
  current = this;
}

RdkafkaStub::~RdkafkaStub() {
  for (const auto& [handle, kind] : live_) ADD_FAILURE() << "a " << kind << " is left";
  current = nullptr;
}

RdkafkaStub& RdkafkaStub::Current() {
  if (current == nullptr) std::abort();  // librdkafka is called without a test
  return *current;
}

void RdkafkaStub::Made(const void* handle, const char* kind) {
  live_[handle] = kind;
  if (made) made(kind);
}

void RdkafkaStub::Destroyed(const void* handle, const char* kind) {
  const auto found = live_.find(handle);
  if (found == live_.end()) {
    ADD_FAILURE() << "a " << kind << " is destroyed twice";
    return;
  }
  EXPECT_EQ(found->second, kind) << "destroyed by another's function";
  live_.erase(found);
}

std::vector<std::string> RdkafkaStub::ValuesTo(const std::string& topic,
                                               std::int32_t partition) const {
  std::vector<std::string> values;
  for (const StubMessage& message : sent) {
    if (message.topic == topic && message.partition == partition) values.push_back(message.value);
  }
  return values;
}

std::size_t RdkafkaStub::CountOf(std::string_view call) const {
  return static_cast<std::size_t>(std::count(calls.begin(), calls.end(), call));
}

StubError RdkafkaStub::Answer(const std::string& call) {
  calls.push_back(call);
  auto& scripted = answers[call];
  if (scripted.empty()) return {};
  StubError answer = scripted.front();
  scripted.pop_front();
  return answer;
}

rd_kafka_resp_err_t RdkafkaStub::Take(rd_kafka_t* kafka, rd_kafka_topic_t* topic,
                                      StubMessage message, void* opaque) {
  if (undelivered_.size() >= room) return RD_KAFKA_RESP_ERR__QUEUE_FULL;
  if (refuse) {
    const rd_kafka_resp_err_t error = refuse(message);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  }
  undelivered_.push_back(
      {kafka, topic, message.partition, opaque, message.at, message.value.size(), std::nullopt});
  sent.push_back(std::move(message));
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

void RdkafkaStub::Deliver(std::size_t count, rd_kafka_resp_err_t error) {
  for (Undelivered& message : undelivered_) {
    if (count == 0) return;
    if (message.report) continue;
    message.report = error;
    --count;
  }
}

void RdkafkaStub::Poll(rd_kafka_t* kafka) {
  for (const StubError& event : std::exchange(events, {})) {
    kafka->conf->on_error(kafka, event.code, event.text.c_str(), kafka->conf->opaque);
  }
  for (const StubLog& log : std::exchange(logs, {})) {
    kafka->conf->on_log(kafka, log.level, log.facility.c_str(), log.text.c_str());
  }
  for (const int milliseconds : std::exchange(throttles, {})) {
    kafka->conf->on_throttle(kafka, "broker", 1, milliseconds, kafka->conf->opaque);
  }
  for (const rd_kafka_resp_err_t error : std::exchange(report_errors, {})) Deliver(1, error);
  if (acknowledges) Deliver();
  std::deque<Undelivered> due;
  std::deque<Undelivered> rest;
  for (const Undelivered& message : undelivered_) {
    (message.kafka == kafka && message.report ? due : rest).push_back(message);
  }
  undelivered_ = std::move(rest);
  for (const Undelivered& message : due) {
    rd_kafka_message_t report{};
    report.err = *message.report;
    report.rkt = message.topic;
    report.partition = message.partition;
    report._private = message.opaque;
    report.payload = const_cast<void*>(message.at);
    report.len = message.size;
    report.offset = -1001;
    if (report.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      report.offset =
          message.topic == nullptr ? 0 : ends_[{message.topic->name, message.partition}]++;
    }
    kafka->conf->on_delivery(kafka, &report, kafka->conf->opaque);
  }
}

void RdkafkaStub::Forget(rd_kafka_t* kafka) {
  std::erase_if(undelivered_, [&](const Undelivered& m) { return m.kafka == kafka; });
}

}  // namespace onceload

using onceload::Destroy;
using onceload::Make;

extern "C" {

// --- errors

const char* rd_kafka_err2str(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      return "Success";
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return "Broker: Message size too large";
    default:
      return "an error";
  }
}
rd_kafka_resp_err_t rd_kafka_error_code(const rd_kafka_error_t* error) { return error->code; }
const char* rd_kafka_error_string(const rd_kafka_error_t* error) { return error->text.c_str(); }
int rd_kafka_error_is_fatal(const rd_kafka_error_t* error) { return error->fatal ? 1 : 0; }
int rd_kafka_error_is_retriable(const rd_kafka_error_t* error) { return error->retriable ? 1 : 0; }
int rd_kafka_error_txn_requires_abort(const rd_kafka_error_t* error) {
  return error->requires_abort ? 1 : 0;
}
void rd_kafka_error_destroy(rd_kafka_error_t* error) { Destroy(error, "error"); }
rd_kafka_resp_err_t rd_kafka_fatal_error(rd_kafka_t* /*kafka*/, char* text, size_t size) {
  const StubError& fatal = RdkafkaStub::Current().fatal;
  std::strncpy(text, fatal.text.c_str(), size - 1);
  return fatal.code;
}
rd_kafka_resp_err_t rd_kafka_last_error(void) {
  auto& errors = RdkafkaStub::Current().start_errors;
  const rd_kafka_resp_err_t error = errors.front();
  errors.pop_front();
  return error;
}

// --- configuration and clients

rd_kafka_conf_t* rd_kafka_conf_new(void) {
  auto* const conf = Make<rd_kafka_conf_s>("conf");
  conf->values = {
      {"batch.size", "1000000"}, {"message.max.bytes", "1000000"}, {"batch.num.messages", "10000"}};
  return conf;
}
void rd_kafka_conf_destroy(rd_kafka_conf_t* conf) { Destroy(conf, "conf"); }
rd_kafka_conf_res_t rd_kafka_conf_set(rd_kafka_conf_t* conf, const char* name, const char* value,
                                      char* /*reason*/, size_t /*size*/) {
  conf->values[name] = value;
  return RD_KAFKA_CONF_OK;
}
rd_kafka_conf_res_t rd_kafka_conf_get(const rd_kafka_conf_t* conf, const char* name, char* value,
                                      size_t* size) {
  const auto found = conf->values.find(name);
  if (found == conf->values.end()) return RD_KAFKA_CONF_UNKNOWN;
  std::strncpy(value, found->second.c_str(), *size - 1);
  return RD_KAFKA_CONF_OK;
}
// Names of properties are asked for only to suggest one.
const char** rd_kafka_conf_dump(rd_kafka_conf_t* /*conf*/, size_t* count) {
  *count = 0;
  return nullptr;
}
void rd_kafka_conf_dump_free(const char** /*dump*/, size_t /*count*/) {}
rd_kafka_topic_conf_t* rd_kafka_topic_conf_new(void) {
  return Make<rd_kafka_topic_conf_s>("topic conf");
}
const char** rd_kafka_topic_conf_dump(rd_kafka_topic_conf_t* /*conf*/, size_t* count) {
  *count = 0;
  return nullptr;
}
void rd_kafka_topic_conf_destroy(rd_kafka_topic_conf_t* conf) { Destroy(conf, "topic conf"); }
void rd_kafka_conf_set_opaque(rd_kafka_conf_t* conf, void* opaque) { conf->opaque = opaque; }
void rd_kafka_conf_set_error_cb(rd_kafka_conf_t* conf,
                                void (*callback)(rd_kafka_t*, int, const char*, void*)) {
  conf->on_error = callback;
}
void rd_kafka_conf_set_log_cb(rd_kafka_conf_t* conf,
                              void (*callback)(const rd_kafka_t*, int, const char*, const char*)) {
  conf->on_log = callback;
}
void rd_kafka_conf_set_throttle_cb(rd_kafka_conf_t* conf, void (*callback)(rd_kafka_t*, const char*,
                                                                           int32_t, int, void*)) {
  conf->on_throttle = callback;
}
void rd_kafka_conf_set_dr_msg_cb(rd_kafka_conf_t* conf,
                                 void (*callback)(rd_kafka_t*, const rd_kafka_message_t*, void*)) {
  conf->on_delivery = callback;
}
rd_kafka_resp_err_t rd_kafka_conf_interceptor_add_on_new(rd_kafka_conf_t* conf,
                                                         const char* /*name*/,
                                                         rd_kafka_interceptor_f_on_new_t* on_new,
                                                         void* opaque) {
  conf->on_new = on_new;
  conf->on_new_opaque = opaque;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_request_sent(
    rd_kafka_t* kafka, const char* /*name*/, rd_kafka_interceptor_f_on_request_sent_t* callback,
    void* opaque) {
  kafka->on_request = callback;
  kafka->request_opaque = opaque;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
rd_kafka_resp_err_t rd_kafka_interceptor_add_on_response_received(
    rd_kafka_t* kafka, const char* /*name*/,
    rd_kafka_interceptor_f_on_response_received_t* callback, void* opaque) {
  kafka->on_response = callback;
  kafka->response_opaque = opaque;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_t* rd_kafka_new(rd_kafka_type_t /*type*/, rd_kafka_conf_t* conf, char* /*reason*/,
                         size_t /*size*/) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  auto* const kafka = Make<rd_kafka_s>("client");
  stub.Destroyed(conf, "conf");  // the client owns it now
  kafka->conf.reset(conf);
  stub.conf = conf->values;
  if (conf->on_new != nullptr) conf->on_new(kafka, conf, conf->on_new_opaque, nullptr, 0);
  return kafka;
}
void rd_kafka_destroy(rd_kafka_t* kafka) {
  if (kafka == nullptr) return;
  EXPECT_EQ(kafka->handles, 0) << "a client is destroyed before its topics and queues";
  RdkafkaStub::Current().Forget(kafka);
  Destroy(kafka, "client");
}
const rd_kafka_conf_t* rd_kafka_conf(rd_kafka_t* kafka) { return kafka->conf.get(); }
void* rd_kafka_opaque(const rd_kafka_t* kafka) { return kafka->conf->opaque; }
int rd_kafka_poll(rd_kafka_t* kafka, int /*milliseconds*/) {
  RdkafkaStub::Current().Poll(kafka);
  return 0;
}
char* rd_kafka_clusterid(rd_kafka_t* /*kafka*/, int milliseconds) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  stub.calls.push_back("cluster id within " + std::to_string(milliseconds));
  std::optional<std::string> id = "cluster";
  if (!stub.cluster_ids.empty()) {
    id = stub.cluster_ids.front();
    stub.cluster_ids.pop_front();
  }
  if (!id) return nullptr;
  char* const text = strdup(id->c_str());
  stub.Made(text, "text");
  return text;
}
void rd_kafka_mem_free(rd_kafka_t* /*kafka*/, void* memory) {
  RdkafkaStub::Current().Destroyed(memory, "text");
  std::free(memory);
}

rd_kafka_topic_t* rd_kafka_topic_new(rd_kafka_t* kafka, const char* name,
                                     rd_kafka_topic_conf_t* /*conf*/) {
  auto* const topic = Make<rd_kafka_topic_s>("topic");
  topic->kafka = kafka;
  topic->name = name;
  ++kafka->handles;
  return topic;
}
void rd_kafka_topic_destroy(rd_kafka_topic_t* topic) {
  if (topic == nullptr) return;
  EXPECT_TRUE(topic->reading.empty()) << "a topic is destroyed that is still read";
  --topic->kafka->handles;
  Destroy(topic, "topic");
}
const char* rd_kafka_topic_name(const rd_kafka_topic_t* topic) { return topic->name.c_str(); }

rd_kafka_queue_t* rd_kafka_queue_new(rd_kafka_t* kafka) {
  auto* const queue = Make<rd_kafka_queue_s>("queue");
  queue->kafka = kafka;
  ++kafka->handles;
  return queue;
}
void rd_kafka_queue_destroy(rd_kafka_queue_t* queue) {
  if (queue == nullptr) return;
  --queue->kafka->handles;
  for (rd_kafka_event_t* event : queue->events) Destroy(event, "event");
  Destroy(queue, "queue");
}

rd_kafka_resp_err_t rd_kafka_metadata(rd_kafka_t* /*kafka*/, int /*all*/, rd_kafka_topic_t* topic,
                                      const struct rd_kafka_metadata** out, int /*milliseconds*/) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  stub.calls.push_back("metadata " + (topic == nullptr ? std::string("of all") : topic->name));
  if (!stub.metadata_errors.empty()) {
    const rd_kafka_resp_err_t error = stub.metadata_errors.front();
    stub.metadata_errors.pop_front();
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
  }
  auto* const owned = Make<onceload::OwnedMetadata>("metadata");
  for (std::size_t i = 0; i < stub.brokers; ++i) {
    const auto id = static_cast<std::int32_t>(i) + 1;
    owned->hosts.push_back("kafka-" + std::to_string(id));
    owned->brokers.push_back({id, owned->hosts.back().data(), 9090 + id});
  }
  owned->metadata.broker_cnt = static_cast<int>(stub.brokers);
  owned->metadata.brokers = owned->brokers.data();
  if (topic != nullptr) onceload::DescribeTopic(topic->name, *owned);
  *out = &owned->metadata;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
void rd_kafka_metadata_destroy(const struct rd_kafka_metadata* metadata) {
  Destroy(
      reinterpret_cast<onceload::OwnedMetadata*>(const_cast<struct rd_kafka_metadata*>(metadata)),
      "metadata");
}

// --- producers

int rd_kafka_produce_batch(rd_kafka_topic_t* topic, int32_t partition, int /*flags*/,
                           rd_kafka_message_t* messages, int count) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  stub.calls.push_back("batch " + onceload::Place(topic->name, partition) + " x" +
                       std::to_string(count));
  int taken = 0;
  bool full = false;
  for (int i = 0; i < count; ++i) {
    rd_kafka_message_t& in = messages[i];
    StubMessage message;
    message.topic = topic->name;
    message.partition = partition;
    if (in.key != nullptr) message.key.emplace(static_cast<const char*>(in.key), in.key_len);
    message.value.assign(static_cast<const char*>(in.payload), in.len);
    message.at = in.payload;
    message.call = stub.calls.size();
    in.err = full ? RD_KAFKA_RESP_ERR__QUEUE_FULL
                  : stub.Take(topic->kafka, topic, std::move(message), in._private);
    full = in.err == RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (in.err == RD_KAFKA_RESP_ERR_NO_ERROR) ++taken;
  }
  return taken;
}

rd_kafka_error_t* rd_kafka_produceva(rd_kafka_t* kafka, const rd_kafka_vu_t* arguments,
                                     size_t count) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  StubMessage message;
  message.single = true;
  rd_kafka_topic_t* topic = nullptr;
  void* opaque = nullptr;
  for (size_t i = 0; i < count; ++i) {
    const auto& u = arguments[i].u;
    const auto bytes = [&u] { return std::string(static_cast<char*>(u.mem.ptr), u.mem.size); };
    switch (arguments[i].vtype) {
      case RD_KAFKA_VTYPE_RKT:
        topic = u.rkt;
        break;
      case RD_KAFKA_VTYPE_PARTITION:
        message.partition = u.i32;
        break;
      case RD_KAFKA_VTYPE_VALUE:
        message.value = bytes();
        message.at = u.mem.ptr;
        break;
      case RD_KAFKA_VTYPE_KEY:
        message.key = bytes();
        break;
      case RD_KAFKA_VTYPE_TIMESTAMP:
        message.timestamp = u.i64;
        break;
      case RD_KAFKA_VTYPE_OPAQUE:
        opaque = u.ptr;
        break;
      case RD_KAFKA_VTYPE_HEADER:
        message.headers.emplace_back(u.header.name,
                                     std::string(static_cast<const char*>(u.header.val),
                                                 static_cast<std::size_t>(u.header.size)));
        break;
      case RD_KAFKA_VTYPE_MSGFLAGS:
        EXPECT_EQ(u.i, 0) << "copied, or freed by librdkafka";
        break;
      default:
        ADD_FAILURE() << "unknown argument " << arguments[i].vtype;
    }
  }
  message.topic = topic->name;
  stub.calls.push_back("single " + onceload::Place(topic->name, message.partition));
  message.call = stub.calls.size();
  return onceload::ErrorOf({.code = stub.Take(kafka, topic, std::move(message), opaque)});
}

rd_kafka_error_t* rd_kafka_init_transactions(rd_kafka_t* /*kafka*/, int /*milliseconds*/) {
  return onceload::ErrorOf(RdkafkaStub::Current().Answer("init"));
}
rd_kafka_error_t* rd_kafka_sasl_set_credentials(rd_kafka_t* /*kafka*/, const char* user,
                                                const char* password) {
  RdkafkaStub::Current().calls.push_back("log in " + std::string(user) + " " + password);
  return nullptr;
}

rd_kafka_error_t* rd_kafka_begin_transaction(rd_kafka_t* /*kafka*/) {
  return onceload::ErrorOf(RdkafkaStub::Current().Answer("begin"));
}
rd_kafka_error_t* rd_kafka_commit_transaction(rd_kafka_t* kafka, int /*milliseconds*/) {
  RdkafkaStub::Current().Poll(kafka);  // it flushes first
  onceload::ShowCommit(kafka);
  return onceload::ErrorOf(RdkafkaStub::Current().Answer("commit"));
}
rd_kafka_error_t* rd_kafka_abort_transaction(rd_kafka_t* kafka, int /*milliseconds*/) {
  RdkafkaStub::Current().Deliver(RdkafkaStub::kNoLimit, RD_KAFKA_RESP_ERR__PURGE_QUEUE);
  RdkafkaStub::Current().Poll(kafka);
  return onceload::ErrorOf(RdkafkaStub::Current().Answer("abort"));
}

// --- consumers

static int Start(rd_kafka_topic_t* topic, int32_t partition, int64_t offset) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  stub.calls.push_back("start " + onceload::Place(topic->name, partition) + "@" +
                       std::to_string(offset));
  EXPECT_FALSE(topic->reading.contains(partition)) << "started twice: " << partition;
  if (!stub.start_errors.empty()) {
    if (stub.start_errors.front() != RD_KAFKA_RESP_ERR_NO_ERROR) return -1;
    stub.start_errors.pop_front();
  }
  const auto& events = stub.partitions[{topic->name, partition}];
  const auto first = std::find_if(events.begin(), events.end(),
                                  [&](const StubEvent& event) { return event.offset >= offset; });
  topic->reading[partition] = static_cast<std::size_t>(first - events.begin());
  return 0;
}

int rd_kafka_consume_start(rd_kafka_topic_t* topic, int32_t partition, int64_t offset) {
  return Start(topic, partition, offset);
}
int rd_kafka_consume_start_queue(rd_kafka_topic_t* topic, int32_t partition, int64_t offset,
                                 rd_kafka_queue_t* queue) {
  queue->begun.emplace(topic, partition);
  return Start(topic, partition, offset);
}
int rd_kafka_consume_stop(rd_kafka_topic_t* topic, int32_t partition) {
  RdkafkaStub::Current().calls.push_back("stop " + onceload::Place(topic->name, partition));
  EXPECT_EQ(topic->reading.erase(partition), 1U) << "stopped, but not read: " << partition;
  return 0;
}
// Of the partitions that are read into the queue, one after the other.
static std::vector<StubEvent> TakeWhatIsThere(rd_kafka_queue_t& queue, std::size_t most) {
  std::vector<StubEvent> taken;
  for (const auto& [topic, partition] : queue.begun) {
    const auto next = topic->reading.find(partition);
    if (next == topic->reading.end()) continue;  // stopped
    const auto& events = RdkafkaStub::Current().partitions[{topic->name, partition}];
    while (taken.size() < most && next->second < events.size()) {
      taken.push_back(events[next->second++]);
    }
  }
  return taken;
}

rd_kafka_message_t* rd_kafka_consume(rd_kafka_topic_t* topic, int32_t partition,
                                     int /*milliseconds*/) {
  const auto& events = RdkafkaStub::Current().partitions[{topic->name, partition}];
  std::size_t& next = topic->reading.at(partition);
  if (next >= events.size()) return nullptr;
  return onceload::MessageOf(events[next++], topic);
}
ssize_t rd_kafka_consume_batch_queue(rd_kafka_queue_t* queue, int /*milliseconds*/,
                                     rd_kafka_message_t** messages, size_t size) {
  auto& batches = RdkafkaStub::Current().batches;
  if (batches.empty()) batches.push_back(TakeWhatIsThere(*queue, size));
  const std::vector<StubEvent> batch = std::move(batches.front());
  batches.pop_front();
  EXPECT_LE(batch.size(), size);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    messages[i] = onceload::MessageOf(batch[i], nullptr);
  }
  return static_cast<ssize_t>(batch.size());
}
void rd_kafka_message_destroy(rd_kafka_message_t* message) {
  if (message == nullptr) return;
  Destroy(reinterpret_cast<onceload::OwnedMessage*>(message), "message");
}
int64_t rd_kafka_message_timestamp(const rd_kafka_message_t* message,
                                   rd_kafka_timestamp_type_t* type) {
  const StubEvent& event = reinterpret_cast<const onceload::OwnedMessage*>(message)->event;
  *type = event.timestamp ? RD_KAFKA_TIMESTAMP_CREATE_TIME : RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME;
  return event.timestamp.value_or(-1);
}
rd_kafka_resp_err_t rd_kafka_message_headers(const rd_kafka_message_t* message,
                                             rd_kafka_headers_t** headers) {
  auto* const owned =
      reinterpret_cast<onceload::OwnedMessage*>(const_cast<rd_kafka_message_t*>(message));
  if (owned->event.headers.empty()) return RD_KAFKA_RESP_ERR__NOENT;
  *headers = &owned->headers;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
rd_kafka_resp_err_t rd_kafka_header_get_all(const rd_kafka_headers_t* headers, size_t index,
                                            const char** name, const void** value, size_t* size) {
  if (index >= headers->of->size()) return RD_KAFKA_RESP_ERR__NOENT;
  const auto& [found_name, found_value] = (*headers->of)[index];
  *name = found_name.c_str();
  *value = found_value.data();
  *size = found_value.size();
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}
const char* rd_kafka_message_produce_errstr(const rd_kafka_message_t* /*message*/) {
  return nullptr;
}
const char* rd_kafka_message_errstr(const rd_kafka_message_t* message) {
  return rd_kafka_err2str(message->err);
}
rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(rd_kafka_t* kafka, const char* topic,
                                                     int32_t partition, int64_t* low, int64_t* high,
                                                     int /*milliseconds*/) {
  RdkafkaStub& stub = RdkafkaStub::Current();
  stub.calls.push_back("watermarks " + kafka->conf->values["isolation.level"]);
  const onceload::StubWatermarks& found = stub.watermarks[{topic, partition}];
  *low = found.low;
  *high = found.high;
  return found.error;
}

}  // extern "C"
