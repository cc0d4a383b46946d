// The progress record as JSON: what a stranger, or this program years later, reads.

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;

ordered_json PositionJson(const InputPosition& position) {
  return {{"file", position.file},
          {"byte", position.byte.value},
          {"row", position.row.value},
          {"empty_lines", position.empty_lines},
          {"fingerprint", {position.prefix.blocks.Hex(), position.prefix.tail.Hex()}}};
}

Digest ReadDigest(const ordered_json& json) {
  const std::optional<Digest> digest = Digest::FromHex(json.get<std::string>());
  if (!digest) throw std::invalid_argument("a digest is not 16 hexadecimal digits");
  return *digest;
}

InputPosition ReadPosition(const ordered_json& json) {
  InputPosition position;
  position.file = json.at("file").get<std::uint32_t>();
  position.byte = ByteOffset{json.at("byte").get<std::uint64_t>()};
  position.row = RowNumber{json.at("row").get<std::uint64_t>()};
  position.empty_lines = json.at("empty_lines").get<std::uint64_t>();
  position.prefix.blocks = ReadDigest(json.at("fingerprint").at(0));
  position.prefix.tail = ReadDigest(json.at("fingerprint").at(1));
  return position;
}

ordered_json PartitionsJson(const std::vector<PartitionProgress>& partitions) {
  ordered_json list = ordered_json::array();
  for (const PartitionProgress& p : partitions) {
    list.push_back({{"rows", p.rows},
                    {"digest", p.digest.Hex()},
                    {"first", p.first.value},
                    {"end", p.end.value}});
  }
  return list;
}

std::vector<PartitionProgress> ReadPartitions(const ordered_json& json) {
  std::vector<PartitionProgress> partitions;
  for (const ordered_json& p : json) {
    partitions.push_back({p.at("rows").get<std::uint64_t>(), ReadDigest(p.at("digest")),
                          KafkaOffset{p.at("first").get<std::int64_t>()},
                          KafkaOffset{p.at("end").get<std::int64_t>()}});
  }
  return partitions;
}

ordered_json InputsJson(const std::vector<InputFile>& inputs) {
  ordered_json list = ordered_json::array();
  for (const InputFile& input : inputs) {
    list.push_back({{"path", input.path},
                    {"size", input.size},
                    {"mtime_ns", input.mtime_ns},
                    {"inode", input.inode},
                    {"device", input.device}});
  }
  return list;
}

std::vector<InputFile> ReadInputs(const ordered_json& json) {
  std::vector<InputFile> inputs;
  for (const ordered_json& input : json) {
    inputs.push_back({input.at("path").get<std::string>(), input.at("size").get<std::uint64_t>(),
                      input.at("mtime_ns").get<std::int64_t>(),
                      input.at("inode").get<std::uint64_t>(),
                      input.at("device").get<std::uint64_t>()});
  }
  return inputs;
}

ProgressRecord ReadRecord(const ordered_json& json) {
  ProgressRecord record;
  const ordered_json& load = json.at("load");
  record.load_name = load.at("name").get<std::string>();
  record.load_id = load.at("id").get<std::string>();
  record.run_id = json.at("run").at("id").get<std::string>();
  record.writer = json.at("run").at("writer").get<std::string>();
  record.tool_version = json.at("run").at("version").get<std::string>();
  record.chunk = ChunkNumber{json.at("chunk").get<std::uint64_t>()};
  record.complete = json.at("complete").get<bool>();
  record.position = ReadPosition(json.at("position"));
  record.rejected = json.at("rejected").get<std::uint64_t>();
  record.partitions = ReadPartitions(json.at("partitions"));
  record.inputs = ReadInputs(json.at("inputs"));
  for (const auto& [name, value] : json.at("options").items()) {
    record.options.emplace_back(name, value.get<std::string>());
  }
  record.topic = json.at("topic").at("name").get<std::string>();
  record.topic_id = json.at("topic").at("id").get<std::string>();
  record.cluster_id = json.at("cluster").get<std::string>();
  return record;
}

}  // namespace

std::string EncodeProgress(const ProgressRecord& record) {
  ordered_json options = ordered_json::object();
  for (const auto& [name, value] : record.options) options[name] = value;
  const ordered_json json = {
      {"format", kFormat},
      {"load", {{"name", record.load_name}, {"id", record.load_id}}},
      {"run", {{"id", record.run_id}, {"writer", record.writer}, {"version", record.tool_version}}},
      {"chunk", record.chunk.value},
      {"complete", record.complete},
      {"position", PositionJson(record.position)},
      {"rejected", record.rejected},
      {"partitions", PartitionsJson(record.partitions)},
      {"inputs", InputsJson(record.inputs)},
      {"options", options},
      {"topic", {{"name", record.topic}, {"id", record.topic_id}}},
      {"cluster", record.cluster_id}};
  // A path need not be UTF-8; everything else here is.
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ProgressRecord DecodeProgress(std::string_view text, const std::string& where) {
  try {
    const ordered_json json = ordered_json::parse(text);
    const int format = json.at("format").get<int>();
    if (format > kFormat) {
      throw Error(ExitCode::kDisagreement,
                  "the progress record has format " + std::to_string(format) +
                      ", this onceload knows " + std::to_string(kFormat),
                  where, "use the newer onceload that wrote it");
    }
    return ReadRecord(json);
  } catch (const std::exception& error) {
    if (dynamic_cast<const Error*>(&error) != nullptr) throw;
    throw Error(ExitCode::kDisagreement,
                std::string("not a progress record of onceload: ") + error.what(), where,
                "something else writes to the progress topic: give onceload one of its own with "
                "--progress-topic");
  }
}

}  // namespace onceload
