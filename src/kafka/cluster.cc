#include "onceload/kafka/cluster.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <string_view>
#include <thread>
#include <utility>

#include "kafka/offset_request.h"
#include "kafka/rdkafka_client.h"
#include "kafka/tls_probe.h"
#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/whole_number.h"

namespace onceload {
namespace {

std::int64_t NumberOr(const char* text, std::int64_t otherwise) {
  return text == nullptr ? otherwise : WholeNumber<std::int64_t>(text).value_or(otherwise);
}

bool IsTrue(const char* value) { return value != nullptr && std::string_view(value) == "true"; }

std::size_t AddressesIn(const std::string& bootstrap) {
  return static_cast<std::size_t>(std::count(bootstrap.begin(), bootstrap.end(), ',')) + 1;
}

TopicSpec WithOneLess(TopicSpec spec) {
  --spec.replication_factor;
  spec.min_insync_replicas = std::min(spec.min_insync_replicas, spec.replication_factor);
  return spec;
}

constexpr Duration kProbeWait{1'000};

constexpr Duration kNewsDelay{2'000};  // see Cluster::Describe
constexpr Duration kAskAgain{100};

bool UsesTls(const ClientConfig& config) {
  const auto found = config.properties().find("security.protocol");
  return found != config.properties().end() && found->second.find("ssl") != std::string::npos;
}

// What a load can do without: that it may not be seen, or that the brokers do not offer it or make
// nothing of the request, stops none. An answer that may yet come is waited for.
Outcome UnlessFailed(Outcome outcome) { return outcome.failed() ? Outcome{} : outcome; }

using TakeConfig = std::function<void(std::string_view name, const char* value)>;

void TakeTopicConfig(std::string_view name, const char* value, TopicFacts& facts) {
  if (name == "max.message.bytes") {
    // Of 0 bytes, which Kafka allows, no record is either.
    facts.message_bytes_max = std::max(std::int64_t{1}, NumberOr(value, facts.message_bytes_max));
  } else if (name == "min.insync.replicas") {
    facts.min_insync_replicas = static_cast<std::int32_t>(NumberOr(value, 0));
  } else if (name == "cleanup.policy" && value != nullptr) {
    facts.cleanup_policy = value;
  } else if (name == "unclean.leader.election.enable") {
    facts.unclean_leader_election = IsTrue(value);
  } else if (name == "message.timestamp.type") {
    facts.log_append_time = value != nullptr && std::string_view(value) == "LogAppendTime";
  } else if (name == "message.timestamp.before.max.ms") {
    facts.time_before_max_ms = NumberOr(value, 0);
  } else if (name == "message.timestamp.after.max.ms") {
    facts.time_after_max_ms = NumberOr(value, 0);
  } else if (name == "message.timestamp.difference.max.ms") {  // before 3.6, both
    if (facts.time_before_max_ms == 0) facts.time_before_max_ms = NumberOr(value, 0);
    if (facts.time_after_max_ms == 0) facts.time_after_max_ms = NumberOr(value, 0);
  } else if (name == "retention.ms") {
    facts.retention_ms = NumberOr(value, -1);
  } else if (name == "retention.bytes") {
    facts.retention_bytes = NumberOr(value, -1);
  }
}

void TakeBrokerConfig(std::string_view name, const char* value, BrokerFacts& facts) {
  if (name == "transaction.max.timeout.ms") {
    facts.transaction_timeout_max = Duration{NumberOr(value, 0)};
  } else if (name == "transaction.state.log.replication.factor") {
    facts.transaction_topic_replicas = static_cast<std::int32_t>(NumberOr(value, 0));
  } else if (name == "transaction.state.log.min.isr") {
    facts.transaction_topic_min_isr = static_cast<std::int32_t>(NumberOr(value, 0));
  } else if (name == "unclean.leader.election.enable") {
    facts.transaction_topic_unclean_election = IsTrue(value);
  }
}

}  // namespace

class Cluster::Impl {
 public:
  explicit Impl(const ClientConfig& config)
      : config_(config),
        addresses_(AddressesIn(config.bootstrap())),
        kafka_(MakeReader(config, "read_uncommitted", events_)),
        queue_(rd_kafka_queue_new(kafka_.get())) {}

  rd_kafka_t* kafka() { return kafka_.get(); }

  void Renew() { staleness_.Due(); }
  // Before each question.
  void Refresh() {
    if (!staleness_.IsTime()) return;
    queue_.reset();
    kafka_ = MakeReader(config_, "read_uncommitted", events_);
    queue_.reset(rd_kafka_queue_new(kafka_.get()));
  }

  // Once, if nothing has come from the first address that was given.
  void ProbeTls() {
    if (probed_ || events_.answered() || UsesTls(config_)) return;
    probed_ = true;
    const std::string first = config_.bootstrap().substr(0, config_.bootstrap().find(','));
    const std::size_t scheme = first.find("://");
    const std::string address = scheme == std::string::npos ? first : first.substr(scheme + 3);
    if (SpeaksTls(address, kProbeWait)) events_.NoteTls();
  }

  // Adds why to a call that has not come through, and tells waiting from hopeless.
  Outcome Explain(Outcome outcome) {
    rd_kafka_poll(kafka_.get(), 0);
    if (outcome.verdict == Verdict::kPending) ProbeTls();
    return staleness_.Noted(events_.Explained(std::move(outcome)));
  }

  // Waits for the answer to an admin request just sent to queue(). Null: none came in time, and a
  // late one is dropped with the queue.
  EventPtr Answer(Duration wait) {
    EventPtr event(rd_kafka_queue_poll(queue_.get(), Milliseconds(wait) + 1000));
    if (!event) queue_.reset(rd_kafka_queue_new(kafka_.get()));
    return event;
  }
  rd_kafka_queue_t* queue() { return queue_.get(); }
  void NoteMetadata(const struct rd_kafka_metadata& metadata) {
    NoteAnswer();
    brokers_ = std::max(brokers_, static_cast<std::size_t>(metadata.broker_cnt));
  }
  void NoteAnswer() {
    events_.NoteAnswer();
    static_cast<void>(staleness_.Noted({}));
  }
  std::size_t brokers() const { return std::max(addresses_, brokers_); }

  Outcome Describe(const std::string& topic, Duration wait, std::optional<TopicFacts>& facts);

  AdminOptionsPtr Options(rd_kafka_admin_op_t operation, Duration wait) {
    AdminOptionsPtr options(rd_kafka_AdminOptions_new(kafka_.get(), operation));
    std::array<char, 256> reason{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), Milliseconds(wait), reason.data(),
                                              reason.size());
    return options;
  }

  Outcome Metadata(const std::string& topic, Duration wait, std::optional<TopicFacts>& facts);
  // Calls `take` for each setting; for none without permission to read them (DescribeConfigs).
  // kPending too where the broker asked does not know of the topic yet.
  Outcome ReadConfigs(rd_kafka_ResourceType_t type, const std::string& name, Duration wait,
                      const TakeConfig& take);
  Outcome AnyBroker(Duration wait, std::string& id);
  // None, and kDone, where the broker has none to tell or may not tell it. kPending where only no
  // answer came: a load that begins without an id does not notice a topic that is made again.
  Outcome AddTopicId(Duration wait, TopicFacts& facts);

 private:
  const ClientConfig config_;
  std::size_t addresses_;  // given to begin with
  bool probed_ = false;
  std::size_t brokers_ = 0;  // most of an answer: it leaves out those that are down
  ClientEvents events_;
  Staleness staleness_;
  KafkaPtr kafka_;
  QueuePtr queue_;
};

Outcome Cluster::Impl::Metadata(const std::string& topic, Duration wait,
                                std::optional<TopicFacts>& facts) {
  const TopicPtr handle(rd_kafka_topic_new(kafka(), topic.c_str(), nullptr));
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(kafka(), /*all_topics=*/0, handle.get(), &raw, Milliseconds(wait));
  const MetadataPtr metadata(raw);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Explain(Classify(code, {}));
  NoteMetadata(*metadata);
  if (metadata->topic_cnt != 1) return {Verdict::kPending, "no metadata of topic " + topic};
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return {};
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return Classify(found.err, "topic " + topic + ": " + rd_kafka_err2str(found.err),
                    {"Describe on Topic " + topic});
  }
  facts.emplace();
  facts->name = topic;
  facts->partitions = found.partition_cnt;
  if (found.partition_cnt > 0) facts->replication_factor = found.partitions[0].replica_cnt;
  return {};
}

Outcome Cluster::Impl::Describe(const std::string& topic, Duration wait,
                                std::optional<TopicFacts>& facts) {
  facts.reset();
  Outcome outcome = Metadata(topic, wait, facts);
  if (!outcome.done() || !facts) return outcome;
  outcome = ReadConfigs(RD_KAFKA_RESOURCE_TOPIC, topic, wait,
                        [&](std::string_view name, const char* value) {
                          facts->settings_seen = true;
                          TakeTopicConfig(name, value, *facts);
                        });
  if (outcome.done()) outcome = AddTopicId(wait, *facts);
  if (!outcome.done()) facts.reset();
  return outcome;
}

Outcome Cluster::Impl::AnyBroker(Duration wait, std::string& id) {
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(kafka(), /*all_topics=*/0, nullptr, &raw, Milliseconds(wait));
  const MetadataPtr metadata(raw);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Explain(Classify(code, {}));
  NoteMetadata(*metadata);
  if (metadata->broker_cnt == 0) return {Verdict::kPending, "no broker has answered"};
  id = std::to_string(metadata->brokers[0].id);
  return {};
}

Outcome Cluster::Impl::ReadConfigs(rd_kafka_ResourceType_t type, const std::string& name,
                                   Duration wait, const TakeConfig& take) {
  const ConfigResourcePtr resource(rd_kafka_ConfigResource_new(type, name.c_str()));
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  const AdminOptionsPtr options = Options(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, wait);
  rd_kafka_DescribeConfigs(kafka(), resources, 1, options.get(), queue());
  const EventPtr event = Answer(wait);
  if (!event) return Explain({Verdict::kPending, "no answer to DescribeConfigs"});
  Outcome outcome =
      Classify(rd_kafka_event_error(event.get()),
               "DescribeConfigs of " + name + ": " + rd_kafka_event_error_string(event.get()));
  if (!outcome.done()) return Explain(UnlessFailed(std::move(outcome)));
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** described = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return {};
  const rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(described[0]);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return UnlessFailed(Classify(code, "settings of " + name + ": " + rd_kafka_err2str(code)));
  }
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(described[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    take(rd_kafka_ConfigEntry_name(entries[i]), rd_kafka_ConfigEntry_value(entries[i]));
  }
  return {};
}

Outcome Cluster::Impl::AddTopicId(Duration wait, TopicFacts& facts) {
#if RD_KAFKA_VERSION >= 0x020300ff  // DescribeTopics came with 2.3.0
  const char* names[] = {facts.name.c_str()};
  rd_kafka_TopicCollection_t* topics = rd_kafka_TopicCollection_of_topic_names(names, 1);
  const AdminOptionsPtr options = Options(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, wait);
  rd_kafka_DescribeTopics(kafka(), topics, options.get(), queue());
  rd_kafka_TopicCollection_destroy(topics);
  const EventPtr event = Answer(wait);
  if (!event) return Explain({Verdict::kPending, "no answer to DescribeTopics"});
  Outcome outcome = UnlessFailed(Classify(
      rd_kafka_event_error(event.get()),
      "DescribeTopics of " + facts.name + ": " + rd_kafka_event_error_string(event.get())));
  if (!outcome.done()) return Explain(std::move(outcome));
  std::size_t count = 0;
  const rd_kafka_TopicDescription_t** described = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(event.get()), &count);
  if (count != 1) return {};
  if (const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(described[0])) {
    return UnlessFailed(Classify(rd_kafka_error_code(error), "topic id of " + facts.name + ": " +
                                                                 rd_kafka_error_string(error)));
  }
  const rd_kafka_Uuid_t* id = rd_kafka_TopicDescription_topic_id(described[0]);
  const char* text = id == nullptr ? nullptr : rd_kafka_Uuid_base64str(id);
  if (text != nullptr && IsTopicId(text)) facts.id = text;
#else
  static_cast<void>(wait);
  static_cast<void>(facts);
#endif
  return {};
}

Cluster::Cluster(const ClientConfig& config) : impl_(std::make_unique<Impl>(config)) {}
Cluster::~Cluster() = default;

std::size_t Cluster::brokers() const { return impl_->brokers(); }

Outcome Cluster::Id(Duration wait, std::string& id) {
  impl_->Refresh();
  char* raw = rd_kafka_clusterid(impl_->kafka(), Milliseconds(wait));
  if (raw == nullptr) {
    // Some services have none, and then librdkafka has none as soon as their metadata are there.
    std::string broker;
    Outcome outcome = impl_->AnyBroker(wait, broker);
    if (!outcome.done()) return outcome;
    raw = rd_kafka_clusterid(impl_->kafka(), 0);
  }
  impl_->NoteAnswer();
  id.clear();
  if (raw == nullptr) return {};
  id = raw;
  rd_kafka_mem_free(impl_->kafka(), raw);
  return {};
}

Outcome Cluster::Describe(const std::string& topic, Duration wait, std::optional<TopicFacts>& facts,
                          Missing missing) {
  const auto until =
      std::chrono::steady_clock::now() + (missing == Missing::kLater ? kNewsDelay : Duration{0});
  for (;;) {
    impl_->Refresh();
    Outcome outcome = impl_->Describe(topic, wait, facts);
    if (!outcome.done() || facts || std::chrono::steady_clock::now() >= until) return outcome;
    std::this_thread::sleep_for(kAskAgain);
  }
}

Outcome Cluster::DescribeBrokers(Duration wait, std::optional<BrokerFacts>& facts) {
  facts.reset();
  std::string broker;
  Outcome outcome = impl_->AnyBroker(wait, broker);
  if (!outcome.done()) return outcome;
  return impl_->ReadConfigs(RD_KAFKA_RESOURCE_BROKER, broker, wait,
                            [&](std::string_view name, const char* value) {
                              if (!facts) facts.emplace();
                              TakeBrokerConfig(name, value, *facts);
                            });
}

Outcome Cluster::Create(const TopicSpec& spec, Duration wait, Making making) {
  impl_->Refresh();
  std::array<char, 512> reason{};
  const NewTopicPtr topic(rd_kafka_NewTopic_new(
      spec.name.c_str(), spec.partitions, spec.replication_factor, reason.data(), reason.size()));
  if (!topic) return {Verdict::kDenied, reason.data()};
  if (spec.min_insync_replicas > 0 && !spec.config.contains("min.insync.replicas")) {
    rd_kafka_NewTopic_set_config(topic.get(), "min.insync.replicas",
                                 std::to_string(spec.min_insync_replicas).c_str());
  }
  if (spec.compacted) rd_kafka_NewTopic_set_config(topic.get(), "cleanup.policy", "compact");
  for (const auto& [name, value] : spec.config) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  const AdminOptionsPtr options = impl_->Options(RD_KAFKA_ADMIN_OP_CREATETOPICS, wait);
  rd_kafka_AdminOptions_set_operation_timeout(options.get(), Milliseconds(wait), reason.data(),
                                              reason.size());
  if (making == Making::kTry) {
    rd_kafka_AdminOptions_set_validate_only(options.get(), 1, reason.data(), reason.size());
  }
  rd_kafka_CreateTopics(impl_->kafka(), topics, 1, options.get(), impl_->queue());
  const EventPtr event = impl_->Answer(wait);
  if (!event) return impl_->Explain({Verdict::kPending, "no answer to CreateTopics"});
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return impl_->Explain(
        Classify(rd_kafka_event_error(event.get()), rd_kafka_event_error_string(event.get())));
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  if (count != 1) return {Verdict::kPending, "no answer to CreateTopics"};
  const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
  if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return {};
  if (code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR && spec.fewer_if_need_be &&
      spec.replication_factor > 1) {
    return Create(WithOneLess(spec), wait, making);
  }
  const char* text = rd_kafka_topic_result_error_string(results[0]);
  return Classify(code, text == nullptr ? "" : text,
                  {"Create on Topic " + spec.name, {}, Asked::kTopicToBeMade});
}

void Cluster::Renew() { impl_->Renew(); }

Outcome Cluster::EndOffsets(const std::string& topic, std::int32_t partitions, Duration wait,
                            std::vector<KafkaOffset>& ends) {
  impl_->Refresh();
  return impl_->Explain(
      AskOffsets(impl_->kafka(), topic, partitions, OffsetKind::kEnd, wait, ends));
}

}  // namespace onceload
