#include "repair/load_facts.h"

#include <algorithm>
#include <filesystem>

#include "onceload/core/error.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/recover/recover.h"

namespace onceload {
namespace {

// A broker learns of a topic a moment after the one that made it.
constexpr int kLooks = 10;

bool HasChunks(const std::optional<LedgerState>& ledger) {
  return ledger && (ledger->last.chunk.value > 0 || ledger->intent);
}

// Where the load's rows are in the partition, by all that is known: [first, end).
OffsetRange PlaceOf(const LoadFacts& facts, std::size_t partition) {
  OffsetRange place{PartitionId{static_cast<std::int32_t>(partition)}, kNoOffset, kNoOffset};
  const auto widen = [&](const ProgressRecord& record) {
    if (partition >= record.partitions.size()) return;
    const PartitionProgress& known = record.partitions[partition];
    if (known.first == kNoOffset) return;
    if (place.begin == kNoOffset || known.first < place.begin) place.begin = known.first;
    place.end = std::max(place.end, known.end);
  };
  if (facts.ledger) widen(facts.ledger->last);
  if (facts.ledger && facts.ledger->intent) widen(*facts.ledger->intent);
  if (facts.kafka) widen(*facts.kafka);
  return place;
}

}  // namespace

std::optional<TopicFacts> FactFinder::Describe(const std::string& topic) {
  std::optional<TopicFacts> facts;
  for (int look = 0; look < kLooks && !facts; ++look) {
    wait_.Until("answer about topic " + topic,
                [&](Duration slice) { return cluster_.Describe(topic, slice, facts); });
  }
  return facts;
}

void FactFinder::AskLedger(LoadFacts& facts) const {
  std::error_code ignored;
  if (!std::filesystem::exists(request_.state, ignored)) return;
  Failpoints none;
  const CheckpointStore store(request_.state, CheckpointStore::Mode::kReadOnly, none);
  facts.ledger = store.Find(request_.name);
}

void FactFinder::AskKafka(LoadFacts& facts) {
  wait_.Until("answer from the brokers",
              [&](Duration slice) { return cluster_.Id(slice, facts.cluster_id); });
  facts.progress_topic = Describe(request_.progress_topic).has_value();
  if (!facts.progress_topic) return;
  const auto log = MakeRdkafkaProgressLog(request_.config, request_.progress_topic);
  try {
    wait_.Until("the progress record",
                [&](Duration slice) { return log->Latest(request_.name, slice, facts.kafka); });
  } catch (const Error& error) {
    if (error.code() != ExitCode::kDisagreement) throw;
    facts.unreadable = error.what();
    return;
  }
  if (!facts.kafka) return;
  facts.unreadable = ImpossibleIn(*facts.kafka);
  if (!facts.unreadable.empty()) facts.kafka.reset();
}

TopicNow FactFinder::LookAt(const ProgressRecord& load, std::vector<KafkaOffset>& ends) {
  TopicNow now;
  now.name = load.topic;
  const std::optional<TopicFacts> facts = Describe(load.topic);
  if (!facts) return now;
  now.exists = true;
  now.id = facts->id;
  now.partitions = static_cast<std::size_t>(facts->partitions);
  now.same = MayBeSameTopic(load.topic_id, facts->id);
  wait_.Until("offsets of the topic", [&](Duration slice) {
    return cluster_.EndOffsets(load.topic, facts->partitions, slice, ends);
  });
  return now;
}

std::string FactFinder::RefusalOf(const ProgressRecord& load, const LoadFacts& facts,
                                  const TopicNow& topic,
                                  const std::vector<KafkaOffset>& ends) const {
  if (!topic.exists) {
    return load.rows() == 0 ? std::string() : "topic " + topic.name + " is gone: it was deleted";
  }
  // All that a person says is as it was; what the cluster says is as it is.
  Here here;
  here.blank = load;
  here.blank.cluster_id = facts.cluster_id;
  here.blank.topic_id = topic.id;
  here.blank.partitions.assign(topic.partitions, PartitionProgress{});
  here.ends = ends;
  here.progress_topic = request_.progress_topic;
  const std::optional<Error> changed = ChangedSurroundings(here, load);
  return changed ? changed->what() : std::string();
}

LoadFacts FactFinder::Find(bool count) {
  LoadFacts facts;
  AskLedger(facts);
  AskKafka(facts);
  if (!facts.ledger && !facts.kafka && facts.unreadable.empty()) {
    throw Error(ExitCode::kUsage, "nothing is known of this load", request_.name,
                "check the name, --state and --progress-topic; onceload history lists the loads");
  }
  std::vector<KafkaOffset> ends;
  if (facts.kafka) {
    facts.topic = LookAt(*facts.kafka, ends);
    facts.kafka_stands = RefusalOf(*facts.kafka, facts, facts.topic, ends);
  }
  // The ledger first, as a start does: it is this machine's own memory of where the load went.
  if (HasChunks(facts.ledger)) {
    facts.topic = LookAt(facts.ledger->last, ends);
    facts.refusal = RefusalOf(facts.ledger->last, facts, facts.topic, ends);
  }
  if (facts.refusal.empty()) facts.refusal = facts.kafka_stands;
  if (facts.refusal.empty() && !facts.unreadable.empty()) {
    facts.refusal = "Kafka's progress record cannot be gone on from: " + facts.unreadable;
  }
  if (facts.refusal.empty()) {
    const auto error = ContradictionOf(request_.progress_topic, facts.ledger, facts.kafka);
    if (error) facts.refusal = error->what();
  }
  if (facts.topic.exists && (count || !facts.refusal.empty())) Count(facts);
  return facts;
}

void FactFinder::Count(LoadFacts& facts) {
  TopicNow& topic = facts.topic;
  const auto scan = MakeRdkafkaScan(request_.config, topic.name);
  std::vector<OffsetRange> ranges;
  for (OffsetRange held : BoundsOf(*scan, static_cast<std::int32_t>(topic.partitions), wait_)) {
    if (topic.same) {
      const OffsetRange place = PlaceOf(facts, static_cast<std::size_t>(held.partition.value));
      held.begin = std::max(held.begin, place.begin);
      held.end = std::min(held.end, place.end);
    }
    if (held.begin < held.end) ranges.push_back(held);
  }
  if (ranges.empty()) return;
  ScanRanges(*scan, ranges, wait_, [&](const CommittedRecord& record) {
    ++topic.records;
    const auto p = static_cast<std::size_t>(record.partition.value);
    const bool counted = facts.kafka && p < facts.kafka->partitions.size() &&
                         record.offset < facts.kafka->partitions[p].end;
    if (!counted) ++topic.uncounted;
  });
}

}  // namespace onceload
