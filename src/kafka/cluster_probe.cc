#include "onceload/kafka/cluster_probe.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <mutex>
#include <thread>

#include "kafka/offset_request.h"
#include "kafka/rdkafka_client.h"

namespace onceload {
namespace {

// So old that the marker of the transaction, which has the brokers' time, is the newest there.
constexpr std::int64_t kRecordAgeMs = std::int64_t{7} * 24 * 3'600'000;

// How long a marker may take: half a second on a busy cluster.
constexpr int kMarkerLooks = 15;
constexpr Duration kMarkerPause{100};

// A key, for compacted topics take no message without; of none that a load has.
constexpr std::string_view kKey("\0onceload doctor", 16);

std::int64_t WallMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// What librdkafka tells of brokers while it connects: "  ApiKey Produce (0) Versions 0..11" and
// "  Broker #0/3: kafka-1:9092 NodeId 1". It has no call for the first, and none for the second as
// long as it cannot connect to one of them.
class RequestLog final : public ClientEvents {
 public:
  void Take(std::string_view text) {
    TakeBroker(text);
    constexpr std::string_view kMark = "ApiKey ";
    constexpr std::string_view kVersions = "Versions ";
    const std::size_t mark = text.find(kMark);
    const std::size_t versions = text.find(kVersions);
    if (mark == std::string_view::npos || versions == std::string_view::npos) return;
    const std::string_view name = text.substr(mark + kMark.size());
    const std::string_view newest = text.substr(text.find("..", versions) + 2);
    int number = 0;
    std::from_chars(newest.data(), newest.data() + newest.size(), number);
    const std::lock_guard lock(mutex_);
    requests_[std::string(name.substr(0, name.find(' ')))] = number;
  }
  std::vector<BrokerAddress> brokers() const {
    const std::lock_guard lock(mutex_);
    return brokers_;
  }
  std::map<std::string, int> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void TakeBroker(std::string_view text) {
    constexpr std::string_view kMark = "Broker #";
    constexpr std::string_view kNode = " NodeId ";
    const std::size_t mark = text.find(kMark);
    const std::size_t node = text.find(kNode);
    if (mark == std::string_view::npos || node == std::string_view::npos) return;
    const std::size_t begin = text.find(": ", mark);
    if (begin == std::string_view::npos || begin + 2 > node) return;
    const std::string_view address = text.substr(begin + 2, node - begin - 2);
    const std::size_t colon = address.rfind(':');
    if (colon == std::string_view::npos) return;
    BrokerAddress broker;
    broker.host = address.substr(0, colon);
    std::from_chars(address.data() + colon + 1, address.data() + address.size(), broker.port);
    const std::string_view id = text.substr(node + kNode.size());
    std::from_chars(id.data(), id.data() + id.size(), broker.id);
    const std::lock_guard lock(mutex_);
    const bool known = std::any_of(brokers_.begin(), brokers_.end(),
                                   [&](const BrokerAddress& b) { return b.id == broker.id; });
    if (!known) brokers_.push_back(std::move(broker));
  }

  mutable std::mutex mutex_;
  std::map<std::string, int> requests_;
  std::vector<BrokerAddress> brokers_;
};

void OnProbeLog(const rd_kafka_t* kafka, int level, const char* facility, const char* text) {
  auto* log = static_cast<RequestLog*>(static_cast<ClientEvents*>(rd_kafka_opaque(kafka)));
  log->Take(text);
  log->NoteLog(level, facility, text);
}

// The events of a producer, with what its brokers answer.
class ProbeProducer final : public ClientEvents {
 public:
  explicit ProbeProducer(const ClientConfig& config, const std::string& transactional_id);

  rd_kafka_t* get() { return kafka_.get(); }
  Outcome Init(Duration wait);
  WriteTried Write(const std::string& topic, std::size_t bytes, std::size_t message_bytes,
                   Duration wait);

 private:
  static void OnDelivery(rd_kafka_t* kafka, const rd_kafka_message_t* message, void* opaque);
  static void OnThrottle(rd_kafka_t* kafka, const char* broker, std::int32_t id, int milliseconds,
                         void* opaque);
  Outcome Send(const std::string& topic, std::size_t bytes, std::size_t message_bytes,
               std::int64_t age_ms, Duration wait);
  Rights Needed(const std::string& topic) const {
    return {"Write on Topic " + topic,
            "Write and Describe on TransactionalId " + transactional_id_};
  }

  const std::string transactional_id_;
  std::size_t acknowledged_ = 0;
  rd_kafka_resp_err_t failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::atomic<int> throttled_{0};
  KafkaPtr kafka_;
};

ProbeProducer::ProbeProducer(const ClientConfig& config, const std::string& transactional_id)
    : transactional_id_(transactional_id) {
  ConfPtr conf = MakeConf(config, {{"linger.ms", "0"}, {"message.timeout.ms", "10000"}},
                          {{"transactional.id", transactional_id_.c_str()},
                           {"enable.idempotence", "true"},
                           {"acks", "all"},
                           {"allow.auto.create.topics", "false"}},
                          *this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), OnDelivery);
  rd_kafka_conf_set_throttle_cb(conf.get(), OnThrottle);
  kafka_ = MakeClient(RD_KAFKA_PRODUCER, std::move(conf));
}

void ProbeProducer::OnDelivery(rd_kafka_t* /*kafka*/, const rd_kafka_message_t* message,
                               void* opaque) {
  auto* self = static_cast<ProbeProducer*>(static_cast<ClientEvents*>(opaque));
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    self->acknowledged_ += message->len;
  } else if (self->failed_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
    self->failed_ = message->err;  // the first is the cause
  }
}

void ProbeProducer::OnThrottle(rd_kafka_t* /*kafka*/, const char* /*broker*/, std::int32_t /*id*/,
                               int milliseconds, void* opaque) {
  auto* self = static_cast<ProbeProducer*>(static_cast<ClientEvents*>(opaque));
  self->throttled_ = std::max(self->throttled_.load(), milliseconds);
}

Outcome ProbeProducer::Init(Duration wait) {
  Outcome outcome = Classify(
      kafka_.get(), rd_kafka_init_transactions(kafka_.get(), Milliseconds(wait)), Needed(""));
  rd_kafka_poll(kafka_.get(), 0);
  if (!outcome.done() && !last_error().empty()) outcome.detail += " (" + last_error() + ")";
  return outcome;
}

Outcome ProbeProducer::Send(const std::string& topic, std::size_t bytes, std::size_t message_bytes,
                            std::int64_t age_ms, Duration wait) {
  acknowledged_ = 0;
  failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  Outcome outcome = Classify(kafka_.get(), rd_kafka_begin_transaction(kafka_.get()));
  if (!outcome.done()) return outcome;
  std::string value(message_bytes, 'x');
  const std::string key(kKey);
  for (std::size_t sent = 0; sent < bytes; sent += message_bytes) {
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        kafka_.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key.data(), key.size()),
        RD_KAFKA_V_VALUE(value.data(), value.size()), RD_KAFKA_V_TIMESTAMP(WallMs() - age_ms),
        RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      failed_ = code;
      break;
    }
  }
  const rd_kafka_resp_err_t flushed = rd_kafka_flush(kafka_.get(), Milliseconds(wait));
  if (failed_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // A message that is thrown away with its transaction tells nothing: that tells why.
    const bool purged =
        failed_ == RD_KAFKA_RESP_ERR__PURGE_QUEUE || failed_ == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    outcome = purged
                  ? Classify(kafka_.get(), rd_kafka_begin_transaction(kafka_.get()), Needed(topic))
                  : Classify(failed_, {}, Needed(topic));
  } else if (flushed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    outcome = {Verdict::kPending,
               "not acknowledged within " + std::to_string(wait.count()) + " ms"};
  }
  static_cast<void>(
      Classify(kafka_.get(), rd_kafka_abort_transaction(kafka_.get(), Milliseconds(wait))));
  return outcome;
}

WriteTried ProbeProducer::Write(const std::string& topic, std::size_t bytes,
                                std::size_t message_bytes, Duration wait) {
  WriteTried tried;
  tried.topic = topic;
  const std::optional<std::int64_t> before =
      NewestTimeOf(kafka_.get(), topic, PartitionId{0}, wait);
  tried.outcome = Send(topic, bytes, message_bytes, kRecordAgeMs, wait);
  const std::int64_t ours = WallMs();
  // The topic takes no record that is so old; of a new one the marker's time is not to be told.
  const bool young = failed_ == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
  if (young) tried.outcome = Send(topic, bytes, message_bytes, 0, wait);
  tried.bytes = acknowledged_;
  tried.throttled = Duration{throttled_.load()};
  if (!tried.outcome.done() || young || !before) return tried;
  // Above what was there, for otherwise records of others are newer, by their own clocks.
  const std::int64_t floor = std::max(*before, ours - kRecordAgeMs);
  for (int look = 0; look < kMarkerLooks && !tried.clock_seen; ++look) {
    if (look > 0) std::this_thread::sleep_for(kMarkerPause);  // it is written after the answer
    const std::int64_t newest =
        NewestTimeOf(kafka_.get(), topic, PartitionId{0}, wait).value_or(-1);
    if (newest <= floor) continue;
    tried.clock_seen = true;
    tried.clock_ahead = Duration{newest - ours};
  }
  return tried;
}

}  // namespace

class ClusterProbe::Impl {
 public:
  explicit Impl(const ClientConfig& config) : config_(config) {
    ConfPtr conf = MakeConf(config, {}, {{"debug", "feature,metadata"}}, log_);
    rd_kafka_conf_set_log_cb(conf.get(), OnProbeLog);
    asking_ = MakeClient(RD_KAFKA_PRODUCER, std::move(conf));
  }

  const ClientConfig config_;
  RequestLog log_;
  KafkaPtr asking_;
  std::unique_ptr<ProbeProducer> producer_;
};

ClusterProbe::ClusterProbe(const ClientConfig& config) : impl_(std::make_unique<Impl>(config)) {}
ClusterProbe::~ClusterProbe() = default;

Outcome ClusterProbe::Brokers(Duration wait, std::vector<BrokerAddress>& brokers) {
  const struct rd_kafka_metadata* raw = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(impl_->asking_.get(), /*all_topics=*/0, nullptr, &raw, Milliseconds(wait));
  rd_kafka_poll(impl_->asking_.get(), 0);
  const MetadataPtr metadata(raw);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    brokers = impl_->log_.brokers();
    if (!brokers.empty()) return {};  // told by the bootstrap address; none can be reached
    return impl_->log_.Explained(Classify(code, {}));
  }
  brokers.clear();
  for (int i = 0; i < metadata->broker_cnt; ++i) {
    const rd_kafka_metadata_broker& broker = metadata->brokers[i];
    brokers.push_back({broker.id, broker.host, broker.port});
  }
  return {};
}

std::map<std::string, int> ClusterProbe::Requests() const { return impl_->log_.requests(); }

Outcome ClusterProbe::BeginTransactions(const std::string& transactional_id, Duration wait) {
  impl_->producer_ = std::make_unique<ProbeProducer>(impl_->config_, transactional_id);
  return impl_->producer_->Init(wait);
}

WriteTried ClusterProbe::TryWrite(const std::string& topic, std::size_t bytes,
                                  std::size_t message_bytes, Duration wait) {
  return impl_->producer_->Write(topic, bytes, message_bytes, wait);
}

}  // namespace onceload
