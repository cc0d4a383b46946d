#include "onceload/history/status_report.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

double Percent(const ProgressRecord& record) {
  const std::uint64_t total = BytesOf(record);
  if (total == 0) return record.complete ? 100 : 0;
  return 100.0 * static_cast<double>(BytesDone(record)) / static_cast<double>(total);
}

std::string FileOf(const ProgressRecord& record) {
  return record.position.file < record.inputs.size() ? record.inputs[record.position.file].path
                                                     : "";
}

// A load's state in one word. The lock tells a running loader from one that was killed.
std::string StateOf(const LoadStatus& status, const std::optional<std::string>& holder) {
  if (holder) return "loading";
  if (status.last.complete) return "finished";
  return "unfinished";
}

// Rows per second of the newest run, as long as it committed.
double Rate(const LoadStatus& status) {
  const double seconds = static_cast<double>(status.updated_ms - status.run_started_ms) / 1000;
  if (seconds <= 0) return 0;
  return static_cast<double>(status.last.rows() - status.run_start_rows) / seconds;
}

ordered_json PartitionsJson(const ProgressRecord& record) {
  ordered_json partitions = ordered_json::array();
  for (std::size_t p = 0; p < record.partitions.size(); ++p) {
    const PartitionProgress& progress = record.partitions[p];
    partitions.push_back({{"partition", p},
                          {"rows", progress.rows},
                          {"first_offset", progress.first.value},
                          {"end_offset", progress.end.value}});
  }
  return partitions;
}

ordered_json StatusJson(const LoadStatus& status, const std::optional<std::string>& holder) {
  const ProgressRecord& last = status.last;
  return {{"name", last.load_name},
          {"id", last.load_id},
          {"state", StateOf(status, holder)},
          {"held_by", holder ? ordered_json(*holder) : ordered_json(nullptr)},
          {"topic", last.topic},
          {"file", FileOf(last)},
          {"file_number", last.finished.count + last.position.file + 1},
          {"files", last.finished.count + last.inputs.size()},
          {"rows", last.rows()},
          {"rejected", last.rejected},
          {"rejected_lines", last.rejected_lines},
          {"dead_letters", last.dead_letters.rows},
          {"dead_letter_topic", last.dead_letter_topic},
          {"bytes", BytesDone(last)},
          {"percent", Percent(last)},
          {"rows_per_second", Rate(status)},
          {"chunk", last.chunk.value},
          {"chunks_kept", status.chunks_kept},
          {"chunks_discarded", status.chunks_discarded},
          {"chunks_unknown", status.chunks_unknown},
          {"runs", status.runs},
          {"created_ms", status.created_ms},
          {"updated_ms", status.updated_ms},
          {"last_exit_code", status.run_exit_code},
          {"last_error", status.last_error},
          {"partitions", PartitionsJson(last)}};
}

void PrintStatus(const LoadStatus& status, const std::optional<std::string>& holder,
                 PrintableStream& out) {
  const ProgressRecord& last = status.last;
  char figures[128];
  std::snprintf(figures, sizeof figures, "%.1f%%, %.0f rows/s in the newest run", Percent(last),
                Rate(status));
  out << last.load_name << ": " << StateOf(status, holder) << "\n"
      << "  topic      " << last.topic << "\n"
      << "  file       " << FileOf(last);
  if (last.inputs.size() > 1) {
    const std::uint64_t before = last.finished.count;
    out << " (" << before + last.position.file + 1 << " of " << before + last.inputs.size() << ")";
  }
  out << "\n  committed  " << last.rows() << " rows, " << BytesDone(last) << " bytes, chunk "
      << last.chunk.value << " (" << figures << ")\n"
      << "  runs       " << status.runs;
  if (holder) out << ", running: " << *holder;
  if (last.rejected > 0) {
    out << "\n  rejected   " << last.rejected << " rows";
    if (last.rejected_lines > last.rejected) out << " of " << last.rejected_lines << " lines";
    if (last.dead_letters.rows > 0) {
      out << ", " << last.dead_letters.rows << " of them in " << last.dead_letter_topic;
    }
  }
  out << "\n  rows in    ";
  for (std::size_t p = 0; p < last.partitions.size(); ++p) {
    out << (p == 0 ? "" : ", ") << "partition " << p << ": " << last.partitions[p].rows;
  }
  out << "\n";
  if (!status.last_error.empty()) out << "  last error " << status.last_error << "\n";
}

ordered_json KafkaJson(const std::optional<ProgressRecord>& record) {
  if (!record) return nullptr;
  return {{"chunk", record->chunk.value},
          {"rows", record->rows()},
          {"bytes", BytesDone(*record)},
          {"complete", record->complete},
          {"writer", record->writer}};
}

void PrintKafka(const LoadStanding& load, PrintableStream& out) {
  const std::optional<ProgressRecord>& record = load.kafka;
  if (!record) {
    out << "  in Kafka   no progress record of " << load.name << "\n";
    return;
  }
  out << "  in Kafka   " << record->rows() << " rows, " << BytesDone(*record) << " bytes, chunk "
      << record->chunk.value << (record->complete ? ", complete" : "") << ", written by "
      << record->writer << "\n";
}

}  // namespace

void PrintText(const std::vector<LoadStanding>& loads, const LedgerSize& ledger, std::ostream& to) {
  PrintableStream out(to);
  for (const LoadStanding& load : loads) {
    if (load.ledger) {
      PrintStatus(*load.ledger, load.holder, out);
    } else {
      out << load.name << ": not in the ledger here\n";
    }
    if (load.asked_kafka) PrintKafka(load, out);
  }
  if (ledger.bytes == 0) return;
  std::uint64_t chunks = 0;
  for (const LoadStanding& load : loads) chunks += load.ledger ? load.ledger->chunks_kept : 0;
  out << "state file " << ledger.path << ": " << (ledger.bytes + 999) / 1000 << " kB, " << chunks
      << " chunks of these loads kept\n";
}

void PrintJson(const std::vector<LoadStanding>& loads, const LedgerSize& ledger, std::ostream& to) {
  ordered_json result = ordered_json::array();
  for (const LoadStanding& load : loads) {
    if (load.ledger) {
      result.push_back(StatusJson(*load.ledger, load.holder));
    } else {
      result.push_back({{"name", load.name},
                        {"rows", load.kafka->rows()},
                        {"partitions", PartitionsJson(*load.kafka)}});
    }
    if (load.asked_kafka) result.back()["kafka"] = KafkaJson(load.kafka);
  }
  // A path may be any bytes; what is no UTF-8 is shown as U+FFFD.
  const ordered_json state{{"path", ledger.path}, {"bytes", ledger.bytes}};
  const std::string text = ordered_json{{"loads", result}, {"state", state}}.dump(
      -1, ' ', false, ordered_json::error_handler_t::replace);
  to << PrintableJson(text) << "\n";
}

}  // namespace onceload
