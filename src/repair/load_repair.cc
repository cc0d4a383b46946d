#include "onceload/repair/load_repair.h"

#include <algorithm>
#include <utility>

#include <unistd.h>

#include "onceload/checkpoint/load_lock.h"
#include "onceload/core/error.h"
#include "onceload/core/text.h"
#include "onceload/core/uuid.h"
#include "onceload/core/version.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/load/load_run.h"
#include "repair/load_facts.h"
#include "repair/record_eraser.h"

namespace onceload {
namespace {

std::string Records(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " record" : " records");
}

// What a load that begins again meets in the topic.
std::string DoublesText(const TopicNow& topic) {
  if (topic.name.empty()) return "";  // nobody knows which
  if (!topic.exists) return " Topic " + topic.name + " has to be made first.";
  if (topic.records == 0) return " No record is in its way.";
  const std::string lie =
      topic.same ? Records(topic.records) + " of this load lie in topic " + topic.name + ": "
                 : "topic " + topic.name + " has " + Records(topic.records) + " of others: ";
  return topic.same ? " But " + lie +
                          "each row will be there twice, unless they are deleted before "
                          "(kafka-delete-records.sh, or the topic made anew)."
                    : " Note that " + lie + "they stay.";
}

ChoiceMeaning AdoptKafka(const LoadFacts& facts) {
  ChoiceMeaning meaning{RepairChoice::kAdoptKafka, false, ""};
  if (!facts.unreadable.empty()) {
    meaning.text = "not possible: Kafka's record is none (" + facts.unreadable + ")";
  } else if (!facts.kafka) {
    meaning.text = "not possible: Kafka has no record of the load";
  } else if (!facts.kafka_stands.empty()) {
    meaning.text =
        "not possible: Kafka's record tells of something else (" + facts.kafka_stands + ")";
  } else if (!facts.ledger) {
    meaning.text =
        "not needed: this state file knows nothing of the load, so the next load takes "
        "Kafka's record by itself";
  } else {
    meaning.possible = true;
    meaning.text = "the state file takes over what Kafka has: chunk " +
                   std::to_string(facts.kafka->chunk.value) + ", " +
                   std::to_string(facts.kafka->rows()) +
                   " rows. The same load command goes on behind them; what the state file has "
                   "beyond becomes history.";
    if (facts.topic.uncounted > 0) {
      meaning.text += " But " + Records(facts.topic.uncounted) +
                      " lie where the load's rows are and Kafka's record does not count them: if "
                      "they are this load's, their rows will be there twice.";
    }
  }
  return meaning;
}

ChoiceMeaning RestartFromZero(const LoadFacts& facts) {
  return {RepairChoice::kRestartFromZero, true,
          "Kafka's record ends with a tombstone, the state file keeps the runs as history and no "
          "position. The same load command sends every row again." +
              DoublesText(facts.topic)};
}

ChoiceMeaning Forget(const LoadFacts& facts) {
  return {
      RepairChoice::kForget, true,
      "Kafka's record ends with a tombstone, the state file loses all it knows of the load, its "
      "runs too: neither verify nor history know it any more. The topic keeps what it has; the "
      "same load command would send every row again." +
          DoublesText(facts.topic)};
}

std::string BackupPath(const std::string& state, const Clock& clock) {
  std::string time = UtcTime(clock.WallClock());
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  const std::string path = state + ".backup-" + time + "Z";
  // Of one that ended early within this second.
  std::string free = path;
  for (int n = 2; ::access(free.c_str(), F_OK) == 0; ++n) free = path + "-" + std::to_string(n);
  return free;
}

// The record of nothing sent, of another load id: what the ledger had becomes history.
ProgressRecord Nothing(const ProgressRecord& was, const ProgressRecord& run) {
  ProgressRecord none = was;
  none.load_id = NewUuid();
  none.run_id = run.run_id;
  none.writer = run.writer;
  none.tool_version = run.tool_version;
  none.chunk = ChunkNumber{0};
  none.complete = false;
  none.position = {};
  none.partitions.assign(was.partitions.size(), PartitionProgress{});
  none.rejected = none.rejected_lines = none.rejects_bytes = none.packed_done = 0;
  none.dead_letters = {};
  none.dead_letter_topic.clear();
  none.long_cell = {};
  none.refusals = {};
  none.finished = {};
  none.inputs.clear();
  return none;
}

class Repairer {
 public:
  Repairer(const RepairRequest& request, Clock& clock, Failpoints& failpoints)
      : request_(request),
        clock_(clock),
        failpoints_(failpoints),
        cluster_(request.config),
        wait_(clock, request.retry_budget, request.config.bootstrap(), request.notice) {}

  RepairReport Run();

 private:
  RepairReport Look();
  void CheckPossible(const RepairReport& report) const;
  void CarryOut(RepairReport& report);
  void EraseInKafka(RepairReport& report);
  void WriteLedger(const LoadFacts& facts, CheckpointStore& store);

  const RepairRequest& request_;
  Clock& clock_;
  Failpoints& failpoints_;
  Cluster cluster_;
  KafkaWait wait_;
};

RepairReport Repairer::Look() {
  RepairReport report;
  report.name = request_.name;
  report.state = request_.state;
  report.progress_topic = request_.progress_topic;
  FactFinder finder(request_, cluster_, wait_);
  report.facts = finder.Find(request_.choice == RepairChoice::kForget);
  if (!report.facts.refusal.empty()) {
    report.choices = {AdoptKafka(report.facts), RestartFromZero(report.facts)};
  }
  if (!report.facts.refusal.empty() || request_.choice == RepairChoice::kForget) {
    report.choices.push_back(Forget(report.facts));
  }
  return report;
}

void Repairer::CheckPossible(const RepairReport& report) const {
  const std::string flag(FlagOf(request_.choice));
  const auto found =
      std::find_if(report.choices.begin(), report.choices.end(),
                   [&](const ChoiceMeaning& m) { return m.choice == request_.choice; });
  if (found == report.choices.end()) {
    throw Error(ExitCode::kUsage, "there is nothing to repair: a load would go on",
                "load " + report.name, "to end the load's record: onceload forget");
  }
  if (!found->possible) {
    throw Error(ExitCode::kUsage, flag + " is " + found->text, "load " + report.name,
                "onceload repair without it tells what can be done");
  }
}

RepairReport Repairer::Run() {
  if (!request_.carry_out || request_.choice == RepairChoice::kNone) {
    RepairReport report = Look();
    if (request_.choice != RepairChoice::kNone && report.broken()) CheckPossible(report);
    return report;
  }
  // Before the look, so that what is looked at stays.
  const LoadLock lock(request_.state, request_.name, request_.writer);
  RepairReport report = Look();
  CheckPossible(report);
  CarryOut(report);
  return report;
}

void Repairer::CarryOut(RepairReport& report) {
  std::optional<CheckpointStore> store;
  if (report.facts.ledger) {
    store.emplace(request_.state, CheckpointStore::Mode::kReadWrite, failpoints_, request_.notice);
    report.backup = BackupPath(request_.state, clock_);
    store->BackUp(report.backup);
  }
  failpoints_.Hit("after_backup");
  if (request_.choice != RepairChoice::kAdoptKafka && report.facts.progress_topic) {
    EraseInKafka(report);
  }
  failpoints_.Hit("after_erase");
  if (store) WriteLedger(report.facts, *store);
  failpoints_.Hit("after_rewrite");
  report.done = request_.choice;
}

void Repairer::EraseInKafka(RepairReport& report) {
  const LoadFacts& facts = report.facts;
  const std::string& topic = request_.progress_topic;
  std::vector<KafkaOffset> ends;
  wait_.Until("offsets of the progress topic", [&](Duration slice) {
    return cluster_.EndOffsets(topic, kProgressPartitions, slice, ends);
  });
  const auto scan = MakeRdkafkaScan(request_.config, topic);
  ErasedLoad load{request_.name,
                  {},
                  facts.kafka,
                  KeysOf(request_.name, *scan, ends, wait_),
                  !facts.unreadable.empty()};
  for (const ProgressRecord* record :
       {facts.kafka ? &*facts.kafka : nullptr, facts.ledger ? &facts.ledger->last : nullptr}) {
    const std::string base =
        record == nullptr ? ClassicIdBase(request_.name) : FrozenIdBase(*record);
    if (std::find(load.id_bases.begin(), load.id_bases.end(), base) == load.id_bases.end()) {
      load.id_bases.push_back(base);
    }
  }
  std::optional<TopicFacts> described;
  wait_.Until("answer about topic " + topic,
              [&](Duration slice) { return cluster_.Describe(topic, slice, described); });
  ProducerTarget target;
  target.topic = target.progress_topic = topic;
  target.partitions = kProgressPartitions;
  target.message_bytes_max = target.progress_bytes_max =
      described ? described->message_bytes_max : TopicFacts().message_bytes_max;
  const auto producers = MakeRdkafkaProducers(request_.config, target, failpoints_);
  const auto log = MakeRdkafkaProgressLog(request_.config, topic);
  EraseLoad(load, *producers, *log, wait_);
  report.tombstones = load.keys.size();
}

void Repairer::WriteLedger(const LoadFacts& facts, CheckpointStore& store) {
  if (request_.choice == RepairChoice::kForget) return store.Forget(request_.name);
  const std::int64_t now_ms = clock_.WallClock().count();
  const bool adopt = request_.choice == RepairChoice::kAdoptKafka;
  ProgressRecord run = adopt ? *facts.kafka : facts.ledger->last;
  run.run_id = NewUuid();
  run.writer = request_.writer + ", " + std::string(FlagOf(request_.choice));
  run.tool_version = Version();
  // A run like any other: whoever held the load before may write no more.
  store.BeginRun(run, now_ms, run.tool_version);
  store.Adopt(adopt ? *facts.kafka : Nothing(facts.ledger->last, run), run.run_id, now_ms);
  store.EndRun(run.load_name, run.run_id, static_cast<int>(ExitCode::kDone), "", now_ms);
}

}  // namespace

std::string_view FlagOf(RepairChoice choice) {
  switch (choice) {
    case RepairChoice::kAdoptKafka:
      return "--adopt-kafka";
    case RepairChoice::kRestartFromZero:
      return "--restart-from-zero";
    case RepairChoice::kForget:
      return "--forget";
    case RepairChoice::kNone:
      break;
  }
  return {};
}

RepairReport Repair(const RepairRequest& request, Clock& clock, Failpoints& failpoints) {
  return Repairer(request, clock, failpoints).Run();
}

}  // namespace onceload
