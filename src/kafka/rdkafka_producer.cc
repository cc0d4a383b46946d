// TransactionalProducer on librdkafka.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <limits>
#include <span>
#include <utility>

#include "kafka/end_txn_watch.h"
#include "kafka/marker_queue.h"
#include "kafka/progress_markers.h"
#include "kafka/rdkafka_client.h"
#include "kafka/rdkafka_request.h"
#include "kafka/refused_messages.h"
#include "kafka/send_queue.h"
#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/message/partitioner.h"

namespace onceload {
namespace {

// Of a request's answer. A transaction must outlive it.
constexpr Duration kSocketTimeout{40'000};
constexpr Duration kSocketTimeoutMargin{100};

// Longer, and librdkafka asks again by itself.
constexpr Duration kConnectWait{500};

// For the reports of a request that was refused.
constexpr std::chrono::milliseconds kReportsWait{1'000};
constexpr int kReportsSlice = 20;

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

class RdkafkaProducer final : public TransactionalProducer, private ClientEvents {
 public:
  RdkafkaProducer(const ClientConfig& config, const ProducerTarget& target,
                  const std::string& transactional_id, Failpoints& failpoints);

  Outcome Init(Duration wait) override;
  Outcome Begin(const TransactionalProducer* previous) override;
  bool settled(const MessageBatch::Message& message) const override {
    return queue_.settled(queue_.LaneOf(message));
  }
  bool settled() const override { return queue_.settled(); }
  Outcome Send(const MessageBatch& batch) override;
  bool full() const override { return queue_.waiting_bytes() > WaitingBytesMax(queue_.lanes()); }
  Outcome AwaitAcknowledged(Duration wait) override;
  const std::vector<AcknowledgedRange>& acknowledged() const override { return ranges_; }
  AcknowledgedRange acknowledged_dead_letters() const override { return dead_letters_; }
  Outcome Mark(const ProgressRecord& record, FileRange changed) override;
  Outcome Erase(const std::vector<std::string>& keys) override {
    markers_.Set(TombstonesOf(keys));
    return HandOverMarkers();
  }
  Outcome Commit(Duration wait) override;
  Outcome Abort(Duration wait) override {
    return Classify(kafka_.get(), rd_kafka_abort_transaction(kafka_.get(), Milliseconds(wait)));
  }
  RefusedOfTransaction refused() const override {
    return refused_.Judged(request_code_, target_.timestamp_column);
  }
  void Narrow(const Narrowing& narrowing) override;
  bool commit_in_doubt() const override { return end_txn_.in_doubt() && !failpoints_.guard_off(); }
  Duration throttled() const override { return ClientEvents::throttled(); }
  std::uint64_t acknowledged_messages() const override { return acknowledged_total_; }

 private:
  void MakeTopics();
  Outcome Pump(SendQueue::Request wanted);
  Outcome Open(SendQueue::Request wanted);
  Outcome HandOverAll(SendQueue::Request wanted, std::size_t messages_max);
  Outcome HandOver(std::size_t lane, std::span<const SendQueue::Entry> entries);
  rd_kafka_topic_t* TopicOf(std::size_t lane) const {
    return lane + 1 == queue_.lanes() ? dead_letter_topic_.get() : topic_.get();
  }
  Outcome HandOverMarkers();
  Outcome HandOverRest(Duration wait);
  Outcome Failure(rd_kafka_resp_err_t code);
  Outcome TransactionError();
  int TransactionCode();
  Outcome OfOneTopic(Outcome outcome);
  void NoteFailed(const rd_kafka_message_t& message);
  const std::string& FailedTopic() const;
  Rights Needed(Asked asked) const;
  Rights NeededToSend() const {
    return Needed(target_.timestamp_column.empty() ? Asked::kSendOwnTime : Asked::kAnything);
  }

  static void OnDelivery(rd_kafka_t* kafka, const rd_kafka_message_t* message, void* opaque);

  const ProducerTarget& target_;
  const std::string transactional_id_;
  Failpoints& failpoints_;
  EndTxnWatch end_txn_;
  bool awaited_ = false;  // a connection, before the first Init
  bool initialised_ = false;

  SendQueue queue_{0, {}};
  std::vector<rd_kafka_message_t> request_;  // as handed over; kept for its memory
  const TransactionalProducer* previous_ = nullptr;
  MarkerLimits marker_limits_;
  MarkerQueue markers_;

  std::vector<AcknowledgedRange> ranges_;
  AcknowledgedRange dead_letters_;
  bool opened_ = false;     // the open transaction has a message with librdkafka
  std::uint64_t sent_ = 0;  // rows and dead letters of the open transaction
  std::uint64_t acknowledged_ = 0;
  std::atomic<std::uint64_t> acknowledged_total_{0};
  rd_kafka_resp_err_t delivery_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string failed_topic_;  // of the message with that error
  RefusedMessages refused_;
  int request_code_ = 0;           // of the request that was refused, where its records have others
  bool failed_elsewhere_ = false;  // a progress record or a dead letter was refused

  // Last, so that its threads are gone before what they read.
  KafkaPtr kafka_;
  TopicPtr topic_;
  TopicPtr progress_topic_;
  TopicPtr dead_letter_topic_;  // nullptr: none
};

// The message shares the fate of its transaction, whose error is another one.
bool IsConsequence(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT ||
         code == RD_KAFKA_RESP_ERR__STATE || code == kBesideAnother;
}

void Widen(AcknowledgedRange& range, std::int64_t offset) {
  if (range.first == kNoOffset || offset < range.first.value) range.first = KafkaOffset{offset};
  if (offset >= range.end.value) range.end = KafkaOffset{offset + 1};
}

// What is fixed is what exactly-once rests on. docs/architecture.md has each default's reason.
RdkafkaProducer::RdkafkaProducer(const ClientConfig& config, const ProducerTarget& target,
                                 const std::string& transactional_id, Failpoints& failpoints)
    : target_(target),
      transactional_id_(transactional_id),
      failpoints_(failpoints),
      end_txn_(failpoints),
      ranges_(static_cast<std::size_t>(target.partitions)) {
  const std::string timeout = std::to_string(kTransactionTimeout.count());
  const std::string socket_timeout = std::to_string(
      std::min(kSocketTimeout, TransactionTimeout(config) - kSocketTimeoutMargin).count());
  const std::string bytes_max = std::to_string(ClientBytesMax(target));
  const Pacing pacing = PacingOf(target);
  ConfPtr conf = MakeConf(config,
                          {{"transaction.timeout.ms", timeout.c_str()},
                           {"message.max.bytes", bytes_max.c_str()},
                           {"compression.type", "lz4"},
                           {"linger.ms", pacing.linger_ms},
                           {"batch.size", "1000000"},
                           {"batch.num.messages", pacing.messages},
                           {"queue.buffering.max.messages", "1000000"},
                           {"queue.buffering.max.kbytes", "65536"},
                           // An answer that a quota holds back must not look like a lost one: 40 s.
                           {"socket.timeout.ms", socket_timeout.c_str()},
                           // Why there is no coordinator is told in no other way.
                           {"debug", "eos"}},
                          {{"transactional.id", transactional_id.c_str()},
                           {"enable.idempotence", "true"},
                           {"acks", "all"},
                           {"delivery.report.only.error", "false"},
                           {"allow.auto.create.topics", "false"}},
                          *this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), OnDelivery);
  end_txn_.Attach(conf.get());
  kafka_ = MakeClient(RD_KAFKA_PRODUCER, std::move(conf));
  rd_kafka_t* const kafka = kafka_.get();
  Narrow({});
  markers_ = MarkerQueue(RequestLimitsOf(kafka, target.progress_bytes_max));
  marker_limits_ = {target.progress_topic, static_cast<std::size_t>(target.progress_bytes_max),
                    NumberProperty(kafka, "message.max.bytes")};
  MakeTopics();
  Connect(kafka, progress_topic_.get(), Duration{0});
}

void RdkafkaProducer::Narrow(const Narrowing& narrowing) {
  RequestLimits rows = RequestLimitsOf(kafka_.get(), target_.message_bytes_max);
  rows.bytes = std::max(std::size_t{1}, rows.bytes / narrowing.request_divisor);
  rows.ahead = PacingOf(target_).ahead;
  queue_ = SendQueue(static_cast<std::size_t>(target_.partitions), rows,
                     RequestLimitsOf(kafka_.get(), target_.dead_letter_bytes_max));
  queue_.Narrow(narrowing.suspects);
}

void RdkafkaProducer::MakeTopics() {
  const ProducerTarget& target = target_;
  topic_.reset(rd_kafka_topic_new(kafka_.get(), target.topic.c_str(), nullptr));
  progress_topic_.reset(rd_kafka_topic_new(kafka_.get(), target.progress_topic.c_str(), nullptr));
  if (!topic_ || !progress_topic_) {
    throw Error(ExitCode::kUsage, "librdkafka refuses the topic",
                target.topic + " or " + target.progress_topic, "check the names");
  }
  if (target.dead_letter_topic.empty()) return;
  dead_letter_topic_.reset(
      rd_kafka_topic_new(kafka_.get(), target.dead_letter_topic.c_str(), nullptr));
  if (!dead_letter_topic_) {
    throw Error(ExitCode::kUsage, "librdkafka refuses the topic", target.dead_letter_topic,
                "check the name given with --dead-letter-topic");
  }
}

Outcome RdkafkaProducer::Init(Duration wait) {
  if (!initialised_) {
    if (!std::exchange(awaited_, true)) {
      Connect(kafka_.get(), progress_topic_.get(), std::min(wait, kConnectWait));
    }
    Outcome outcome =
        Classify(kafka_.get(), rd_kafka_init_transactions(kafka_.get(), Milliseconds(wait)),
                 Needed(Asked::kCoordinator));
    rd_kafka_poll(kafka_.get(), 0);
    if (!outcome.done()) return Explained(std::move(outcome));
    initialised_ = true;  // librdkafka refuses to do it twice
  }
  // All topics' metadata must be there before the first message: produce_batch parks messages of
  // an unknown partition where the transaction does not find them.
  for (rd_kafka_topic_t* topic : {topic_.get(), progress_topic_.get(), dead_letter_topic_.get()}) {
    if (topic == nullptr) continue;
    const struct rd_kafka_metadata* metadata = nullptr;
    const rd_kafka_resp_err_t code =
        rd_kafka_metadata(kafka_.get(), /*all_topics=*/0, topic, &metadata, Milliseconds(wait));
    const MetadataPtr owned(metadata);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return Explained(Classify(code, {}));
  }
  return {};
}

Outcome RdkafkaProducer::Begin(const TransactionalProducer* previous) {
  previous_ = previous;
  opened_ = false;
  sent_ = acknowledged_ = 0;
  queue_.Clear();
  ranges_.assign(ranges_.size(), AcknowledgedRange{});
  dead_letters_ = {};
  delivery_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  failed_topic_.clear();
  refused_.Clear();
  failed_elsewhere_ = false;
  markers_.Set({});
  // Forgets whether the last commit is in doubt: commit_in_doubt() has to be asked before.
  end_txn_.Reset();
  return Classify(kafka_.get(), rd_kafka_begin_transaction(kafka_.get()));
}

// Hands the next request of each lane that has none in flight to librdkafka.
Outcome RdkafkaProducer::Pump(SendQueue::Request wanted) {
  return opened_ ? HandOverAll(wanted, kNoLimit) : Open(wanted);
}

// The first requests of a transaction. At a partition's first message librdkafka asks the
// coordinator for it (AddPartitionsToTxn), together with those that have one when its thread comes
// to it. What it costs the coordinator does not depend on their number, so a small chunk's go
// together: when the chunk before is settled in all of them, and first with one message each. The
// rest comes within linger.ms. A chunk that fills the queue does not wait: decision 0009.
Outcome RdkafkaProducer::Open(SendQueue::Request wanted) {
  if (previous_ != nullptr && !previous_->settled()) {
    return HandOverAll(full() ? wanted : SendQueue::Request::kFull, kNoLimit);
  }
  if (wanted == SendQueue::Request::kFull && !queue_.has_full()) return {};
  Outcome outcome = HandOverAll(SendQueue::Request::kAny, 1);
  if (outcome.done()) outcome = HandOverAll(SendQueue::Request::kRest, kNoLimit);
  return outcome;
}

Outcome RdkafkaProducer::HandOverAll(SendQueue::Request wanted, std::size_t messages_max) {
  for (std::size_t lane = 0; lane < queue_.lanes(); ++lane) {
    std::span<const SendQueue::Entry> entries = queue_.Next(lane, wanted);
    if (entries.empty()) continue;
    // Two producers keep no order between them: what the one before sends again after an error
    // would lie behind what is sent here.
    if (previous_ != nullptr && !previous_->settled(entries.front().message)) continue;
    entries = entries.first(std::min(entries.size(), messages_max));
    Outcome outcome = HandOver(lane, entries);
    if (!outcome.done()) return outcome;
    opened_ = true;
  }
  return {};
}

Outcome RdkafkaProducer::HandOver(std::size_t lane, std::span<const SendQueue::Entry> entries) {
  void* const opaque = entries.front().message.dead_letter ? &dead_letters_ : nullptr;
  const HandedOver handed = NeedSingleCalls(entries)
                                ? SendSingly(kafka_.get(), TopicOf(lane), entries, opaque)
                                : SendTogether(TopicOf(lane), entries, request_);
  queue_.Sent(lane, handed.taken);
  return handed.refused == RD_KAFKA_RESP_ERR_NO_ERROR ? Outcome{} : Failure(handed.refused);
}

Outcome RdkafkaProducer::Send(const MessageBatch& batch) {
  queue_.Add(batch);
  sent_ += batch.messages().size();
  rd_kafka_poll(kafka_.get(), 0);
  if (delivery_error_ != RD_KAFKA_RESP_ERR_NO_ERROR) return Failure(delivery_error_);
  // Each request costs the brokers, and its followers' fetches, about 2 ms, whatever is in it: one
  // waits until it is full, or the chunk's last.
  return Pump(full() ? SendQueue::Request::kAny : SendQueue::Request::kFull);
}

Outcome RdkafkaProducer::AwaitAcknowledged(Duration wait) {
  Outcome outcome = Pump(SendQueue::Request::kAny);
  if (!outcome.done()) return outcome;
  if (acknowledged_ < sent_ && delivery_error_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_poll(kafka_.get(), Milliseconds(wait));
  }
  if (delivery_error_ != RD_KAFKA_RESP_ERR_NO_ERROR) return Failure(delivery_error_);
  if (acknowledged_ < sent_) {
    outcome = Pump(SendQueue::Request::kAny);
    if (!outcome.done()) return outcome;
    return Explained({Verdict::kPending, std::to_string(sent_ - acknowledged_) +
                                             " messages are not acknowledged yet"});
  }
  return {};
}

Outcome RdkafkaProducer::Mark(const ProgressRecord& record, FileRange changed) {
  const bool all = changed.begin == 0 && changed.end >= record.inputs.size();
  std::vector<InputPiece> markers = MarkersOf(record, changed);
  if (all) RequireLoadFits(record, markers, marker_limits_);
  RequireMarkersFit(markers, marker_limits_);
  markers_.Set(std::move(markers));
  return HandOverMarkers();
}

Outcome RdkafkaProducer::HandOverMarkers() {
  const rd_kafka_resp_err_t code = markers_.HandOver(progress_topic_.get(), this);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR ? Outcome{} : Failure(code);
}

Outcome RdkafkaProducer::HandOverRest(Duration wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  Duration left = wait;
  while (!markers_.all_sent()) {
    rd_kafka_poll(kafka_.get(), Milliseconds(left));
    if (delivery_error_ != RD_KAFKA_RESP_ERR_NO_ERROR) return Failure(delivery_error_);
    Outcome outcome = HandOverMarkers();
    if (!outcome.done()) return outcome;
    if (left <= Duration{0}) break;
    left = std::max(Duration{0},
                    std::chrono::duration_cast<Duration>(until - std::chrono::steady_clock::now()));
  }
  if (markers_.all_sent()) return {};
  return Explained({Verdict::kPending, "the list of inputs is not acknowledged yet"});
}

Outcome RdkafkaProducer::Commit(Duration wait) {
  // A transaction that is committed without the end of its record shows rows of which no record
  // tells: the next start would load them again.
  Outcome outcome = HandOverRest(wait);
  if (!outcome.done()) return outcome;
  outcome = Classify(kafka_.get(), rd_kafka_commit_transaction(kafka_.get(), Milliseconds(wait)),
                     Needed(Asked::kEndOfTransaction));
  return Explained(OfOneTopic(std::move(outcome)));
}

// A message that failed takes its transaction with it, or the producer if that has failed.
Outcome RdkafkaProducer::Failure(rd_kafka_resp_err_t code) {
  std::array<char, 512> reason{};
  const rd_kafka_resp_err_t fatal =
      rd_kafka_fatal_error(kafka_.get(), reason.data(), reason.size());
  if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
    Outcome outcome = Classify(fatal, reason.data(), NeededToSend());
    if (outcome.verdict == Verdict::kPending) outcome.verdict = Verdict::kFatal;
    return OfOneTopic(std::move(outcome));
  }
  Outcome outcome = IsConsequence(code) ? TransactionError() : Classify(code, {}, NeededToSend());
  if (outcome.verdict == Verdict::kPending) outcome.verdict = Verdict::kAbort;
  return Explained(OfOneTopic(std::move(outcome)));
}

// Of what has failed the open transaction, as TransactionError() asks for it.
int RdkafkaProducer::TransactionCode() {
  const KafkaErrorPtr error(rd_kafka_begin_transaction(kafka_.get()));
  return error ? rd_kafka_error_code(error.get()) : 0;
}

// What only a row's message may come to. Of messages that were purged librdkafka tells before it
// tells of those that are the cause.
Outcome RdkafkaProducer::OfOneTopic(Outcome outcome) {
  if (outcome.verdict != Verdict::kRefused) return outcome;
  const auto until = std::chrono::steady_clock::now() + kReportsWait;
  while (!refused_.any() && !failed_elsewhere_ && std::chrono::steady_clock::now() < until) {
    rd_kafka_poll(kafka_.get(), kReportsSlice);
  }
  request_code_ = TransactionCode();
  if (refused_.any()) return outcome;
  // Its own topic takes the progress record, or a dead letter, or nothing goes on.
  outcome.verdict = Verdict::kDenied;
  outcome.detail = "topic " + FailedTopic() + ": " + outcome.detail;
  return outcome;
}

// Rows are acknowledged before the progress record is sent.
const std::string& RdkafkaProducer::FailedTopic() const {
  if (!failed_topic_.empty()) return failed_topic_;
  return markers_.empty() ? target_.topic : target_.progress_topic;
}

Rights RdkafkaProducer::Needed(Asked asked) const {
  return {"Write on Topic " + FailedTopic(),
          "Write and Describe on TransactionalId " + transactional_id_, asked};
}

// What has failed the open transaction. librdkafka tells it to whoever begins another one; in a
// transaction that is sound it refuses that without doing anything.
Outcome RdkafkaProducer::TransactionError() {
  Outcome outcome =
      Classify(kafka_.get(), rd_kafka_begin_transaction(kafka_.get()), NeededToSend());
  const bool told = outcome.hopeless() || outcome.verdict == Verdict::kFenced ||
                    outcome.verdict == Verdict::kRefused;
  if (!told) outcome.verdict = Verdict::kAbort;
  return outcome;
}

void RdkafkaProducer::NoteFailed(const rd_kafka_message_t& message) {
  // The first one is the cause; those after it are purged because of it.
  if (delivery_error_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
    delivery_error_ = message.err;
    failed_topic_ = rd_kafka_topic_name(message.rkt);
  }
  const bool beside = message.err == kBesideAnother;
  if (!beside && CauseOf(message.err).meaning != Meaning::kRow) return;
  failed_topic_ = rd_kafka_topic_name(message.rkt);
  const PartitionId partition{message.partition};
  if (message._private != nullptr) {
    failed_elsewhere_ = true;
  } else if (beside) {
    refused_.Beside(partition);
  } else if (const SendQueue::Entry* entry = queue_.InFlightAt(
                 static_cast<std::size_t>(message.partition), message.payload, KeyOf(message))) {
    refused_.AtFault(partition, entry->message.row, message.err, WordsAbout(message));
  }
}

void RdkafkaProducer::OnDelivery(rd_kafka_t* /*kafka*/, const rd_kafka_message_t* message,
                                 void* opaque) {
  auto* self = static_cast<RdkafkaProducer*>(static_cast<ClientEvents*>(opaque));
  const bool dead_letter = message->_private == &self->dead_letters_;
  const bool failed = message->err != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (failed) self->NoteFailed(*message);
  if (message->_private != self) {
    self->queue_.Settled(
        dead_letter ? self->queue_.lanes() - 1 : static_cast<std::size_t>(message->partition),
        !failed);
  }
  if (failed) return;
  self->NoteAnswer();
  self->acknowledged_total_.fetch_add(1, std::memory_order_relaxed);
  if (message->_private == self) {
    self->markers_.Settled();
    return;
  }
  ++self->acknowledged_;
  Widen(dead_letter ? self->dead_letters_
                    : self->ranges_[static_cast<std::size_t>(message->partition)],
        message->offset);
}

class RdkafkaProducerFactory final : public ProducerFactory {
 public:
  RdkafkaProducerFactory(ClientConfig config, ProducerTarget target, Failpoints& failpoints)
      : config_(std::move(config)), target_(std::move(target)), failpoints_(failpoints) {}

  std::unique_ptr<TransactionalProducer> Make(const std::string& transactional_id) override {
    return std::make_unique<RdkafkaProducer>(config_, target_, transactional_id, failpoints_);
  }

 private:
  ClientConfig config_;
  ProducerTarget target_;
  Failpoints& failpoints_;
};

}  // namespace

std::unique_ptr<ProducerFactory> MakeRdkafkaProducers(const ClientConfig& config,
                                                      const ProducerTarget& target,
                                                      Failpoints& failpoints) {
  return std::make_unique<RdkafkaProducerFactory>(config, target, failpoints);
}

Duration TransactionTimeout(const ClientConfig& config) {
  const auto found = config.properties().find("transaction.timeout.ms");
  return found == config.properties().end() ? kTransactionTimeout
                                            : Duration{std::stoll(found->second)};
}

}  // namespace onceload
