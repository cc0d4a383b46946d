#include "onceload/verify/audit_report.h"

#include <algorithm>
#include <iomanip>
#include <numeric>
#include <sstream>

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, kFindingKinds> kNames{
    "deleted", "chunk", "lost",       "changed",     "doubled", "foreign",
    "moved",   "order", "unfinished", "dead-letter", "unnamed"};

// Expected and found may be apart by more than either's own type shows.
std::int64_t Difference(std::uint64_t expected, std::uint64_t found) {
  return static_cast<std::int64_t>(found) - static_cast<std::int64_t>(expected);
}

std::string OffsetsText(const PartitionVerdict& verdict) {
  if (verdict.begin == kNoOffset) return "-";
  return std::to_string(verdict.begin.value) + "-" + std::to_string(verdict.end.value - 1);
}

using Cells = std::vector<std::string>;

void PrintTable(const std::vector<Cells>& lines, PrintableStream& out) {
  std::vector<std::size_t> widths(lines[0].size(), 0);
  for (const Cells& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const Cells& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string gap(widths[i] - line[i].size(), ' ');
      const bool number = i < 4;  // to the right
      text += (i == 0 ? "" : "  ") + (number ? gap + line[i] : line[i] + gap);
    }
    out << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
  }
}

void PrintPartitions(const AuditReport& report, PrintableStream& out) {
  std::vector<Cells> lines{{"partition", "expected", "found", "difference", "digest", "offsets"}};
  for (const PartitionVerdict& p : report.partitions) {
    lines.push_back({std::to_string(p.partition.value), std::to_string(p.expected),
                     std::to_string(p.found), std::to_string(Difference(p.expected, p.found)),
                     p.equal ? "equal" : "differs " + p.differs, OffsetsText(p)});
  }
  lines.push_back({"all", std::to_string(report.expected()), std::to_string(report.found()),
                   std::to_string(Difference(report.expected(), report.found())), "", ""});
  PrintTable(lines, out);
}

std::string Counts(const Findings& findings) {
  std::string text;
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const std::uint64_t count = findings.Count(static_cast<FindingKind>(i));
    if (count == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(kNames[i]);
  }
  return text;
}

void PrintRejected(const AuditReport& report, PrintableStream& out) {
  if (report.rejected == 0) return;
  out << "rejected: " << report.rejected << " rows";
  if (report.dead_letters) {
    const PartitionVerdict& letters = *report.dead_letters;
    out << ", dead letters in " << report.dead_letter_topic << ": " << letters.expected
        << " expected, " << letters.found << " found, digest "
        << (letters.equal ? "equal" : "differs") << ", offsets " << OffsetsText(letters);
  }
  out << "\n";
}

void PrintVerdict(const AuditReport& report, PrintableStream& out) {
  const std::string partitions = std::to_string(report.partitions.size()) + " partitions";
  if (!report.complete) {
    out << "load is not finished: " << report.bytes << " of " << report.bytes_total << " bytes\n";
  }
  if (report.proven()) {
    out << "proven: " << report.found() << " rows in " << partitions << ", each once and in order, "
        << (report.dead_letters ? std::to_string(report.dead_letters->found) + " dead letters, "
                                : "")
        << "against " << report.against;
  } else {
    out << "NOT proven: " << report.expected() << " rows expected in " << partitions << ", "
        << report.found() << " records found; " << Counts(report.findings) << "; against "
        << report.against;
  }
  std::ostringstream seconds;
  seconds << std::fixed << std::setprecision(1) << report.seconds;
  out << " (" << seconds.str() << " s)\n";
}

Json OffsetJson(KafkaOffset offset) {
  return offset == kNoOffset ? Json(nullptr) : Json(offset.value);
}

Json PartitionJson(const PartitionVerdict& p) {
  Json json{{"partition", p.partition.value},
            {"expected", p.expected},
            {"found", p.found},
            {"difference", Difference(p.expected, p.found)},
            {"digest", p.equal ? "equal" : "differs"},
            {"begin", OffsetJson(p.begin)},
            {"end", OffsetJson(p.end)}};
  if (!p.equal) json["differs"] = p.differs;
  return json;
}

Json FindingJson(const Finding& finding) {
  Json json{{"kind", NameOf(finding.kind)}};
  if (finding.partition.value >= 0) json["partition"] = finding.partition.value;
  if (finding.offset != kNoOffset) json["offset"] = finding.offset.value;
  if (finding.row.value > 0) {
    json["file"] = finding.file;
    json["row"] = finding.row.value;
    json["byte"] = finding.byte.value;
  }
  if (finding.chunk.value > 0) json["chunk"] = finding.chunk.value;
  json["text"] = finding.text;
  return json;
}

}  // namespace

std::string_view NameOf(FindingKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

void Findings::Add(Finding finding) {
  const bool keep = Keeps(finding.kind);
  ++counts_[static_cast<std::size_t>(finding.kind)];
  if (keep) kept_.push_back(std::move(finding));
}

std::uint64_t Findings::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t AuditReport::expected() const {
  std::uint64_t sum = 0;
  for (const PartitionVerdict& partition : partitions) sum += partition.expected;
  return sum;
}

std::uint64_t AuditReport::found() const {
  std::uint64_t sum = 0;
  for (const PartitionVerdict& partition : partitions) sum += partition.found;
  return sum;
}

bool AuditReport::proven() const {
  const auto right = [](const PartitionVerdict& partition) {
    return partition.equal && partition.expected == partition.found;
  };
  return findings.empty() && std::all_of(partitions.begin(), partitions.end(), right) &&
         (!dead_letters || right(*dead_letters));
}

void PrintText(const AuditReport& report, std::ostream& stream) {
  PrintableStream out(stream);
  PrintPartitions(report, out);
  PrintRejected(report, out);
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const auto kind = static_cast<FindingKind>(i);
    std::uint64_t listed = 0;
    for (const Finding& finding : report.findings.kept()) {
      if (finding.kind != kind) continue;
      out << kNames[i] << ": " << finding.text << "\n";
      ++listed;
    }
    const std::uint64_t more = report.findings.Count(kind) - listed;
    if (more > 0) out << kNames[i] << ": and " << more << " more\n";
  }
  for (const std::string& note : report.notes) out << "note: " << note << "\n";
  PrintVerdict(report, out);
}

void PrintJson(const AuditReport& report, std::ostream& out) {
  Json json{{"verdict", report.proven() ? "proven" : "not proven"},
            {"load", report.load},
            {"topic", report.topic},
            {"cluster_id", report.cluster_id},
            {"source", report.against_source},
            {"against", report.against},
            {"complete", report.complete},
            {"bytes", report.bytes},
            {"bytes_total", report.bytes_total},
            {"chunk", report.chunk.value},
            {"rows_expected", report.expected()},
            {"rows_found", report.found()}};
  json["partitions"] = Json::array();
  for (const PartitionVerdict& partition : report.partitions) {
    json["partitions"].push_back(PartitionJson(partition));
  }
  json["rejected"] = report.rejected;
  if (report.dead_letters) {
    json["dead_letters"] = PartitionJson(*report.dead_letters);
    json["dead_letters"]["topic"] = report.dead_letter_topic;
  }
  json["counts"] = Json::object();
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const std::uint64_t count = report.findings.Count(static_cast<FindingKind>(i));
    if (count > 0) json["counts"][std::string(kNames[i])] = count;
  }
  json["differences"] = Json::array();
  for (const Finding& finding : report.findings.kept()) {
    json["differences"].push_back(FindingJson(finding));
  }
  json["notes"] = report.notes;
  json["seconds"] = report.seconds;
  // A record may hold any bytes; what is no UTF-8 is shown as U+FFFD.
  out << PrintableJson(json.dump(-1, ' ', false, Json::error_handler_t::replace)) << "\n";
}

}  // namespace onceload
