#include "verify/expectation.h"

#include <algorithm>
#include <map>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/recover/recover.h"

namespace onceload {
namespace {

struct KnownEnd {
  RowNumber end;  // through all inputs
  std::vector<PartitionProgress> partitions;
};

[[noreturn]] void Disagree(const std::string& what, const std::string& load) {
  throw Error(ExitCode::kDisagreement, what, "load " + load,
              "check --bootstrap-server, --progress-topic and --state; with --source and the file "
              "the topic is audited without the state file; " +
                  RepairAdvice(load));
}

std::string ChunkText(ChunkNumber chunk) { return "chunk " + std::to_string(chunk.value); }

// Which of the facts of one chunk differs.
std::string DescribeConflict(const ProgressRecord& ledger, const ProgressRecord& kafka) {
  for (std::size_t p = 0; p < std::min(ledger.partitions.size(), kafka.partitions.size()); ++p) {
    const PartitionProgress& ours = ledger.partitions[p];
    const PartitionProgress& theirs = kafka.partitions[p];
    if (ours == theirs) continue;
    return "partition " + std::to_string(p) + ": " + std::to_string(ours.rows) + " rows, digest " +
           ours.digest.Hex() + ", up to offset " + std::to_string(ours.end.value) +
           " in the state file; " + std::to_string(theirs.rows) + " rows, digest " +
           theirs.digest.Hex() + ", up to offset " + std::to_string(theirs.end.value) + " in Kafka";
  }
  return "byte " + std::to_string(ledger.position.byte.value) +
         " of the input in the state file, " + std::to_string(kafka.position.byte.value) +
         " in Kafka";
}

void CheckAgainst(const ProgressRecord& ledger, const ProgressRecord& kafka) {
  const std::string& load = kafka.load_name;
  if (ledger.load_id != kafka.load_id) {
    Disagree("state file and Kafka hold two loads of one name: " + ledger.load_id + " and " +
                 kafka.load_id,
             load);
  }
  if (ledger.chunk > kafka.chunk) {
    Disagree("the state file is ahead of Kafka: it has " + ChunkText(ledger.chunk) +
                 " as committed, Kafka has " + ChunkText(kafka.chunk),
             load);
  }
  if (ledger.chunk == kafka.chunk && !SameOutcome(ledger, kafka)) {
    Disagree("state file and Kafka say different things of " + ChunkText(kafka.chunk) + ": " +
                 DescribeConflict(ledger, kafka),
             load);
  }
}

// Each row read so far was loaded or rejected.
RowNumber EndOf(const LedgerChunk& chunk) {
  std::uint64_t rows = chunk.rejected;
  for (const PartitionProgress& partition : chunk.partitions) rows += partition.rows;
  return RowNumber{rows};
}

std::vector<Milestone> InSteps(std::map<ChunkNumber, KnownEnd>&& known) {
  std::vector<Milestone> milestones;
  milestones.reserve(known.size());
  ChunkNumber after;
  RowNumber begin;
  for (auto& [chunk, state] : known) {
    milestones.push_back({after, chunk, begin, state.end, std::move(state.partitions)});
    after = chunk;
    begin = state.end;
  }
  return milestones;
}

}  // namespace

std::optional<Expectation> Reconcile(std::vector<ProgressRecord> records,
                                     const std::optional<LedgerState>& ledger,
                                     const std::vector<LedgerChunk>& chunks) {
  const bool ledger_knows = ledger && ledger->last.chunk.value > 0;
  if (records.empty()) {
    if (!ledger_knows) return std::nullopt;
    Disagree("the state file has " + ChunkText(ledger->last.chunk) +
                 " as committed, Kafka has no progress record of the load",
             ledger->last.load_name);
  }
  Expectation expectation;
  expectation.last = records.back();
  expectation.with_ledger = ledger_knows;
  if (ledger_knows) CheckAgainst(ledger->last, expectation.last);

  // A chunk is written down again by who takes the load over or ends it: the newest word counts.
  std::map<ChunkNumber, KnownEnd> known;
  for (ProgressRecord& record : records) {
    if (record.load_id != expectation.last.load_id || record.chunk.value == 0) continue;
    const RowNumber end{record.rows() + record.rejected};  // which are its input_rows()
    known[record.chunk] = {end, std::move(record.partitions)};
  }
  for (const LedgerChunk& chunk : chunks) {
    if (!ledger_knows || chunk.chunk > expectation.last.chunk) continue;
    const auto [at, fresh] =
        known.try_emplace(chunk.chunk, KnownEnd{EndOf(chunk), chunk.partitions});
    if (!fresh && at->second.partitions != chunk.partitions) {
      Disagree("state file and Kafka say different things of " + ChunkText(chunk.chunk),
               expectation.last.load_name);
    }
  }
  expectation.milestones = InSteps(std::move(known));
  return expectation;
}

}  // namespace onceload
