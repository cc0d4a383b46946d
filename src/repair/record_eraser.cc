#include "repair/record_eraser.h"

#include <memory>
#include <set>

#include "onceload/core/error.h"
#include "onceload/load/load_run.h"
#include "onceload/message/partitioner.h"

namespace onceload {
namespace {

Error TakenBy(const ErasedLoad& load, const std::string& by) {
  return {ExitCode::kHeld, "a loader is at work on this load: nothing was erased",
          "load " + load.name + by, "stop it first, wherever it runs, and run the same command"};
}

// Until it is done; a fence is another loader's.
void Do(const ErasedLoad& load, KafkaWait& wait, const std::string& what,
        const std::function<Outcome(Duration)>& call) {
  wait.Until(what, [&](Duration slice) {
    Outcome outcome = call(slice);
    if (outcome.verdict == Verdict::kFenced) throw TakenBy(load, "");
    return outcome;
  });
}

std::optional<ProgressRecord> Newest(const ErasedLoad& load, ProgressLog& log, KafkaWait& wait) {
  std::optional<ProgressRecord> record;
  wait.Until("the progress record",
             [&](Duration slice) { return log.Latest(load.name, slice, record); });
  return record;
}

// All ids, each load's `a` first, as a loader takes them: session.cc has the reason.
std::vector<std::unique_ptr<TransactionalProducer>> TakeIds(const ErasedLoad& load,
                                                            ProducerFactory& producers,
                                                            KafkaWait& wait) {
  std::vector<std::unique_ptr<TransactionalProducer>> taken;
  for (const std::string& base : load.id_bases) {
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
      TransactionalProducer& producer =
          *taken.emplace_back(producers.Make(TransactionalId(base, turn)));
      Do(load, wait, "the transaction coordinator",
         [&](Duration slice) { return producer.Init(slice); });
    }
  }
  return taken;
}

void Commit(const ErasedLoad& load, TransactionalProducer& producer, KafkaWait& wait) {
  Do(load, wait, "a transaction", [&](Duration) { return producer.Begin(nullptr); });
  Do(load, wait, "the progress topic", [&](Duration) { return producer.Erase(load.keys); });
  Do(load, wait, "the commit", [&](Duration slice) { return producer.Commit(slice); });
}

}  // namespace

std::vector<std::string> KeysOf(const std::string& load_name, CommittedScan& progress,
                                const std::vector<KafkaOffset>& ends, KafkaWait& wait) {
  const PartitionId partition = PartitionOf(load_name, RowNumber{1}, kProgressPartitions);
  OffsetRange range =
      BoundsOf(progress, kProgressPartitions, wait)[static_cast<std::size_t>(partition.value)];
  range.end = ends[static_cast<std::size_t>(partition.value)];
  const std::string part = load_name + '\0';
  std::set<std::string> parts;
  ScanRanges(progress, {range}, wait, [&](const CommittedRecord& record) {
    if (record.key && record.value && record.key->starts_with(part)) parts.emplace(*record.key);
  });
  std::vector<std::string> keys(parts.begin(), parts.end());
  keys.push_back(load_name);
  return keys;
}

void EraseLoad(const ErasedLoad& load, ProducerFactory& producers, ProgressLog& log,
               KafkaWait& wait) {
  const auto taken = TakeIds(load, producers, wait);
  // What a loader committed before it lost its ids shows now, and nothing comes after it.
  std::optional<ProgressRecord> now;
  if (!load.unreadable) now = Newest(load, log, wait);
  const std::string known = load.known ? load.known->run_id : std::string();
  if (now && (now->run_id != known || now->chunk != load.known->chunk)) {
    throw TakenBy(load, ", by " + now->writer);
  }
  Commit(load, *taken.front(), wait);
  // An answer that was lost is made good by the look: the record is gone, or it is not.
  if (const auto left = Newest(load, log, wait)) throw TakenBy(load, ", by " + left->writer);
}

}  // namespace onceload
