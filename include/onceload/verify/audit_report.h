// What an audit has found, and how it is told.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/core/types.h"

namespace onceload {

// What an audit goes by; each level proves what those before it do.
enum class AuditLevel : std::uint8_t {
  kCounts,  // how many records there are
  kDigest,  // that they are those which were sent
  kSource,  // that they are the rows of the files
};
inline constexpr std::size_t kAuditLevels = 3;
std::string_view NameOf(AuditLevel level);
// What it proves, and what it does not, in a sentence each without a full stop.
std::string_view ProofOf(AuditLevel level);
std::string_view LimitOf(AuditLevel level);

// Kinds of differences between what should be in the topic and what is.
enum class FindingKind : std::uint8_t {
  kDeleted,     // offsets of the load that the topic no longer holds
  kChunk,       // the first chunk of a partition whose records are others
  kLost,        // a row of the file that is nowhere
  kChanged,     // a row in whose place another record is
  kDoubled,     // a row that is there once more
  kForeign,     // a record that is no row of the file
  kMoved,       // a row in another partition than its key's
  kDisorder,    // a row behind one that follows it in the file
  kUnfinished,  // rows of the file that have not been loaded yet
  kDeadLetter,  // rejected rows that are not in the dead letter topic as they should be
  kUnnamed,     // partitions that differ where no single row could be named
};
inline constexpr std::size_t kFindingKinds = 11;
std::string_view NameOf(FindingKind kind);

struct Finding {
  FindingKind kind = FindingKind::kLost;
  PartitionId partition{-1};       // -1: none in particular
  KafkaOffset offset = kNoOffset;  // kNoOffset: none
  std::string file;                // of the row
  RowNumber row;                   // in it; 0: none
  ByteOffset byte;                 // of the row, if there is one
  ChunkNumber chunk;               // 0: none
  std::string text;                // the fact in words, with the places above
};

// Counts all findings, keeps the first few of each kind.
class Findings {
 public:
  static constexpr std::size_t kKeptOfAKind = 10;

  // Will the next one of this kind be kept? If not, its text need not be made.
  bool Keeps(FindingKind kind) const { return Count(kind) < kKeptOfAKind; }
  void Add(Finding finding);

  std::uint64_t Count(FindingKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  std::uint64_t total() const;
  bool empty() const { return kept_.empty(); }
  const std::vector<Finding>& kept() const { return kept_; }

 private:
  std::array<std::uint64_t, kFindingKinds> counts_{};
  std::vector<Finding> kept_;
};

struct PartitionVerdict {
  PartitionId partition;
  std::uint64_t expected = 0;
  std::uint64_t found = 0;
  bool equal = true;              // same records in the same order, by rolling digest
  std::string differs;            // where from, if not equal: "from chunk 5"
  KafkaOffset begin = kNoOffset;  // what was read: [begin, end); kNoOffset: nothing
  KafkaOffset end = kNoOffset;
  std::uint64_t gone = 0;  // rows before those expected, whose records were deleted
};

// A file, as it reads today.
struct AuditedInput {
  std::string path;
  std::string name;            // what its messages call it
  std::uint64_t rows = 0;      // that are loaded, or rejected
  std::uint64_t rejected = 0;  // of them
};

struct AuditReport {
  std::string load;
  std::string topic;
  std::string cluster_id;
  std::string against;  // what the topic was compared with, for people
  AuditLevel level = AuditLevel::kDigest;
  bool exclusive = false;   // the rest of the topic has been looked at, too
  bool complete = true;     // the load has reached its input's end
  std::uint64_t bytes = 0;  // of the input, loaded
  std::uint64_t bytes_total = 0;
  ChunkNumber chunk;  // newest; 0: none known
  std::vector<PartitionVerdict> partitions;
  std::uint64_t rejected = 0;  // rows that the load could not load
  std::string dead_letter_topic;
  std::optional<PartitionVerdict> dead_letters;  // in their one partition; nullopt: none were sent
  Findings findings;
  std::vector<std::string> notes;
  double seconds = 0;
  // At kSource: the files in the load's order, and how many of their rows were rejected for what.
  std::vector<AuditedInput> inputs;
  std::map<std::string, std::uint64_t> reasons;
  // The load's newest record; nullopt: there is none.
  std::optional<ProgressRecord> record;

  std::uint64_t expected() const;
  std::uint64_t found() const;
  std::uint64_t gone() const;
  // Every partition equal, dead letters included.
  bool equal() const;
  // The same, and no finding.
  bool proven() const { return findings.empty() && equal(); }
};

// Loads whose rows lie among each other, and whose records do not say whose they are: compared as
// one, by number and by the sum of all digests. Each row is there once and nothing else is; in what
// order is not proven.
struct Together {
  std::string topic;
  std::vector<std::string> loads;
  std::vector<PartitionVerdict> partitions;
  bool by_sums = false;  // false: by number alone
  Findings findings;     // also of records among loads that are told apart

  bool equal() const;
  bool proven() const { return findings.empty() && equal(); }
};

// One load of several.
struct LoadVerdict {
  std::string load;
  std::string topic;
  std::optional<AuditReport> report;  // nullopt: it could not be audited
  std::string refused;                // why
  bool together = false;              // what is found of it is told of its group alone

  bool proven() const { return report && (together ? report->findings.empty() : report->proven()); }
};

// What of a topic is no load's.
struct TopicRest {
  std::string topic;
  std::size_t loads = 0;  // that have rows in it
  Findings findings;
};

struct LoadsReport {
  AuditLevel level = AuditLevel::kDigest;
  std::vector<LoadVerdict> loads;
  std::vector<Together> groups;
  std::vector<std::string> amiss;  // with all of them as a whole: a shard is missing
  std::vector<TopicRest> rests;    // empty: not looked at
  double seconds = 0;

  bool proven() const;
};

// A table, the findings, and a verdict as the last line.
void PrintText(const AuditReport& report, std::ostream& out);

// A line a load; the findings of those that are not proven; a verdict as the last line.
void PrintText(const LoadsReport& report, std::ostream& out);

// The same as one JSON object, on one line.
void PrintJson(const AuditReport& report, std::ostream& out);
void PrintJson(const LoadsReport& report, std::ostream& out);

}  // namespace onceload
