#include "kafka/progress_markers.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include "kafka/inputs_json.h"
#include "onceload/core/error.h"
#include "onceload/message/message_limits.h"

namespace onceload {
namespace {

constexpr std::size_t kTopicBytesDefault = 1'048'588;  // Kafka's own max.message.bytes

std::string RaiseCommand(const std::string& topic, std::size_t needed) {
  return "kafka-configs.sh --bootstrap-server ... --alter --entity-type topics --entity-name " +
         topic + " --add-config max.message.bytes=" +
         std::to_string(std::max(2 * needed, kTopicBytesDefault));
}

// `what` has a marker of `bytes` bytes, key and value.
void RequireFits(const std::string& load, const std::string& what, std::size_t bytes,
                 const MarkerLimits& limits) {
  const std::size_t needed = bytes + static_cast<std::size_t>(kRecordOverheadBytes);
  const std::string where = "load " + load + ", progress topic " + limits.topic;
  if (needed > limits.topic_bytes_max) {
    throw Error(ExitCode::kUsage,
                what + " of " + std::to_string(needed) +
                    " bytes, overhead included, does not fit the progress topic's "
                    "max.message.bytes of " +
                    std::to_string(limits.topic_bytes_max),
                where, "raise it: " + RaiseCommand(limits.topic, needed));
  }
  if (bytes > limits.client_bytes_max) {
    throw Error(ExitCode::kUsage,
                what + " of " + std::to_string(bytes) + " bytes does not fit message.max.bytes=" +
                    std::to_string(limits.client_bytes_max),
                where, "raise it in -X or the properties file, or leave it out");
  }
}

// `more`: bytes that will come to each; none if it is empty.
void RequireAllFit(const std::vector<InputPiece>& markers, const std::vector<std::size_t>& more,
                   const std::string& when, const MarkerLimits& limits) {
  const std::string& load = markers.back().key;
  for (std::size_t i = 0; i < markers.size(); ++i) {
    const bool is_record = i + 1 == markers.size();
    RequireFits(load, (is_record ? "the progress record" : "a piece of the list of inputs") + when,
                markers[i].key.size() + markers[i].json.size() + (more.empty() ? 0 : more[i]),
                limits);
  }
}

// That a file's end adds to the text it is listed in.
std::size_t BytesOfAnEnd() {
  std::vector<InputFile> inputs(2);
  inputs[1].end.emplace();
  const std::span<const InputFile> both(inputs);
  return InputsJson(both.subspan(1)).size() - InputsJson(both.first(1)).size();
}

}  // namespace

std::vector<InputPiece> MarkersOf(const ProgressRecord& record, FileRange changed) {
  std::vector<InputPiece> markers = EncodeFinishedPages(record);
  for (InputPiece& piece : EncodeInputPieces(record, changed)) markers.push_back(std::move(piece));
  markers.push_back({record.load_name, EncodeProgress(record)});
  return markers;
}

std::vector<InputPiece> TombstonesOf(const std::vector<std::string>& keys) {
  std::vector<InputPiece> tombstones;
  tombstones.reserve(keys.size());
  for (const std::string& key : keys) tombstones.push_back({key, {}});
  return tombstones;
}

void RequireMarkersFit(const std::vector<InputPiece>& markers, const MarkerLimits& limits) {
  RequireAllFit(markers, {}, "", limits);
}

// Not by markers of a record that has ended: of a hundred thousand files, making them takes a tenth
// of all that there is to do before the first row.
void RequireLoadFits(const ProgressRecord& record, const std::vector<InputPiece>& markers,
                     const MarkerLimits& limits) {
  const std::size_t of_one = BytesOfAnEnd();
  const std::vector<InputFile>& inputs = record.inputs;
  const bool in_pieces = inputs.size() > kInputsOfAPiece;
  const std::size_t pieces = (inputs.size() + kInputsOfAPiece - 1) / kInputsOfAPiece;
  const std::size_t first = markers.size() - 1 - (in_pieces ? pieces : 0);
  std::vector<std::size_t> more(markers.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].end) more[first + i / kInputsOfAPiece] += of_one;
  }
  RequireAllFit(markers, more, ", once the load has ended,", limits);
}

bool ProgressReader::Take(std::string_view key, std::optional<std::string_view> value,
                          const std::string& where) {
  if (!key.starts_with(load_name_)) return false;
  if (key != load_name_) {
    if (value) TakePart(key, *value, where);
    return false;
  }
  newest_.reset();
  fault_.reset();
  if (!value) return true;
  try {
    Decode(*value, where);
  } catch (const Error& error) {
    newest_.reset();
    fault_ = error;
  }
  return true;
}

void ProgressReader::Decode(std::string_view value, const std::string& where) {
  newest_ = DecodeProgress(value, where);
  try {
    input_count_ = InputCountOf(value);
  } catch (const std::exception& error) {
    throw Error(ExitCode::kDisagreement,
                std::string("the progress record does not say how many inputs the load has: ") +
                    error.what(),
                where, "give onceload a progress topic of its own with --progress-topic");
  }
}

// A piece of the list of inputs, or a page of finished ones.
void ProgressReader::TakePart(std::string_view key, std::string_view value,
                              const std::string& where) {
  const auto is_of = [&](const std::string& first) {  // which ends in the number 0
    return key.starts_with(std::string_view(first).substr(0, first.size() - 1));
  };
  if (is_of(InputPieceKey(load_name_, 0))) {
    pieces_[std::string(key)] = {std::string(value), where, {}};
  } else if (is_of(FinishedPageKey(load_name_, 0))) {
    // Decoded at once, for it never changes: many records have it.
    if (std::optional<FinishedPage> page = DecodeFinishedPage(value)) {
      pages_[std::string(key)] = std::make_shared<const FinishedPage>(std::move(*page));
    }
  }
}

std::optional<ProgressRecord> ProgressReader::Newest() {
  if (fault_) throw Error(*fault_);
  std::optional<ProgressRecord> record = newest_;
  if (record && record->inputs.empty()) TakePieces(*record);
  if (record) TakePages(record->finished);
  return record;
}

std::optional<ProgressRecord> ProgressReader::NewestAlone() const {
  if (fault_) throw Error(*fault_);
  std::optional<ProgressRecord> record = newest_;
  if (record) record->inputs.clear();
  return record;
}

// As many as there are, without a gap.
void ProgressReader::TakePages(FinishedInputs& finished) {
  for (std::size_t i = 0; i < finished.page_count(); ++i) {
    const auto found = pages_.find(FinishedPageKey(load_name_, i));
    if (found == pages_.end()) break;
    finished.pages.push_back(found->second);
  }
  finished.pages_written = finished.pages.size();
}

// As many of the list's files as there are; the caller sees whether that is all of them.
void ProgressReader::TakePieces(ProgressRecord& record) {
  for (std::size_t i = 0; i * kInputsOfAPiece < input_count_; ++i) {
    const auto found = pieces_.find(InputPieceKey(record.load_name, i));
    if (found == pieces_.end()) return;
    Piece& piece = found->second;
    if (!piece.inputs) piece.inputs = DecodeInputPiece(piece.json, piece.where);
    record.inputs.insert(record.inputs.end(), piece.inputs->begin(), piece.inputs->end());
  }
  // A piece written for a longer list has files that this record does not know.
  if (record.inputs.size() > input_count_) record.inputs.resize(input_count_);
}

}  // namespace onceload
