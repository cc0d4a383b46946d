// A broker in memory: transactions, epochs and committed records, behind all the interfaces that
// the load loop sees. It refuses a wrong order by itself (sending without a transaction is fatal),
// so tests need not script one.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kafka/progress_markers.h"
#include "onceload/core/clock.h"
#include "onceload/core/failpoints.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/load/load_run.h"
#include "report/event_text.h"

namespace onceload {

// Thrown by a failpoint in place of SIGKILL. Not a std::exception: no handler may take it for one.
struct SimulatedCrash {};

class ManualClock final : public Clock {
 public:
  Duration Now() const override { return Duration{now_}; }
  std::chrono::milliseconds WallClock() const override { return Now(); }
  void Sleep(Duration duration) override { now_ += duration.count(); }

 private:
  std::atomic<Duration::rep> now_{1'000};  // a commit has a thread of its own
};

class FakeBroker {
 public:
  enum class State { kOpen, kCommitted, kAborted };
  struct Transaction {
    State state = State::kOpen;
  };
  struct Row {
    std::shared_ptr<Transaction> transaction;
    std::string value;
    Digest digest;  // by the newest rules, without its time
  };
  // A record of the progress topic, as text: what a load reads back has been through the codec.
  struct Marker {
    std::shared_ptr<Transaction> transaction;
    std::string key;
    std::string json;
    std::shared_ptr<const ProgressRecord> mark;  // whose part it is; nullptr: a tombstone

    std::optional<std::string_view> value() const {
      return mark ? std::optional<std::string_view>(json) : std::nullopt;
    }
  };
  // What the next Commit() calls come to, in order; beyond them kDone.
  enum class CommitFate { kDone, kInDoubt, kAbort, kDoneThenFatal, kLostThenFatal };

  explicit FakeBroker(std::int32_t partitions) : log(static_cast<std::size_t>(partitions)) {}

  std::vector<std::string> Committed(std::size_t partition) const { return Of(log[partition]); }
  std::vector<std::string> CommittedDeadLetters() const { return Of(dead_letters); }

  static std::vector<std::string> Of(const std::vector<Row>& rows) {
    std::vector<std::string> values;
    for (const Row& row : rows) {
      if (row.transaction->state == State::kCommitted) values.push_back(row.value);
    }
    return values;
  }

  // Of a load, as its markers say.
  std::optional<ProgressRecord> Latest(const std::string& load_name = "load") const {
    ProgressReader reader(load_name);
    // Of each key the newest, as compaction leaves them.
    std::map<std::string_view, const Marker*> newest;
    for (const Marker& marker : progress) {
      if (marker.transaction->state == State::kCommitted) newest[marker.key] = &marker;
    }
    const auto take = [&](const Marker& marker) {
      reader.Take(marker.key, marker.value(), "progress topic in memory");
    };
    for (const auto& [key, marker] : newest) {
      if (key != load_name) take(*marker);
    }
    if (const auto found = newest.find(load_name); found != newest.end()) take(*found->second);
    return reader.Newest();
  }

  // All that were committed, oldest first.
  std::vector<ProgressRecord> AllOf(const std::string& load_name) const {
    ProgressReader reader(load_name);
    std::vector<ProgressRecord> records;
    for (const Marker& marker : progress) {
      if (marker.transaction->state != State::kCommitted) continue;
      if (!reader.Take(marker.key, marker.value(), "progress topic in memory")) continue;
      if (const auto newest = reader.Newest()) records.push_back(*newest);
    }
    return records;
  }

  void Append(const std::shared_ptr<Transaction>& transaction, const ProgressRecord& record,
              FileRange changed) {
    const auto mark = std::make_shared<const ProgressRecord>(record);
    for (InputPiece& marker : MarkersOf(record, changed)) {
      progress.push_back({transaction, std::move(marker.key), std::move(marker.json), mark});
    }
  }

  // The newest record that is committed, as it was handed over; nullptr: none.
  const ProgressRecord* NewestMark() const {
    for (auto marker = progress.rbegin(); marker != progress.rend(); ++marker) {
      if (marker->transaction->state == State::kCommitted) return marker->mark.get();
    }
    return nullptr;
  }

  // The topic is deleted and made again: its records are gone, and offsets begin at 0.
  void Recreate(const std::string& id) {
    for (std::vector<Row>& rows : log) rows.clear();
    topic_id = id;
  }

  // Of all that was committed the newest transaction is lost, as by an unclean election.
  void LoseNewest() {
    const auto committed = [](const Marker& marker) {
      return marker.transaction->state == State::kCommitted;
    };
    const auto newest = std::find_if(progress.rbegin(), progress.rend(), committed);
    if (newest != progress.rend()) newest->transaction->state = State::kAborted;
  }

  // The newest record of a partition is lost, as by an unclean election.
  void Shorten(std::size_t partition) { log[partition].pop_back(); }

  bool AnyOpen() const {
    return std::any_of(open.begin(), open.end(), [](const auto& each) {
      return each.second && each.second->state == State::kOpen;
    });
  }

  void BeginProcess() {
    const std::lock_guard lock(mutex_);
    crashed = false;
    committing_.clear();
  }

  // The copies arrive: each ends what its producer has open now, unless a new epoch fences it.
  void DeliverGhosts() {
    for (const Ghost& ghost : ghosts) {
      auto& transaction = open[ghost.id];
      if (epochs[ghost.id] != ghost.epoch || !transaction) continue;
      transaction->state = State::kCommitted;
      transaction = nullptr;
    }
    ghosts.clear();
  }

  // A commit runs on a thread of its own; nobody else's calls come in between, so that a seed is a
  // schedule. From Mark(), which a commit always follows, to its answer.
  void BeginCommit(const std::string& id) {
    const std::lock_guard lock(mutex_);
    committing_ = id;
  }
  void EndCommit(const std::string& id) {
    {
      const std::lock_guard lock(mutex_);
      if (committing_ == id) committing_.clear();
    }
    answered_.notify_all();
  }
  void AwaitTurn(const std::string& id) {
    if (!disturb) return;
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [&] { return committing_.empty() || committing_ == id || crashed; });
  }

  std::function<Outcome(const std::string&)> before_init;  // given the id; not kDone: Init's answer
  // Asked when a transaction of this id begins: at so many looks its messages to a lane (a
  // partition; the last one: dead letters) have not arrived yet.
  std::function<int(const std::string& id, std::size_t lane)> late;
  // Asked of each row that arrives; true: it is not taken, by itself, and its transaction with it.
  std::function<bool(const std::string& value)> refuses;
  Narrowing narrowing;                // that what is refused comes with
  std::optional<Narrowing> narrowed;  // of the producer that was made last
  // By run: told of each first call to commit a transaction, with the record that is in it.
  std::map<std::string, std::function<void(const ProgressRecord& marked)>> before_commit;
  // Told of each call that the load's thread begins, by its name: of a producer, "Latest", "Look".
  std::function<void(std::string_view call)> moment;
  // What recovery asks for, in order: "Init " and the id, "Latest", "Look".
  std::vector<std::string> asked;
  int renewed = 0;  // readers, for a new session
  std::string topic_id = "topic-id";
  std::vector<std::vector<Row>> log;
  std::vector<Row> dead_letters;
  std::vector<Marker> progress;
  std::map<std::string, int> epochs;
  std::map<std::string, std::shared_ptr<Transaction>> open;
  std::deque<CommitFate> fates;
  // Asked before each call of a producer; not kDone: the call's answer.
  std::function<Outcome(const std::string& id, const char* call)> disturb;
  // An EndTxn that was sent more than once: its copy is still on the way (KAFKA-17754).
  struct Ghost {
    std::string id;
    int epoch;
  };
  std::vector<Ghost> ghosts;
  bool guarded = true;                        // producers tell that a commit is in doubt
  std::size_t waiting_max = ~std::size_t{0};  // messages; more and a producer is full
  // By run: whose record was the newest when it first asked for a commit; empty: there was none.
  std::map<std::string, std::string> found_by;
  int used_in_doubt = 0;  // uses of a producer whose EndTxn may still be on its way
  std::atomic<bool> crashed{
      false};  // the process is gone: what its destructors still ask for never arrives

 private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::string committing_;  // id of the producer whose commit is due; empty: none
};

class FakeProducer final : public TransactionalProducer {
 public:
  FakeProducer(FakeBroker& broker, std::string id, Failpoints& failpoints)
      : broker_(broker), id_(std::move(id)), failpoints_(failpoints), ranges_(broker.log.size()) {}

  ~FakeProducer() override { broker_.EndCommit(id_); }

  Outcome Init(Duration) override {
    if (Outcome outcome = Disturbed("Init"); !outcome.done()) return outcome;
    if (broker_.before_init) {
      Outcome outcome = broker_.before_init(id_);
      if (!outcome.done()) return outcome;
    }
    if (broker_.crashed) return {Verdict::kFatal, "crashed"};
    broker_.asked.push_back("Init " + id_);
    if (auto& left = broker_.open[id_]; left) left->state = FakeBroker::State::kAborted;
    broker_.open[id_] = nullptr;
    epoch_ = ++broker_.epochs[id_];
    return {};
  }

  Outcome Begin(const TransactionalProducer* previous) override {
    if (Outcome outcome = Disturbed("Begin"); !outcome.done()) return outcome;
    if (Outcome outcome = Check(/*in_transaction=*/false); !outcome.done()) return outcome;
    transaction_ = std::make_shared<FakeBroker::Transaction>();
    broker_.open[id_] = transaction_;
    previous_ = previous;
    waiting_.clear();
    ranges_.assign(ranges_.size(), {});
    dead_letters_ = {};
    in_doubt_ = false;
    marked_.reset();
    late_.assign(ranges_.size() + 1, 0);
    for (std::size_t lane = 0; broker_.late && lane < late_.size(); ++lane) {
      late_[lane] = broker_.late(id_, lane);
    }
    return {};
  }

  bool settled(const MessageBatch::Message& message) const override {
    return std::none_of(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
      return waiting.message.dead_letter == message.dead_letter &&
             waiting.message.partition == message.partition;
    });
  }

  bool settled() const override { return waiting_.empty(); }

  // Messages reach the broker when they are asked about.
  Outcome Send(const MessageBatch& batch) override {
    if (Outcome outcome = Disturbed("Send"); !outcome.done()) return outcome;
    if (Outcome outcome = Check(/*in_transaction=*/true); !outcome.done()) return outcome;
    for (const MessageBatch::Message& message : batch.messages()) {
      const RecordParts parts{batch.key(message), batch.content(message), batch.headers(message)};
      waiting_.push_back({message, std::string(batch.value(message)), RecordDigest({}, parts)});
    }
    return {};
  }
  bool full() const override { return waiting_.size() > broker_.waiting_max; }

  Outcome AwaitAcknowledged(Duration) override {
    if (Outcome outcome = Disturbed("AwaitAcknowledged"); !outcome.done()) return outcome;
    if (Outcome outcome = Check(/*in_transaction=*/true); !outcome.done()) return outcome;
    std::deque<Waiting> held;
    std::vector<bool> asked(late_.size(), false);
    for (const Waiting& waiting : waiting_) {
      const std::size_t lane = LaneOf(waiting.message);
      asked[lane] = true;
      if (broker_.refuses && broker_.refuses(waiting.value)) {
        refused_ = {{{waiting.message.row, "not taken", ""}}, broker_.narrowing};
        return {Verdict::kRefused, "not taken: " + waiting.value};
      }
      if (late_[lane] == 0 && (previous_ == nullptr || previous_->settled(waiting.message))) {
        Append(waiting);
      } else {
        held.push_back(waiting);
      }
    }
    for (std::size_t lane = 0; lane < late_.size(); ++lane) {
      if (asked[lane] && late_[lane] > 0) --late_[lane];
    }
    waiting_ = std::move(held);
    if (waiting_.empty()) return {};
    return {Verdict::kPending, "held back"};
  }
  const std::vector<AcknowledgedRange>& acknowledged() const override { return ranges_; }

  AcknowledgedRange acknowledged_dead_letters() const override { return dead_letters_; }

  Outcome Mark(const ProgressRecord& record, FileRange changed) override {
    if (Outcome outcome = Disturbed("Mark"); !outcome.done()) return outcome;
    if (Outcome outcome = Check(/*in_transaction=*/true); !outcome.done()) return outcome;
    broker_.Append(transaction_, record, changed);
    marked_ = record;
    broker_.BeginCommit(id_);
    return {};
  }

  Outcome Erase(const std::vector<std::string>& keys) override {
    if (Outcome outcome = Check(/*in_transaction=*/true); !outcome.done()) return outcome;
    for (const std::string& key : keys)
      broker_.progress.push_back({transaction_, key, "", nullptr});
    broker_.BeginCommit(id_);
    return {};
  }

  Outcome Commit(Duration) override {
    try {
      Outcome outcome = CommitOnce();
      if (outcome.verdict != Verdict::kPending) broker_.EndCommit(id_);
      return outcome;
    } catch (const SimulatedCrash&) {
      broker_.EndCommit(id_);
      throw;
    }
  }

  Outcome Abort(Duration) override {
    if (Outcome outcome = Check(/*in_transaction=*/true); !outcome.done()) return outcome;
    if (transaction_->state == FakeBroker::State::kOpen) {
      transaction_->state = FakeBroker::State::kAborted;
    }
    broker_.open[id_] = transaction_ = nullptr;
    return {};
  }

  RefusedOfTransaction refused() const override { return refused_; }
  void Narrow(const Narrowing& narrowing) override { broker_.narrowed = narrowing; }

  bool commit_in_doubt() const override { return in_doubt_ && broker_.guarded; }
  std::uint64_t acknowledged_messages() const override { return acknowledged_; }

 private:
  struct Waiting {
    MessageBatch::Message message;
    std::string value;
    Digest digest;
  };

  std::size_t LaneOf(const MessageBatch::Message& message) const {
    return message.dead_letter ? ranges_.size() : static_cast<std::size_t>(message.partition.value);
  }

  void Append(const Waiting& waiting) {
    const MessageBatch::Message& message = waiting.message;
    ++acknowledged_;
    std::vector<FakeBroker::Row>& log =
        message.dead_letter ? broker_.dead_letters
                            : broker_.log[static_cast<std::size_t>(message.partition.value)];
    AcknowledgedRange& range = message.dead_letter
                                   ? dead_letters_
                                   : ranges_[static_cast<std::size_t>(message.partition.value)];
    const KafkaOffset offset{static_cast<std::int64_t>(log.size())};
    // A topic that is made again begins at 0.
    if (range.first == kNoOffset || offset < range.first) range.first = offset;
    range.end = std::max(range.end, KafkaOffset{offset.value + 1});
    log.push_back({transaction_, waiting.value, waiting.digest});
  }

  Outcome Disturbed(const char* call) {
    broker_.AwaitTurn(id_);
    if (broker_.moment && std::string_view(call) != "Commit") broker_.moment(call);
    if (!broker_.disturb || broker_.crashed) return {};
    return broker_.disturb(id_, call);
  }

  Outcome CommitOnce() {
    if (Outcome outcome = Disturbed("Commit"); !outcome.done()) return outcome;
    if (Outcome outcome = Check(/*in_transaction=*/true); !outcome.done()) return outcome;
    if (marked_) {
      const auto watcher = broker_.before_commit.find(marked_->run_id);
      if (watcher != broker_.before_commit.end()) watcher->second(*marked_);
    }
    marked_.reset();
    FakeBroker::CommitFate fate = FakeBroker::CommitFate::kDone;
    if (!broker_.fates.empty()) {
      fate = broker_.fates.front();
      broker_.fates.pop_front();
    }
    using Fate = FakeBroker::CommitFate;
    if (fate == Fate::kLostThenFatal) {
      broker_.ghosts.push_back({id_, epoch_});  // it may arrive yet
      failpoints_.Hit("in_commit");
    }
    if (fate == Fate::kAbort || fate == Fate::kLostThenFatal) {
      return {fate == Fate::kAbort ? Verdict::kAbort : Verdict::kFatal, "lost"};
    }
    if (transaction_->state == FakeBroker::State::kAborted) return {Verdict::kFenced, "timed out"};
    transaction_->state = FakeBroker::State::kCommitted;
    broker_.open[id_] = transaction_ = nullptr;
    in_doubt_ = fate == Fate::kInDoubt;
    if (in_doubt_) broker_.ghosts.push_back({id_, epoch_});
    failpoints_.Hit("in_commit");
    if (fate == Fate::kDoneThenFatal) return {Verdict::kFatal, "answer lost"};
    return {};
  }

  Outcome Check(bool in_transaction) const {
    if (broker_.crashed) return {Verdict::kFatal, "crashed"};
    if (epoch_ != broker_.epochs[id_]) return {Verdict::kFenced, "fenced"};
    if (in_transaction != (transaction_ != nullptr)) return {Verdict::kFatal, "wrong order"};
    // As brokers that verify transactions do (KIP-890).
    if (in_transaction && broker_.open[id_] != transaction_) {
      return {Verdict::kFatal, "the transaction has ended"};
    }
    if (in_doubt_) ++broker_.used_in_doubt;
    return {};
  }

  FakeBroker& broker_;
  std::string id_;
  Failpoints& failpoints_;
  int epoch_ = 0;
  std::shared_ptr<FakeBroker::Transaction> transaction_;
  const TransactionalProducer* previous_ = nullptr;
  std::deque<Waiting> waiting_;
  std::vector<AcknowledgedRange> ranges_;
  AcknowledgedRange dead_letters_;
  RefusedOfTransaction refused_;
  bool in_doubt_ = false;
  std::vector<int> late_;                 // by lane: looks until its messages arrive
  std::optional<ProgressRecord> marked_;  // until its commit is asked for
  std::uint64_t acknowledged_ = 0;
};

class FakeProducers final : public ProducerFactory {
 public:
  FakeProducers(FakeBroker& broker, Failpoints& failpoints)
      : broker_(broker), failpoints_(failpoints) {}
  std::unique_ptr<TransactionalProducer> Make(const std::string& id) override {
    // The commit's thread has died, and the load's goes on: a process has no such thread left.
    if (broker_.crashed) throw SimulatedCrash{};
    return std::make_unique<FakeProducer>(broker_, id, failpoints_);
  }

 private:
  FakeBroker& broker_;
  Failpoints& failpoints_;
};

class FakeProgressLog final : public ProgressLog {
 public:
  explicit FakeProgressLog(FakeBroker& broker) : broker_(broker) {}
  Outcome Latest(const std::string& load_name, Duration,
                 std::optional<ProgressRecord>& record) override {
    if (broker_.moment) broker_.moment("Latest");
    broker_.asked.emplace_back("Latest");
    record = broker_.Latest(load_name);
    return {};
  }
  Outcome All(const std::string& load_name, InputsWanted, Duration,
              std::vector<ProgressRecord>& records) override {
    records = broker_.AllOf(load_name);
    return {};
  }
  void Renew() override { ++broker_.renewed; }

 private:
  FakeBroker& broker_;
};

class FakeSurroundings final : public Surroundings {
 public:
  explicit FakeSurroundings(FakeBroker& broker) : broker_(broker) {}
  Outcome Look(Duration, Here& here) override {
    if (broker_.moment) broker_.moment("Look");
    broker_.asked.emplace_back("Look");
    here.blank.cluster_id = "cluster";
    here.blank.topic_id = broker_.topic_id;
    here.blank.partitions.assign(broker_.log.size(), {});
    here.ends.clear();
    for (const auto& log : broker_.log) {
      here.ends.push_back(KafkaOffset{static_cast<std::int64_t>(log.size())});
    }
    return {};
  }
  void Renew() override { ++broker_.renewed; }

 private:
  FakeBroker& broker_;
};

// Keeps what is told: all events, and the sentences of those that have one.
class EventKeeper final : public RunListener {
 public:
  void On(const RunEvent& event) override {
    on_other_thread |= std::this_thread::get_id() != thread_;
    events.push_back(event);
    if (const auto sentence = SentenceOf(event)) notices += sentence->text + "\n";
  }

  // All events of one kind.
  template <typename Event>
  std::vector<Event> Of() const {
    std::vector<Event> found;
    for (const RunEvent& event : events) {
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    }
    return found;
  }

  std::vector<RunEvent> events;
  std::string notices;
  bool on_other_thread = false;  // than the one that made this

 private:
  std::thread::id thread_ = std::this_thread::get_id();
};

}  // namespace onceload
