// The progress record as JSON: what a stranger, or this program years later, reads.

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

constexpr int kFormat = 1;

// A path need not be UTF-8; everything else in a record is.
std::string Dump(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Error NoRecord(const std::exception& error, const std::string& where) {
  return {ExitCode::kDisagreement,
          std::string("not a progress record of onceload: ") + error.what(), where,
          "something else writes to the progress topic: give onceload one of its own with "
          "--progress-topic"};
}

// The library's get() converts any number to any other, -1 and 1e24 to a count too.
template <typename T>
T Number(const ordered_json& json) {
  if (json.is_number_unsigned()) {
    const auto number = json.get<std::uint64_t>();
    if (std::in_range<T>(number)) return static_cast<T>(number);
  } else if (json.is_number_integer()) {
    const auto number = json.get<std::int64_t>();
    if (std::in_range<T>(number)) return static_cast<T>(number);
  }
  throw std::invalid_argument("a number is no whole one, or out of its range");
}

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
  position.file = Number<std::uint32_t>(json.at("file"));
  position.byte = ByteOffset{Number<std::uint64_t>(json.at("byte"))};
  position.row = RowNumber{Number<std::uint64_t>(json.at("row"))};
  position.empty_lines = Number<std::uint64_t>(json.at("empty_lines"));
  position.prefix.blocks = ReadDigest(json.at("fingerprint").at(0));
  position.prefix.tail = ReadDigest(json.at("fingerprint").at(1));
  return position;
}

ordered_json ProgressJson(const PartitionProgress& p) {
  return {
      {"rows", p.rows}, {"digest", p.digest.Hex()}, {"first", p.first.value}, {"end", p.end.value}};
}

PartitionProgress ReadPartition(const ordered_json& p) {
  return {Number<std::uint64_t>(p.at("rows")), ReadDigest(p.at("digest")),
          KafkaOffset{Number<std::int64_t>(p.at("first"))},
          KafkaOffset{Number<std::int64_t>(p.at("end"))}};
}

ordered_json PartitionsJson(const std::vector<PartitionProgress>& partitions) {
  ordered_json list = ordered_json::array();
  for (const PartitionProgress& p : partitions) list.push_back(ProgressJson(p));
  return list;
}

std::vector<PartitionProgress> ReadPartitions(const ordered_json& json) {
  std::vector<PartitionProgress> partitions;
  for (const ordered_json& p : json) partitions.push_back(ReadPartition(p));
  return partitions;
}

ordered_json InputsJson(std::span<const InputFile> inputs) {
  ordered_json list = ordered_json::array();
  for (const InputFile& input : inputs) {
    ordered_json file = {{"path", input.path},
                         {"size", input.size},
                         {"mtime_ns", input.mtime_ns},
                         {"inode", input.inode},
                         {"device", input.device}};
    if (input.end) file["end"] = PositionJson(*input.end);
    list.push_back(std::move(file));
  }
  return list;
}

std::vector<InputFile> ReadInputs(const ordered_json& json) {
  std::vector<InputFile> inputs;
  for (const ordered_json& input : json) {
    InputFile file;
    file.path = input.at("path").get<std::string>();
    file.size = Number<std::uint64_t>(input.at("size"));
    file.mtime_ns = Number<std::int64_t>(input.at("mtime_ns"));
    file.inode = Number<std::uint64_t>(input.at("inode"));
    file.device = Number<std::uint64_t>(input.at("device"));
    if (input.contains("end")) file.end = ReadPosition(input.at("end"));
    inputs.push_back(std::move(file));
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
  record.chunk = ChunkNumber{Number<std::uint64_t>(json.at("chunk"))};
  record.complete = json.at("complete").get<bool>();
  record.position = ReadPosition(json.at("position"));
  const ordered_json& rejected = json.at("rejected");
  record.rejected = Number<std::uint64_t>(rejected.at("rows"));
  record.rejects_bytes = Number<std::uint64_t>(rejected.at("file_bytes"));
  record.dead_letter_topic = rejected.at("dead_letter_topic").get<std::string>();
  record.dead_letters = ReadPartition(rejected.at("dead_letters"));
  record.partitions = ReadPartitions(json.at("partitions"));
  if (json.contains("inputs")) record.inputs = ReadInputs(json.at("inputs"));
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
  const std::size_t inputs = record.inputs.size();
  ordered_json options = ordered_json::object();
  for (const auto& [name, value] : record.options) options[name] = value;
  ordered_json json = {
      {"format", kFormat},
      {"load", {{"name", record.load_name}, {"id", record.load_id}}},
      {"run", {{"id", record.run_id}, {"writer", record.writer}, {"version", record.tool_version}}},
      {"chunk", record.chunk.value},
      {"complete", record.complete},
      {"position", PositionJson(record.position)},
      {"rejected",
       {{"rows", record.rejected},
        {"file_bytes", record.rejects_bytes},
        {"dead_letter_topic", record.dead_letter_topic},
        {"dead_letters", ProgressJson(record.dead_letters)}}},
      {"partitions", PartitionsJson(record.partitions)},
      {"input_count", inputs},
      {"options", options},
      {"topic", {{"name", record.topic}, {"id", record.topic_id}}},
      {"cluster", record.cluster_id}};
  if (inputs <= kInputsOfAPiece) json["inputs"] = InputsJson(record.inputs);
  return Dump(json);
}

std::vector<InputPiece> EncodeInputPieces(const ProgressRecord& record, FileRange changed) {
  std::vector<InputPiece> pieces;
  const std::span<const InputFile> inputs = record.inputs;
  if (inputs.size() <= kInputsOfAPiece) return pieces;
  for (std::size_t at = 0; at < inputs.size(); at += kInputsOfAPiece) {
    if (at + kInputsOfAPiece <= changed.begin || at >= changed.end) continue;
    const std::size_t size = std::min(kInputsOfAPiece, inputs.size() - at);
    pieces.push_back({InputPieceKey(record.load_name, at / kInputsOfAPiece),
                      Dump(InputsJson(inputs.subspan(at, size)))});
  }
  return pieces;
}

std::string InputPieceKey(const std::string& load_name, std::size_t piece) {
  using namespace std::string_literals;
  return load_name + "\0inputs\0"s + std::to_string(piece);
}

std::size_t InputCountOf(std::string_view json) {
  return Number<std::size_t>(ordered_json::parse(json).at("input_count"));
}

std::vector<InputFile> DecodeInputPiece(std::string_view json, const std::string& where) {
  try {
    return ReadInputs(ordered_json::parse(json));
  } catch (const std::exception& error) {
    throw NoRecord(error, where);
  }
}

ProgressRecord DecodeProgress(std::string_view text, const std::string& where) {
  try {
    const ordered_json json = ordered_json::parse(text);
    const int format = Number<int>(json.at("format"));
    if (format > kFormat) {
      throw Error(ExitCode::kDisagreement,
                  "the progress record has format " + std::to_string(format) +
                      ", this onceload knows " + std::to_string(kFormat),
                  where, "use the newer onceload that wrote it");
    }
    return ReadRecord(json);
  } catch (const std::exception& error) {
    if (dynamic_cast<const Error*>(&error) != nullptr) throw;
    throw NoRecord(error, where);
  }
}

}  // namespace onceload
