#include "onceload/locate/locate.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "locate/waypoints.h"
#include "onceload/core/error.h"
#include "onceload/core/path_name.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/message/partitioner.h"
#include "onceload/rows/input_rows.h"
#include "onceload/verify/known_loads.h"
#include "onceload/verify/record_text.h"

namespace onceload {
namespace {

class Locator {
 public:
  Locator(const LocateRequest& request, Clock& clock)
      : request_(request),
        clock_(clock),
        begun_(clock.Now()),
        wait_(clock, request.retry_budget, request.config.bootstrap(), request.notice) {}

  Located Row(RowNumber row);
  Located Key(const std::string& key);
  Located Origin(PartitionId partition, KafkaOffset offset);

 private:
  // A row as it was read from the file, and the how manieth of its partition it is.
  struct FoundRow {
    RowPlace place;
    std::uint64_t of_partition = 0;
    Digest digest;
  };
  // A record of a range, likewise.
  struct FoundRecord {
    std::uint64_t of_range = 0;
    KafkaOffset offset;
    std::int64_t time_ms = kNoTime;
    Digest digest;
    std::string text;
  };

  std::string LoadAt(PartitionId partition, KafkaOffset offset);
  void TakeLoad(const std::string& name);
  void TakePaths();
  std::uint32_t FileAsked(RowNumber row) const;
  // Rows of the load from a waypoint on, until `wanted` says that it has what it wants. False: the
  // input ended before.
  template <typename Wanted>
  bool ReadRows(const Waypoint& from, const Wanted& wanted, FoundRow& found);
  void FillPlace(const InputRows& rows, std::uint32_t file, RowPlace& place) const;
  std::vector<OffsetRange> Held();
  FoundRecord ReadRecord(const OffsetRange& range, std::uint64_t wanted);
  Located Done(std::vector<RowPlace> places, std::string how) const;
  [[noreturn]] void Refuse(ExitCode code, const std::string& what, const std::string& advice) const;

  const LocateRequest& request_;
  Clock& clock_;
  const Duration begun_;
  KafkaWait wait_;
  ProgressRecord load_;
  RowRules rules_;
  std::vector<Waypoint> waypoints_;
  bool with_ledger_ = false;
};

void Locator::Refuse(ExitCode code, const std::string& what, const std::string& advice) const {
  throw Error(code, what, "load " + load_.load_name + ", topic " + request_.topic, advice);
}

// Which load's rows lie there.
std::string Locator::LoadAt(PartitionId partition, KafkaOffset offset) {
  Cluster cluster(request_.config);
  const auto scan = MakeRdkafkaScan(request_.config, request_.progress_topic);
  const auto p = static_cast<std::size_t>(partition.value);
  for (const ProgressRecord& load :
       KnownLoads(request_.progress_topic, cluster, *scan, wait_, request_.notice)) {
    if (load.topic != request_.topic || p >= load.partitions.size()) continue;
    const PartitionProgress& loaded = load.partitions[p];
    if (loaded.first != kNoOffset && loaded.first <= offset && offset < loaded.end) {
      return load.load_name;
    }
  }
  throw Error(ExitCode::kUsage, "no load has rows at this place",
              "topic " + request_.topic + " partition " + std::to_string(partition.value) +
                  " offset " + std::to_string(offset.value),
              "it is another producer's, or of a load with another --progress-topic");
}

void Locator::TakeLoad(const std::string& name) {
  std::vector<LedgerChunk> chunks;
  std::error_code ignored;
  if (std::filesystem::exists(request_.state, ignored)) {
    try {
      Failpoints none;
      chunks = CheckpointStore(request_.state, CheckpointStore::Mode::kReadOnly, none).Chunks(name);
    } catch (const Error& error) {
      request_.notice("going on with Kafka's own record alone: " + error.Line());
    }
  }
  std::vector<ProgressRecord> records;
  const auto log = MakeRdkafkaProgressLog(request_.config, request_.progress_topic);
  wait_.Until("progress records", [&](Duration slice) {
    return log->All(name, InputsWanted::kOfTheLast, slice, records);
  });
  if (records.empty() || records.back().chunk.value == 0) {
    throw Error(ExitCode::kUsage, "nothing is known of load " + name,
                "progress topic " + request_.progress_topic,
                "onceload history lists the loads; name one with --name");
  }
  load_ = records.back();
  if (load_.topic != request_.topic) {
    Refuse(ExitCode::kUsage, "this load went into topic " + load_.topic,
           "use --topic " + load_.topic);
  }
  waypoints_ = WaypointsOf(load_, records, chunks);
  with_ledger_ = !chunks.empty();
  static_cast<FrozenEncoding&>(rules_) = FrozenEncodingOf(load_);
  rules_.TakeFrozen(load_);
  rules_.union_columns = true;
  rules_.partitions = static_cast<std::int32_t>(load_.partitions.size());
  TakePaths();
}

// A file that was given by another path than the load's takes the place of that of its name; of a
// file that has grown all pieces.
void Locator::TakePaths() {
  for (const std::string& given : request_.files) {
    const auto is = [&](const InputFile& input) { return input.path == given; };
    if (std::any_of(load_.inputs.begin(), load_.inputs.end(), is)) continue;
    const auto same = std::find_if(
        load_.inputs.begin(), load_.inputs.end(),
        [&](const InputFile& input) { return NameOfPath(input.path) == NameOfPath(given); });
    if (same == load_.inputs.end()) {
      Refuse(ExitCode::kUsage, given + " is no file of this load by its name",
             "give it under the name that it was loaded by");
    }
    const std::string before = same->path;
    for (InputFile& input : load_.inputs) {
      if (input.path == before) input.path = given;
    }
  }
}

// The input that has row `row` of the file asked for, as far as it was loaded; else its last piece.
std::uint32_t Locator::FileAsked(RowNumber row) const {
  if (request_.files.size() != 1 && (!request_.files.empty() || load_.inputs.size() != 1)) {
    Refuse(ExitCode::kUsage, "the load has several files", "say which one with --file");
  }
  const std::string& path = request_.files.empty() ? load_.inputs[0].path : request_.files[0];
  std::size_t file = 0;
  for (std::size_t i = 0; i < load_.inputs.size(); ++i) {
    if (load_.inputs[i].path != path) continue;
    file = i;
    if (load_.inputs[i].end && row <= load_.inputs[i].end->row) break;
  }
  return static_cast<std::uint32_t>(file);
}

void Locator::FillPlace(const InputRows& rows, std::uint32_t file, RowPlace& place) const {
  place.file = load_.inputs[file].path;
  place.row = rows.record().row;
  place.byte = rows.record().begin;
  place.text = std::string(rows.record().raw);
}

template <typename Wanted>
bool Locator::ReadRows(const Waypoint& from, const Wanted& wanted, FoundRow& found) {
  std::vector<std::uint64_t> counts(load_.partitions.size());
  std::uint64_t before = load_.finished.rows;
  for (std::uint32_t file = 0; file < load_.inputs.size(); ++file) {
    const InputFile& input = load_.inputs[file];
    const bool passed = file == from.at.file && input.end && from.at.row >= input.end->row;
    if (file >= from.at.file && !passed) {
      InputPosition begin = file == from.at.file ? from.at : InputPosition{};
      if (file > from.at.file && input.begin) begin = *input.begin;
      begin.file = file;
      InputRows rows(rules_, input, begin, before);
      MessageBatch batch;
      for (;;) {
        batch.Clear();
        const InputRows::Kind kind = rows.Next(batch);
        if (kind == InputRows::Kind::kEnd) break;
        const bool rejected = kind == InputRows::Kind::kRejected;
        if (!rejected) {
          const auto p = static_cast<std::size_t>(rows.message().partition.value);
          found.of_partition = ++counts[p];
          found.place.partition = rows.message().partition;
          found.digest = rows.digest();
        }
        if (!wanted(file, rows, rejected, found)) continue;
        FillPlace(rows, file, found.place);
        return true;
      }
    }
    if (input.end) before += input.end->row.value - input.rows_before();
  }
  return false;
}

std::vector<OffsetRange> Locator::Held() {
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  return BoundsOf(*scan, rules_.partitions, wait_);
}

// The `wanted`-th record of the range, from 1; the last one, if there are fewer.
Locator::FoundRecord Locator::ReadRecord(const OffsetRange& range, std::uint64_t wanted) {
  const OffsetRange held = Held()[static_cast<std::size_t>(range.partition.value)];
  if (held.begin > range.begin) {
    Refuse(ExitCode::kDifferences,
           "partition " + std::to_string(range.partition.value) + " begins at offset " +
               std::to_string(held.begin.value) + " now: retention has taken what lies before",
           "onceload verify tells what is left");
  }
  FoundRecord found;
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  ScanRanges(*scan, {{range.partition, range.begin, std::min(range.end, held.end)}}, wait_,
             [&](const CommittedRecord& record) {
               if (found.of_range == wanted) return;
               ++found.of_range;
               found.offset = record.offset;
               if (found.of_range != wanted && record.offset.value + 1 != range.end.value) return;
               found.time_ms = record.time_ms;
               found.digest = RecordDigest(rules_.digest, record.parts());
               found.text = RecordText(record, /*times=*/false);
             });
  return found;
}

Located Locator::Done(std::vector<RowPlace> places, std::string how) const {
  Located located;
  located.load = load_.load_name;
  located.places = std::move(places);
  located.how = (with_ledger_ ? "state file and progress records: " : "progress records: ") +
                std::to_string(waypoints_.size() - 1) + " places known; " + std::move(how);
  located.seconds = static_cast<double>((clock_.Now() - begun_).count()) / 1000;
  return located;
}

Located Locator::Row(RowNumber row) {
  TakeLoad(request_.name);
  const std::uint32_t file = FileAsked(row);
  const InputFile& input = load_.inputs[file];
  const bool ended = input.end.has_value();
  const RowNumber last =
      ended ? input.end->row : (load_.position.file == file ? load_.position.row : RowNumber{0});
  if (row > last || row.value == 0) {
    Refuse(ExitCode::kUsage,
           "of " + input.path + " rows 1 to " + std::to_string(last.value) + " are loaded",
           ended ? "rows are counted without the header" : "the load has not come to it yet");
  }
  const std::size_t from = WaypointBefore(waypoints_, file, row);
  FoundRow found;
  const bool there = ReadRows(
      waypoints_[from],
      [&](std::uint32_t at, const InputRows& rows, bool rejected, const FoundRow&) {
        if (at != file || rows.row() != row) return false;
        if (!rejected) return true;
        Refuse(ExitCode::kUsage, Sentence(rows.rejected()), "it is in no partition");
      },
      found);
  if (!there) Refuse(ExitCode::kInput, input.path + " has no such row any more", "");
  const std::size_t to = std::min(from + 1, waypoints_.size() - 1);
  const PartitionId partition = found.place.partition;
  const OffsetRange range{partition, EndAt(waypoints_[from], waypoints_.back(), partition),
                          EndAt(waypoints_[to], waypoints_.back(), partition)};
  const FoundRecord record = ReadRecord(range, found.of_partition);
  if (record.of_range != found.of_partition || record.digest != found.digest) {
    Refuse(ExitCode::kDifferences,
           "partition " + std::to_string(range.partition.value) +
               " does not hold this row where it was loaded",
           "the file may have been edited since; onceload verify --source tells");
  }
  found.place.offset = record.offset;
  found.place.time_ms = record.time_ms;
  found.place.record = record.text;
  return Done(
      {std::move(found.place)},
      "read " +
          std::to_string(row.value -
                         (waypoints_[from].at.file == file ? waypoints_[from].at.row.value : 0)) +
          " rows of the file and offsets " + std::to_string(range.begin.value) + "-" +
          std::to_string(range.end.value - 1) + " of partition " +
          std::to_string(range.partition.value));
}

Located Locator::Key(const std::string& key) {
  TakeLoad(request_.name);
  const bool keyed = !rules_.encode.key_columns.empty() || rules_.encode.key_constant;
  if (!keyed || !rules_.encode.partition_by.empty()) {
    Refuse(ExitCode::kUsage, "the key does not choose the partition of this load's rows",
           "name a row with --file and --row");
  }
  // Its bytes choose the partition, and are another text.
  if (SchemaTypeOf(rules_.encode.key_format)) {
    Refuse(ExitCode::kUsage, "the keys of this load are written by a schema",
           "name a row with --file and --row");
  }
  const PartitionId partition = PartitionOf(key, RowNumber{1}, rules_.partitions);
  const auto p = static_cast<std::size_t>(partition.value);
  OffsetRange range{partition, load_.partitions[p].first, load_.partitions[p].end};
  std::vector<RowPlace> places;
  std::uint64_t more = 0;
  if (range.begin != kNoOffset) {
    const OffsetRange held = Held()[p];
    range.begin = std::max(range.begin, held.begin);
    range.end = std::min(range.end, held.end);
    const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
    ScanRanges(*scan, {range}, wait_, [&](const CommittedRecord& record) {
      if (record.key != key) return;
      if (places.size() == kPlacesMax) {
        ++more;
        return;
      }
      RowPlace& place = places.emplace_back();
      place.partition = partition;
      place.offset = record.offset;
      place.time_ms = record.time_ms;
      place.record = RecordText(record, /*times=*/false);
    });
  }
  if (places.empty()) Refuse(ExitCode::kUsage, "no row of this load has the key " + key, "");
  Located located = Done(std::move(places),
                         "read the load's offsets of partition " + std::to_string(partition.value));
  located.more = more;
  return located;
}

Located Locator::Origin(PartitionId partition, KafkaOffset offset) {
  TakeLoad(request_.name.empty() ? LoadAt(partition, offset) : request_.name);
  const auto p = static_cast<std::size_t>(partition.value);
  const std::string place =
      "partition " + std::to_string(partition.value) + " offset " + std::to_string(offset.value);
  if (p >= load_.partitions.size() || load_.partitions[p].first == kNoOffset ||
      offset < load_.partitions[p].first || offset >= load_.partitions[p].end) {
    Refuse(ExitCode::kUsage, "the load has no row at " + place,
           "leave --name out: the load that has rows there is looked for");
  }
  const std::size_t from = WaypointBefore(waypoints_, partition, offset);
  const OffsetRange range{partition, EndAt(waypoints_[from], waypoints_.back(), partition),
                          KafkaOffset{offset.value + 1}};
  const FoundRecord record = ReadRecord(range, ~std::uint64_t{0});
  if (record.offset != offset) {
    Refuse(ExitCode::kUsage, "there is no record at " + place,
           "it is a transaction's marker, or a row that was not committed");
  }
  FoundRow found;
  const bool there = ReadRows(
      waypoints_[from],
      [&](std::uint32_t, const InputRows&, bool rejected, const FoundRow& at) {
        return !rejected && at.place.partition == partition && at.of_partition == record.of_range;
      },
      found);
  if (!there || found.digest != record.digest) {
    Refuse(ExitCode::kDifferences, "the record at " + place + " is not the row that belongs there",
           "the file may have been edited since; onceload verify --source tells");
  }
  found.place.offset = offset;
  found.place.time_ms = record.time_ms;
  found.place.record = record.text;
  return Done({std::move(found.place)},
              "read offsets " + std::to_string(range.begin.value) + "-" +
                  std::to_string(offset.value) + " and the rows from chunk " +
                  std::to_string(waypoints_[from].chunk.value + 1) + " on");
}

}  // namespace

Located FindRow(const LocateRequest& request, RowNumber row, Clock& clock) {
  return Locator(request, clock).Row(row);
}

Located FindKey(const LocateRequest& request, const std::string& key, Clock& clock) {
  return Locator(request, clock).Key(key);
}

Located FindOrigin(const LocateRequest& request, PartitionId partition, KafkaOffset offset,
                   Clock& clock) {
  return Locator(request, clock).Origin(partition, offset);
}

}  // namespace onceload
