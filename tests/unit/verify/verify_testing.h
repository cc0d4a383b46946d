// A topic in memory, and loads into it.
#pragma once

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/message/message_batch.h"
#include "onceload/message/partitioner.h"
#include "support/sleeping_clock.h"
#include "verify/source_audit.h"
#include "verify/verifier.h"

namespace onceload {

inline constexpr std::size_t kPartitions = 3;

struct StoredRecord {
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::string value;
  std::string headers{};
  std::int64_t time_ms = 1;  // as of sending
};

// Interleaves the partitions and hands out a few records at a time, as Kafka does.
class FakeScan final : public CommittedScan {
 public:
  std::vector<std::vector<StoredRecord>> partitions{kPartitions};
  std::vector<OffsetRange> bounds;
  int pending = 0;  // calls that say kPending first

  Outcome Run(const std::vector<OffsetRange>& ranges, Duration,
              const std::function<void(const CommittedRecord&)>& visit) override {
    if (pending > 0) {
      --pending;
      return {Verdict::kPending, "a broker is away"};
    }
    bool more = true;
    for (std::size_t i = 0; more; ++i) {
      more = false;
      for (const OffsetRange& range : ranges) {
        const auto& records = partitions[static_cast<std::size_t>(range.partition.value)];
        if (i >= records.size()) continue;
        more = true;
        const StoredRecord& r = records[i];
        if (r.offset < range.begin.value || r.offset >= range.end.value) continue;
        visit({range.partition, KafkaOffset{r.offset}, r.key, r.value, r.headers, r.time_ms});
      }
    }
    return {};
  }

  Outcome Bounds(std::int32_t, Duration, std::vector<OffsetRange>& out) override {
    out = bounds;
    if (!out.empty()) return {};
    for (std::size_t p = 0; p < partitions.size(); ++p) {
      const std::int64_t end = partitions[p].empty() ? 0 : partitions[p].back().offset + 1;
      out.push_back({PartitionId{static_cast<std::int32_t>(p)}, KafkaOffset{0}, KafkaOffset{end}});
    }
    return {};
  }
};

// A CSV file of rows `id,user,text`, loaded into a FakeScan in chunks, as the loader would.
// Offsets begin at 10, and each chunk's commit marker takes one. 13 users reach all partitions.
class FakeLoad {
 public:
  // `full`: with headers, and the id as the record's time.
  FakeLoad(const std::string& path, std::uint64_t rows, std::uint64_t chunk_rows,
           std::uint64_t users = 13, bool full = false)
      : path_(path), full_(full) {
    blank_.rules = Rules::kSecond;
    blank_.times = full;
    std::ofstream out(path);
    out << "id,user,text\n";
    blank_.partitions.resize(kPartitions);
    next_offset_.assign(kPartitions, 10);
    for (std::uint64_t n = 1; n <= rows; ++n) {
      const std::string id = std::to_string(n);
      const std::string user = "user-" + std::to_string(n % users);
      byte_ = static_cast<std::uint64_t>(out.tellp());
      out << id << "," << user << ",text " << id << "\n";
      Put(user, R"({"id":")" + id + R"(","user":")" + user + R"(","text":"text )" + id + R"("})",
          n);
      if (n % chunk_rows == 0 || n == rows) Commit(n);
    }
    records.back().complete = true;
  }

  FakeScan scan;
  std::vector<ProgressRecord> records;
  std::vector<Gap> outside;

  // Of row `n`: where it is. Rows' values hold their id.
  struct Place {
    std::size_t partition = 0;
    std::size_t index = 0;
  };
  Place PlaceOf(std::uint64_t n) const {
    const std::string begin = R"({"id":")" + std::to_string(n) + "\"";
    for (std::size_t p = 0; p < kPartitions; ++p) {
      for (std::size_t i = 0; i < scan.partitions[p].size(); ++i) {
        if (scan.partitions[p][i].value.starts_with(begin)) return {p, i};
      }
    }
    return {kPartitions, 0};
  }

  AuditedTopic topic() const {
    AuditedTopic topic{"t", "", "c", kPartitions, {}, outside};
    topic.ends.assign(kPartitions, KafkaOffset{1'000'000'000});
    return topic;
  }

  AuditReport AuditByRecord(AuditLevel level = AuditLevel::kDigest) {
    const auto expectation = Reconcile(records, std::nullopt, {});
    return AuditRecord(*expectation, topic(), scan, nullptr, wait_, level);
  }

  AuditReport AuditBySource(std::size_t sightings_max = kSightingsMax, bool with_record = true) {
    AuditedSource source;
    source.inputs.resize(1);
    source.inputs[0].path = path_;
    RowRules& rules = source.rules;
    rules.columns = {"id", "user", "text"};
    rules.encode.key_columns = {"user"};
    rules.encode.headers = full_;
    if (full_) rules.encode.timestamp_column = "id";
    rules.TakeFrozen(records.back());
    rules.partitions = kPartitions;
    return AuditSource(with_record ? std::optional(records.back()) : std::nullopt, source, topic(),
                       scan, nullptr, wait_, sightings_max);
  }

 private:
  void Put(const std::string& user, const std::string& value, std::uint64_t row) {
    const auto p = static_cast<std::size_t>(PartitionOf(user, RowNumber{row}, kPartitions).value);
    PartitionProgress& progress = blank_.partitions[p];
    const StoredRecord& record = scan.partitions[p].emplace_back(StoredRecord{
        next_offset_[p]++, user, value, HeadersOf(row), full_ ? std::int64_t(row) : 1});
    if (progress.first == kNoOffset) progress.first = KafkaOffset{next_offset_[p] - 1};
    progress.end = KafkaOffset{next_offset_[p]};
    progress.digest = Extend(
        progress.digest, RecordDigest(blank_.digest_rule(),
                                      {record.key, record.value, record.headers, record.time_ms}));
    ++progress.rows;
  }

  std::string HeadersOf(std::uint64_t row) const {
    if (!full_) return "";
    ByteArena arena;
    AppendHeader(arena, "onceload.load", "id");
    AppendHeader(arena, "onceload.file", path_.substr(path_.rfind('/') + 1));
    AppendHeader(arena, "onceload.row", std::to_string(row));
    AppendHeader(arena, "onceload.byte", std::to_string(byte_));
    return std::string(arena.view());
  }

  void Commit(std::uint64_t row) {
    ++blank_.chunk.value;
    blank_.position.row = RowNumber{row};
    blank_.load_name = "t/rows.csv";
    blank_.load_id = "id";
    blank_.topic = "t";
    blank_.cluster_id = "c";
    records.push_back(blank_);
    for (std::int64_t& offset : next_offset_) ++offset;
  }

  std::string path_;
  const bool full_;
  std::uint64_t byte_ = 0;  // of the row that is put
  ProgressRecord blank_;
  std::vector<std::int64_t> next_offset_;
  SleepingClock clock_;
  KafkaWait wait_{clock_, Duration{30'000}, "broker:9092", [](const std::string&) {}};
};

inline const Finding* FindingOf(const AuditReport& report, FindingKind kind) {
  for (const Finding& finding : report.findings.kept()) {
    if (finding.kind == kind) return &finding;
  }
  return nullptr;
}

}  // namespace onceload
