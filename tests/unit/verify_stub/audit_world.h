// Topics in a stub of librdkafka, loads into them, and audits of these.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "fakes/rdkafka_stub.h"
#include "onceload/core/clock.h"
#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "onceload/message/message_batch.h"
#include "onceload/message/partitioner.h"
#include "onceload/rows/frozen_encoding.h"
#include "onceload/source/prefix_hasher.h"
#include "onceload/verify/auditor.h"
#include "support/sleeping_clock.h"
#include "support/temp_dir.h"

namespace onceload {

// Files of rows `id`, whose key it is, go into topic "rows" of 3 partitions; progress into
// "progress".
class AuditWorld {
 public:
  static constexpr std::int32_t kRows = 3;

  AuditWorld() {
    stub.topics = {{"rows", kRows}, {"progress", kProgressPartitions}};
    request.config.Set("bootstrap.servers", "b:1", "-b");
    request.topic = "rows";
    request.progress_topic = "progress";
    request.state = directory / "state.db";
    request.encoding = [this](const FrozenEncoding* frozen) { return frozen ? *frozen : plain; };
    request.notice = [this](const std::string& line) { notices.push_back(line); };
    request.record_bytes_max = 1'000;
    request.retry_budget = Duration{30'000};
    plain.columns = {"id"};
    plain.encode.key_columns = {"id"};
  }

  // A load of a file of its own name. `encoding`: other than plain.
  ProgressRecord& Begin(const std::string& name, const std::vector<std::string>& ids,
                        const std::optional<FrozenEncoding>& encoding = std::nullopt) {
    ProgressRecord& load = loads[name];
    load.load_name = name;
    load.load_id = "id of " + name;
    load.topic = "rows";
    load.cluster_id = "cluster";
    load.rules = Rules::kSecond;
    load.options = Freeze(encoding.value_or(plain));
    load.partitions.resize(kRows);
    InputFile& file = load.inputs.emplace_back();
    file.path = Write(name + ".csv", ids);
    file.size = SourceFile(file.path).identity().size;
    return load;
  }

  // The file, and its path.
  std::string Write(const std::string& name, const std::vector<std::string>& ids) {
    std::ofstream out(directory / name);
    out << "id\n";
    for (const std::string& id : ids) out << id << "\n";
    return directory / name;
  }

  // The load's next row, where its key belongs.
  void Put(const std::string& name, const std::string& id, const std::string& header = "") {
    PutAs(name, id, R"({"id":")" + id + R"("})", header);
  }
  void PutAs(const std::string& name, const std::string& id, const std::string& value,
             const std::string& header = "") {
    ProgressRecord& load = loads.at(name);
    ++load.position.row.value;
    std::optional<std::string> key = id;
    if (plain.encode.key_columns.empty()) key.reset();
    const auto p = PartitionOf(key, load.position.row, kRows);
    PartitionProgress& progress = load.partitions[static_cast<std::size_t>(p.value)];
    ByteArena headers;
    if (!header.empty()) AppendHeader(headers, "onceload.load", header);
    progress.Add(RecordDigest(load.digest_rule(), {key, value, headers.view(), kNoTime}));
    const std::int64_t offset = Append("rows", p.value, id, value);
    Events("rows", p.value).back().key = key;
    if (!header.empty()) Events("rows", p.value).back().headers = {{"onceload.load", header}};
    if (progress.first == kNoOffset) progress.first = KafkaOffset{offset};
    progress.end = KafkaOffset{offset + 1};
  }

  // What has been put since the last one is a chunk.
  void Commit(const std::string& name, bool complete = false) {
    ProgressRecord& load = loads.at(name);
    ++load.chunk.value;
    load.complete = complete;
    if (complete) {
      const SourceFile file(load.inputs[0].path);
      load.position.byte = ByteOffset{load.inputs[0].size};
      load.position.prefix = FingerprintOfPrefix(file, load.position.byte);
      load.inputs[0].end = load.position;
    }
    for (std::int32_t p = 0; p < kRows; ++p) ++ends_[{"rows", p}];  // the marker
    PutRecord(load);
  }
  void PutRecord(const ProgressRecord& load) {
    const PartitionId partition = PartitionOf(load.load_name, RowNumber{1}, kProgressPartitions);
    Append("progress", partition.value, load.load_name, EncodeProgress(load));
  }

  // All of it in one chunk.
  void Load(const std::string& name, const std::vector<std::string>& ids) {
    Begin(name, ids);
    for (const std::string& id : ids) Put(name, id);
    Commit(name, /*complete=*/true);
  }

  std::int64_t Append(const std::string& topic, std::int32_t partition, const std::string& key,
                      std::optional<std::string> value) {
    std::int64_t& end = ends_[{topic, partition}];
    Events(topic, partition)
        .push_back({partition, end, RD_KAFKA_RESP_ERR_NO_ERROR, key, std::move(value)});
    return end++;
  }
  void SetEnd(const std::string& topic, std::int32_t partition, std::int64_t end) {
    ends_[{topic, partition}] = end;
  }
  std::vector<StubEvent>& Events(const std::string& topic, std::int32_t partition) {
    return stub.partitions[{topic, partition}];
  }

  AuditReport Audit() {
    Settle();
    return onceload::Audit(request, clock);
  }
  LoadsReport AuditLoads() {
    Settle();
    return onceload::AuditLoads(request, clock);
  }

  // As the audits look now: partitions have ends.
  void Settle() {
    for (const auto& [topic, partitions] : stub.topics) {
      for (std::int32_t p = 0; p < partitions; ++p) {
        auto& events = Events(topic, p);
        const auto is_end = [](const StubEvent& event) {
          return event.error == RD_KAFKA_RESP_ERR__PARTITION_EOF;
        };
        std::erase_if(events, is_end);
        const std::int64_t end = ends_[{topic, p}];
        events.push_back(StubEvent::End(p, end));
        stub.watermarks[{topic, p}].high = end;
      }
    }
  }

  RdkafkaStub stub;
  TempDir directory;
  SleepingClock clock;
  AuditRequest request;
  FrozenEncoding plain;
  std::vector<std::string> notices;
  std::map<std::string, ProgressRecord> loads;

 private:
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> ends_;  // next offset
};

template <typename Report>
std::string TextOf(const Report& report) {
  std::ostringstream out;
  PrintText(report, out);
  return out.str();
}

// What is thrown, with the exit code.
template <typename Call>
std::string ErrorOf(Call call) {
  try {
    static_cast<void>(call());
  } catch (const Error& error) {
    return std::to_string(static_cast<int>(error.code())) + " " + error.Line();
  }
  return "nothing";
}

}  // namespace onceload
