// How far a load has come: the value that rides in every Kafka transaction and that the ledger
// keeps. It holds all that a stranger needs to go on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/core/finished_inputs.h"
#include "onceload/core/frozen_options.h"
#include "onceload/core/rules.h"
#include "onceload/core/types.h"

namespace onceload {

// Fingerprint of the first n bytes of a file, n being a position kept beside it. Complete blocks of
// kFingerprintBlock bytes are chained, the rest is digested alone; so going on at n needs the last
// partial block only, and proving the prefix needs one read of it.
//   blocks(0) = 0, blocks(i) = Extend(blocks(i-1), DigestOf(block i)),  tail = DigestOf(rest)
struct PrefixFingerprint {
  Digest blocks;
  Digest tail = DigestOf({});

  bool operator==(const PrefixFingerprint&) const = default;
};
inline constexpr std::uint64_t kFingerprintBlock = std::uint64_t{1} << 20;

// A record boundary in the input: everything before it is accounted for.
struct InputPosition {
  std::uint32_t file = 0;  // index into the load's inputs
  ByteOffset byte{};       // just past the last record
  RowNumber row{};         // rows before it
  std::uint64_t empty_lines = 0;
  PrefixFingerprint prefix{};

  bool operator==(const InputPosition&) const = default;
};

// What a load has put into one partition of its topic.
struct PartitionProgress {
  std::uint64_t rows = 0;
  Digest digest;                  // rolling, over this load's records only
  KafkaOffset first = kNoOffset;  // of the load's first record here
  KafkaOffset end = kNoOffset;    // just past its last one
  // Of all record digests, modulo 2^64: what can still be compared where rows of several loads lie
  // among each other. nullopt: no rows, or some of them were sent by a version that keeps no sum.
  std::optional<Digest> sum{};

  // The load's next record here; its offset is not known yet.
  void Add(Digest record) {
    if (rows == 0) sum = Digest{};
    ++rows;
    digest = Extend(digest, record);
    if (sum) sum->value += record.value;
  }

  // A sum that is not known contradicts none.
  bool operator==(const PartitionProgress& other) const {
    return rows == other.rows && digest == other.digest && first == other.first &&
           end == other.end && (!sum || !other.sum || *sum == *other.sum);
  }
};

// Text that is read of a file to see whether it can be one that is known. A read of this size costs
// little more than the opening of the file.
inline constexpr std::uint64_t kHeadBytes = std::uint64_t{64} << 10;

// DigestOf() the first `bytes` bytes of a text: kHeadBytes, or all there was of it when it was
// looked at. A text that begins with it is that one, perhaps grown, while no row of it is loaded;
// what is loaded is known by its fingerprint.
struct HeadKey {
  Digest digest;
  std::uint64_t bytes = kHeadBytes;

  bool full() const { return bytes == kHeadBytes; }
  bool operator==(const HeadKey&) const = default;
};

// In place of an input's index.
inline constexpr std::uint32_t kKeptAsKey = ~std::uint32_t{0};

// What was known of an input file when it was opened. All but `name`, `end` and `head` are hints
// that spare reading: a copy under another path on another machine is the same input if its text
// is.
struct InputFile {
  std::string path;  // its bytes, whatever they are
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  // Where its rows end, once all of them are accounted for: then it is needed no more. The position
  // is the content key: length and fingerprint of the text.
  std::optional<InputPosition> end{};
  // What its messages' headers call it: its file name when it was first opened. Empty: the file
  // name of `path` (first rules).
  std::string name{};
  // How its text is made from the file, "gzip": SourceFile::coding().
  std::string coding{};
  // nullopt: not known, or not needed: it had no row, which tells no file from another, or it has
  // an end before a full one.
  std::optional<HeadKey> head{};
  // Of a further piece of a file that has grown after later inputs were begun: where it begins in
  // the file, `begin->file` being the index of the piece before it; kKeptAsKey: among the finished.
  std::optional<InputPosition> begin{};

  // Rows of its file before it.
  std::uint64_t rows_before() const { return begin ? begin->row.value : 0; }

  bool operator==(const InputFile&) const = default;
};

// What the load's rows had to fit when it was begun: which rows are rejected follows from it, so it
// is frozen. 0: not known (first rules, or no such topic yet): as things are now.
struct RowLimits {
  std::uint64_t record_bytes = 0;      // --record-bytes-max
  std::int64_t message_bytes = 0;      // max.message.bytes of the topic
  std::int64_t dead_letter_bytes = 0;  // and of the dead letters'

  bool operator==(const RowLimits&) const = default;
};

// Times that the topic took while rows were read: of those behind `behind`, up to the next one's.
// They move with the clock, so each time that one of them has rejected a row it is written down.
struct TimeLimits {
  RowNumber behind;              // of the whole load
  std::int64_t earliest_ms = 0;  // since 1970; 0: any
  std::int64_t latest_ms = 0;    // likewise

  bool any() const { return earliest_ms == 0 && latest_ms == 0; }
  bool operator==(const TimeLimits&) const = default;
};

// A row that a broker has refused, for what only it knows: nothing in the row's text tells, so the
// load does.
struct RefusedRow {
  RowNumber row;  // of the whole load
  std::string detail;
  std::string column;  // the one the fault lies in; empty: the row as a whole

  bool operator==(const RefusedRow&) const = default;
};

// The record is written anew with each chunk: more of them would make it a burden. Where so many
// rows are refused it is not the rows that are odd.
inline constexpr std::size_t kRefusedRowsMax = 1'000;

// What of the load's rows the topic does not take. In the order of rows.
struct Refusals {
  bool keyed = false;  // a record needs a key; frozen
  std::vector<TimeLimits> times;
  std::vector<RefusedRow> rows;

  bool none() const { return !keyed && times.empty() && rows.empty(); }
  bool operator==(const Refusals&) const = default;
};

// The cell of a loaded row that spans the most lines: it is how a quote shows that was closed by
// another one, far behind. lines == 0: no cell has more than one.
struct LongCell {
  std::uint64_t lines = 0;
  std::uint32_t file = 0;  // index into the load's inputs
  RowNumber row;
  std::string column;

  bool operator==(const LongCell&) const = default;
};

// A digest of all that is known of a file without reading it.
std::uint64_t HintOf(const InputFile& file);

// Both were the same file, untouched, as far as the file system can tell.
bool SameFile(const InputFile& a, const InputFile& b);

struct ProgressRecord {
  std::string load_name;
  std::string load_id;  // UUID of the load, made when it was first started
  std::string run_id;   // UUID of the run that wrote this
  std::string writer;   // "pid 4711 on host since 2026-01-31T12:00:00Z", for people

  ChunkNumber chunk;
  bool complete = false;  // the input's end has been reached
  InputPosition position;
  std::vector<PartitionProgress> partitions;  // index = partition
  std::uint64_t rejected = 0;                 // rows that could not be loaded
  std::uint64_t rejected_lines = 0;           // that they span; >= rejected
  PartitionProgress dead_letters;             // those of them sent to a dead letter topic
  std::string dead_letter_topic;              // empty: none was sent yet
  std::uint64_t rejects_bytes = 0;            // of the file of rejected rows, if one is kept
  // Bytes of the file itself up to `position`, where its text is made from it (InputFile::coding).
  std::uint64_t packed_done = 0;
  LongCell long_cell;
  Refusals refusals;

  // Frozen when the load was begun.
  Rules rules = Rules::kFirst;
  std::int64_t begun_ms = 0;  // wall clock; 0: not known (first rules)
  bool times = false;         // DigestRule::times
  RowLimits limits;

  // Before all of `inputs`: indices count from behind them.
  FinishedInputs finished;
  std::vector<InputFile> inputs;
  FrozenOptions options;
  std::string topic;
  std::string topic_id;  // as the broker gives it; none (IsTopicId) where it gives none
  std::string cluster_id;
  std::string tool_version;

  std::uint64_t rows() const;  // sum over partitions
  // Rows before `position`, in all inputs. Invariant: input_rows() = rows() + rejected.
  std::uint64_t input_rows() const;
  // Empty lines and comments before `position`, in all inputs.
  std::uint64_t empty_lines() const;
  DigestRule digest_rule() const { return {rules, times, true}; }

  bool operator==(const ProgressRecord&) const = default;
};

// Of the files of all inputs, those that are keys by now too.
std::uint64_t BytesOf(const ProgressRecord& record);

// Of BytesOf(record), those that are accounted for: never more. Within a compressed file
// that is packed_done.
std::uint64_t BytesDone(const ProgressRecord& record);

// The first thing about a record that cannot be, in words; empty: it is sound. For records of
// strangers: a topic or a file may hold anything.
//   position.file < |inputs|             (or no inputs, at the very begin)
//   inputs[i].end for all i < position.file
//   input_rows() = rows() + rejected
//   inputs[i].begin->file < i, and inputs[i].begin <= inputs[i].end
//   partitions[p].first <= .end, and rows > 0 where they are known
std::string ImpossibleIn(const ProgressRecord& record);

// Brokers before 2.8 have no topic ids (KIP-516), and an id of zeros is how a newer client tells
// that. False for it in any spelling, and for an empty one.
bool IsTopicId(std::string_view id);

// Two ids may be one topic's: they are equal, or one of them is none. A cluster that is upgraded
// gives its topics ids.
bool MayBeSameTopic(std::string_view id, std::string_view other);

// Keeps the oldest inputs as keys alone, as long as there are a page of them, and another one,
// before the position. False: there are not, or one of them is a piece of a file or is followed by
// one: of such a file the pieces are told from each other by more than a key has.
bool KeepAsKeys(ProgressRecord& record);

// All inputs in their long form, with what a key has. REQUIRES: finished.whole().
ProgressRecord WithAllInputs(ProgressRecord record);

// The same of clusters: some services tell no id.
bool MayBeSameCluster(std::string_view id, std::string_view other);

// Same chunk with the same outcome? `run_id`, `writer` and `tool_version` do not count: another run
// may have written it down.
bool SameOutcome(const ProgressRecord& a, const ProgressRecord& b);

}  // namespace onceload
