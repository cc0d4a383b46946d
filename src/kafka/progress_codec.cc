// The progress record as JSON: what a stranger, or this program years later, reads.

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "kafka/inputs_json.h"
#include "onceload/core/error.h"
#include "onceload/core/utf8.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

// The newest format this program reads. It writes the oldest one that no older program would
// misread: format 1 goes on as format 1.
constexpr int kFormat = 3;

// What a program has to know to go on with a load or to audit it ("needs"): later versions add to
// the format by a name here, and an older program refuses what it does not know.
constexpr std::string_view kRefused = "refused";
constexpr std::array kKnownNeeds{kRefused, kSchemasOption, kKeysOption};

int FormatOf(const ProgressRecord& record) {
  // An older program would take an input's index for that in the whole list.
  if (record.finished.count > 0) return 3;
  // Nor does the program of format 1 know of needs.
  if (record.rules != Rules::kFirst || !record.refusals.none()) return 2;
  // An older program would take the readable form for the path, or a piece for the whole file, and
  // load it again.
  const bool misread =
      std::any_of(record.inputs.begin(), record.inputs.end(),
                  [](const InputFile& file) { return file.begin || !IsUtf8(file.path); });
  return misread ? 2 : 1;
}

// Whoever takes names from a user refuses those that are not UTF-8: a name that came back from here
// as another one would be another load. Paths are written by their bytes.
std::string Dump(const ordered_json& json) {
  try {
    return json.dump();
  } catch (const ordered_json::type_error& error) {
    throw Error(ExitCode::kBug, "a text of the progress record is not UTF-8", error.what(),
                "please report this");
  }
}

std::string BytesOfHex(std::string_view hex) {
  const auto digit = [](char c) {
    const std::size_t value = std::string_view("0123456789abcdef").find(c);
    if (value == std::string_view::npos)
      throw std::invalid_argument("path_bytes is no hexadecimal");
    return value;
  };
  if (hex.size() % 2 != 0) throw std::invalid_argument("path_bytes is no hexadecimal");
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(16 * digit(hex[i]) + digit(hex[i + 1]));
  }
  return bytes;
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
          KafkaOffset{Number<std::int64_t>(p.at("end"))}, std::nullopt};
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

// One behind the other: a member of each partition would make the record of a wide topic half as
// long again. Empty unless all are known.
std::string SumsText(const std::vector<PartitionProgress>& partitions) {
  std::string text;
  for (const PartitionProgress& p : partitions) {
    if (!p.sum && p.rows > 0) return {};
    text += p.sum.value_or(Digest{}).Hex();
  }
  return text;
}

void ReadSums(const std::string& text, std::vector<PartitionProgress>& partitions) {
  constexpr std::size_t kDigits = 16;
  if (text.size() != kDigits * partitions.size()) {
    throw std::invalid_argument("not as many sums as partitions");
  }
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    if (partitions[p].rows > 0) partitions[p].sum = ReadDigest(text.substr(kDigits * p, kDigits));
  }
}

// A name is as good as a path: a file on disk may be called anything.
void ReadBytes(const ordered_json& input, const char* member, std::string& bytes) {
  const std::string hex = std::string(member) + "_bytes";
  if (input.contains(hex)) {
    bytes = BytesOfHex(input.at(hex).get_ref<const std::string&>());
  } else if (input.contains(member)) {
    bytes = input.at(member).get<std::string>();
  }
}

// Hints may be left out, of a file that the load has finished with.
InputFile ReadInput(const ordered_json& input) {
  InputFile file;
  ReadBytes(input, "path", file.path);
  ReadBytes(input, "name", file.name);
  if (input.contains("size")) file.size = Number<std::uint64_t>(input.at("size"));
  if (input.contains("mtime_ns")) file.mtime_ns = Number<std::int64_t>(input.at("mtime_ns"));
  if (input.contains("inode")) file.inode = Number<std::uint64_t>(input.at("inode"));
  if (input.contains("device")) file.device = Number<std::uint64_t>(input.at("device"));
  if (input.contains("coding")) file.coding = input.at("coding").get<std::string>();
  if (input.contains("head")) {
    file.head = HeadKey{ReadDigest(input.at("head"))};
  } else if (input.contains("short_head")) {
    const ordered_json& head = input.at("short_head");
    file.head = HeadKey{ReadDigest(head.at("digest")), Number<std::uint64_t>(head.at("bytes"))};
  }
  if (input.contains("begin")) file.begin = ReadPosition(input.at("begin"));
  if (input.contains("end")) file.end = ReadPosition(input.at("end"));
  if (file.path.empty() && !file.end) throw std::invalid_argument("an input without path or end");
  return file;
}

std::vector<InputFile> ReadInputs(const ordered_json& json) {
  std::vector<InputFile> inputs;
  for (const ordered_json& input : json) inputs.push_back(ReadInput(input));
  return inputs;
}

void CheckNeeds(const ordered_json& json, const std::string& where) {
  if (!json.contains("needs")) return;
  for (const ordered_json& need : json.at("needs")) {
    const auto& name = need.get_ref<const std::string&>();
    if (std::find(kKnownNeeds.begin(), kKnownNeeds.end(), name) != kKnownNeeds.end()) continue;
    throw Error(ExitCode::kDisagreement,
                "the progress record needs a version of onceload that knows of \"" + name + "\"",
                where, "use the newer onceload that wrote it");
  }
}

void PutFinished(const FinishedInputs& finished, ordered_json& json) {
  if (finished.count == 0) return;
  json["finished"] = {{"count", finished.count},
                      {"rows", finished.rows},
                      {"empty_lines", finished.empty_lines},
                      {"bytes", finished.bytes}};
}

// But for the pages, which are records of their own.
void ReadFinished(const ordered_json& json, FinishedInputs& finished) {
  if (!json.contains("finished")) return;
  const ordered_json& is = json.at("finished");
  finished.count = Number<std::uint64_t>(is.at("count"));
  finished.rows = Number<std::uint64_t>(is.at("rows"));
  finished.empty_lines = Number<std::uint64_t>(is.at("empty_lines"));
  finished.bytes = Number<std::uint64_t>(is.at("bytes"));
}

// What format 1 does not have.
void ReadFrozen(const ordered_json& json, ProgressRecord& record) {
  record.rejected_lines = record.rejected;
  const ordered_json& rejected = json.at("rejected");
  if (rejected.contains("lines")) {
    record.rejected_lines = Number<std::uint64_t>(rejected.at("lines"));
  }
  const ordered_json& position = json.at("position");
  if (position.contains("packed")) {
    record.packed_done = Number<std::uint64_t>(position.at("packed"));
  }
  if (json.contains("long_cell")) {
    const ordered_json& cell = json.at("long_cell");
    record.long_cell = {
        Number<std::uint64_t>(cell.at("lines")), Number<std::uint32_t>(cell.at("file")),
        RowNumber{Number<std::uint64_t>(cell.at("row"))}, cell.at("column").get<std::string>()};
  }
  if (!json.contains("rules")) return;
  const int rules = Number<int>(json.at("rules"));
  if (rules < 1 || rules > static_cast<int>(kNewestRules)) {
    throw std::invalid_argument("unknown rules " + std::to_string(rules));
  }
  record.rules = static_cast<Rules>(rules);
  record.begun_ms = Number<std::int64_t>(json.at("begun_ms"));
  record.times = json.at("times").get<bool>();
  const ordered_json& limits = json.at("limits");
  record.limits = {Number<std::uint64_t>(limits.at("record_bytes")),
                   Number<std::int64_t>(limits.at("message_bytes")),
                   Number<std::int64_t>(limits.at("dead_letter_bytes"))};
}

void ReadRefusals(const ordered_json& json, Refusals& refusals) {
  refusals.keyed = json.at("keyed").get<bool>();
  for (const ordered_json& limits : json.at("times")) {
    refusals.times.push_back({RowNumber{Number<std::uint64_t>(limits.at("behind"))},
                              Number<std::int64_t>(limits.at("earliest_ms")),
                              Number<std::int64_t>(limits.at("latest_ms"))});
  }
  for (const ordered_json& row : json.at("rows")) {
    refusals.rows.push_back({RowNumber{Number<std::uint64_t>(row.at("row"))},
                             row.at("detail").get<std::string>(),
                             row.at("column").get<std::string>()});
  }
}

void PutRefusals(const Refusals& refusals, ordered_json& json) {
  if (refusals.none()) return;
  json["needs"].push_back(kRefused);
  ordered_json times = ordered_json::array();
  for (const TimeLimits& limits : refusals.times) {
    times.push_back({{"behind", limits.behind.value},
                     {"earliest_ms", limits.earliest_ms},
                     {"latest_ms", limits.latest_ms}});
  }
  ordered_json rows = ordered_json::array();
  for (const RefusedRow& row : refusals.rows) {
    rows.push_back({{"row", row.row.value}, {"detail", row.detail}, {"column", row.column}});
  }
  json[kRefused] = {{"keyed", refusals.keyed}, {"times", times}, {"rows", rows}};
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
  if (json.contains("sums")) ReadSums(json.at("sums").get<std::string>(), record.partitions);
  ReadFinished(json, record.finished);
  if (json.contains("inputs")) record.inputs = ReadInputs(json.at("inputs"));
  for (const auto& [name, value] : json.at("options").items()) {
    record.options.emplace_back(name, value.get<std::string>());
  }
  record.topic = json.at("topic").at("name").get<std::string>();
  record.topic_id = json.at("topic").at("id").get<std::string>();
  record.cluster_id = json.at("cluster").get<std::string>();
  ReadFrozen(json, record);
  if (json.contains(kRefused)) ReadRefusals(json.at(kRefused), record.refusals);
  return record;
}

void PutFrozen(const ProgressRecord& record, ordered_json& json) {
  if (record.rules == Rules::kFirst) return;
  json["rules"] = static_cast<int>(record.rules);
  json["begun_ms"] = record.begun_ms;
  json["times"] = record.times;
  json["limits"] = {{"record_bytes", record.limits.record_bytes},
                    {"message_bytes", record.limits.message_bytes},
                    {"dead_letter_bytes", record.limits.dead_letter_bytes}};
}

// Only where they say something.
void PutCounts(const ProgressRecord& record, ordered_json& json) {
  if (record.rejected_lines != record.rejected) json["rejected"]["lines"] = record.rejected_lines;
  if (record.packed_done > 0) json["position"]["packed"] = record.packed_done;
  if (record.rows() > 0) {
    if (std::string sums = SumsText(record.partitions); !sums.empty()) json["sums"] = sums;
  }
  const LongCell& cell = record.long_cell;
  if (cell.lines == 0) return;
  json["long_cell"] = {
      {"lines", cell.lines}, {"file", cell.file}, {"row", cell.row.value}, {"column", cell.column}};
}

}  // namespace

std::string EncodeProgress(const ProgressRecord& record) {
  const std::size_t inputs = record.inputs.size();
  ordered_json options = ordered_json::object();
  for (const auto& [name, value] : record.options) options[name] = value;
  ordered_json json = {
      {"format", FormatOf(record)},
      {"load", {{"name", record.load_name}, {"id", record.load_id}}},
      {"run", {{"id", record.run_id}, {"writer", record.writer}, {"version", record.tool_version}}},
      {"chunk", record.chunk.value},
      {"complete", record.complete},
      {"position", ordered_json::parse(PositionJson(record.position))},
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
  PutFrozen(record, json);
  PutCounts(record, json);
  PutFinished(record.finished, json);
  PutRefusals(record.refusals, json);
  for (const std::string_view need : {kSchemasOption, kKeysOption}) {
    if (OptionOf(record.options, need)) json["needs"].push_back(need);
  }
  std::string text = Dump(json);
  if (inputs <= kInputsOfAPiece) {
    text.pop_back();
    text.append(",\"inputs\":").append(InputsJson(record.inputs)).append(1, '}');
  }
  return text;
}

std::vector<InputPiece> EncodeInputPieces(const ProgressRecord& record, FileRange changed) {
  std::vector<InputPiece> pieces;
  const std::span<const InputFile> inputs = record.inputs;
  if (inputs.size() <= kInputsOfAPiece) return pieces;
  for (std::size_t at = 0; at < inputs.size(); at += kInputsOfAPiece) {
    if (at + kInputsOfAPiece <= changed.begin || at >= changed.end) continue;
    const std::size_t size = std::min(kInputsOfAPiece, inputs.size() - at);
    pieces.push_back({InputPieceKey(record.load_name, at / kInputsOfAPiece),
                      InputsJson(inputs.subspan(at, size))});
  }
  return pieces;
}

std::vector<InputPiece> EncodeFinishedPages(const ProgressRecord& record) {
  std::vector<InputPiece> pages;
  const FinishedInputs& finished = record.finished;
  for (std::size_t i = finished.pages_written; i < finished.pages.size(); ++i) {
    pages.push_back({FinishedPageKey(record.load_name, i), EncodeFinishedPage(*finished.pages[i])});
  }
  return pages;
}

std::string FinishedPageKey(const std::string& load_name, std::size_t page) {
  using namespace std::string_literals;
  return load_name + "\0finished\0"s + std::to_string(page);
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
    CheckNeeds(json, where);
    return ReadRecord(json);
  } catch (const std::exception& error) {
    if (dynamic_cast<const Error*>(&error) != nullptr) throw;
    throw NoRecord(error, where);
  }
}

}  // namespace onceload
