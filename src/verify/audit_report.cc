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

constexpr std::array<std::string_view, kAuditLevels> kLevels{"counts", "digest", "source"};
constexpr std::array<std::string_view, kAuditLevels> kProofs{
    "as many records as rows in each partition",
    "the very records that were sent, each once and in order: key, value, headers, set times",
    "each row of the files, once, in its partition and in order, as it reads today"};
constexpr std::array<std::string_view, kAuditLevels> kLimits{
    "not what is in them, nor their order",
    "not that they are the rows of the files: --level source proves that",
    "of the load's own record only the place of its rows and its options are used"};

// Expected and found may be apart by more than either's own type shows.
std::int64_t Difference(std::uint64_t expected, std::uint64_t found) {
  return static_cast<std::int64_t>(found) - static_cast<std::int64_t>(expected);
}

std::string OffsetsText(const PartitionVerdict& verdict) {
  if (verdict.begin == kNoOffset) return "-";
  return std::to_string(verdict.begin.value) + "-" + std::to_string(verdict.end.value - 1);
}

std::uint64_t ExpectedIn(const std::vector<PartitionVerdict>& partitions) {
  std::uint64_t sum = 0;
  for (const PartitionVerdict& partition : partitions) sum += partition.expected;
  return sum;
}

std::uint64_t FoundIn(const std::vector<PartitionVerdict>& partitions) {
  std::uint64_t sum = 0;
  for (const PartitionVerdict& partition : partitions) sum += partition.found;
  return sum;
}

bool IsRight(const PartitionVerdict& partition) {
  return partition.equal && partition.expected == partition.found;
}

using Cells = std::vector<std::string>;

// Columns [first, last) are numbers: to the right.
void PrintTable(const std::vector<Cells>& lines, std::size_t first, std::size_t last,
                PrintableStream& out) {
  std::vector<std::size_t> widths(lines[0].size(), 0);
  for (const Cells& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  for (const Cells& line : lines) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string gap(widths[i] - line[i].size(), ' ');
      const bool number = first <= i && i < last;
      text += (i == 0 ? "" : "  ") + (number ? gap + line[i] : line[i] + gap);
    }
    out << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
  }
}

// What compares the records themselves.
std::string DigestText(const PartitionVerdict& p, AuditLevel level) {
  if (!p.equal) return "differs " + p.differs;
  return level == AuditLevel::kCounts ? "-" : "equal";
}

// `compared`: besides their number.
void PrintPartitions(const std::vector<PartitionVerdict>& partitions, const std::string& compared,
                     AuditLevel level, PrintableStream& out) {
  std::vector<Cells> lines{{"partition", "expected", "found", "difference", compared, "offsets"}};
  for (const PartitionVerdict& p : partitions) {
    lines.push_back({std::to_string(p.partition.value), std::to_string(p.expected),
                     std::to_string(p.found), std::to_string(Difference(p.expected, p.found)),
                     DigestText(p, level), OffsetsText(p)});
  }
  const std::uint64_t expected = ExpectedIn(partitions);
  const std::uint64_t found = FoundIn(partitions);
  lines.push_back({"all", std::to_string(expected), std::to_string(found),
                   std::to_string(Difference(expected, found)), "", ""});
  PrintTable(lines, 0, 4, out);
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

void PrintLevel(AuditLevel level, PrintableStream& out) {
  out << "level " << NameOf(level) << " proves " << ProofOf(level) << "; " << LimitOf(level)
      << "\n";
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

void PrintSeconds(double seconds, PrintableStream& out) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << seconds;
  out << " (" << text.str() << " s)\n";
}

void PrintFindings(const Findings& findings, PrintableStream& out) {
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const auto kind = static_cast<FindingKind>(i);
    std::uint64_t listed = 0;
    for (const Finding& finding : findings.kept()) {
      if (finding.kind != kind) continue;
      out << kNames[i] << ": " << finding.text << "\n";
      ++listed;
    }
    const std::uint64_t more = findings.Count(kind) - listed;
    if (more > 0) out << kNames[i] << ": and " << more << " more\n";
  }
}

void PrintVerdict(const AuditReport& report, PrintableStream& out) {
  const std::string partitions = std::to_string(report.partitions.size()) + " partitions";
  if (!report.complete) {
    out << "load is not finished: " << report.bytes << " of " << report.bytes_total << " bytes\n";
  }
  const bool counted = report.level == AuditLevel::kCounts;
  if (report.proven()) {
    out << "proven: " << report.found() << " rows in " << partitions
        << (counted ? std::string(", by their number alone, ")
                    : std::string(", each once and in order, "))
        << (report.dead_letters ? std::to_string(report.dead_letters->found) + " dead letters, "
                                : "")
        << "against " << report.against;
  } else if (report.equal() &&
             report.findings.total() == report.findings.Count(FindingKind::kDeleted)) {
    out << "NOT proven as a whole: " << report.gone()
        << " rows can no longer be checked; the other " << report.found() << " are there, "
        << (counted ? "by their number alone" : "each once and in order") << "; against "
        << report.against;
  } else {
    out << "NOT proven: " << report.expected() << " rows expected in " << partitions << ", "
        << report.found() << " records found; " << Counts(report.findings) << "; against "
        << report.against;
  }
  PrintSeconds(report.seconds, out);
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
  if (p.gone > 0) json["gone"] = p.gone;
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

void AddFindings(const Findings& findings, Json& json) {
  json["counts"] = Json::object();
  for (std::size_t i = 0; i < kFindingKinds; ++i) {
    const std::uint64_t count = findings.Count(static_cast<FindingKind>(i));
    if (count > 0) json["counts"][std::string(kNames[i])] = count;
  }
  json["differences"] = Json::array();
  for (const Finding& finding : findings.kept())
    json["differences"].push_back(FindingJson(finding));
}

Json ReportJson(const AuditReport& report) {
  Json json{{"verdict", report.proven() ? "proven" : "not proven"},
            {"load", report.load},
            {"topic", report.topic},
            {"cluster_id", report.cluster_id},
            {"level", NameOf(report.level)},
            {"proves", ProofOf(report.level)},
            {"limits", LimitOf(report.level)},
            {"exclusive", report.exclusive},
            {"source", report.level == AuditLevel::kSource},
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
  AddFindings(report.findings, json);
  json["notes"] = report.notes;
  json["seconds"] = report.seconds;
  return json;
}

// A record may hold any bytes; what is no UTF-8 is shown as U+FFFD.
void PrintLine(const Json& json, std::ostream& out) {
  out << PrintableJson(json.dump(-1, ' ', false, Json::error_handler_t::replace)) << "\n";
}

std::string VerdictText(const LoadVerdict& load) {
  if (!load.report) return "cannot be audited";
  if (load.proven()) return load.together ? "with others, below" : "proven";
  return "NOT proven: " + Counts(load.report->findings);
}

void PrintGroup(const Together& group, AuditLevel level, PrintableStream& out) {
  if (!group.loads.empty()) {
    out << "together: " << group.loads.size() << " loads, " << group.loads.front() << " to "
        << group.loads.back() << ", whose rows lie among each other in " << group.topic
        << "; records do not say whose they are\n";
    const AuditLevel compared = group.by_sums ? level : AuditLevel::kCounts;
    PrintPartitions(group.partitions, "sum", compared, out);
  }
  PrintFindings(group.findings, out);
}

// What the level's own sentence promises too much of.
void PrintGroupsLevel(const LoadsReport& report, PrintableStream& out) {
  const auto loads = std::find_if(report.groups.begin(), report.groups.end(),
                                  [](const Together& group) { return !group.loads.empty(); });
  if (loads == report.groups.end() || report.level == AuditLevel::kCounts) return;
  out << "of loads together it proves each record, once; not in what order\n";
}

Json GroupJson(const Together& group) {
  Json json{{"verdict", group.proven() ? "proven" : "not proven"},
            {"topic", group.topic},
            {"loads", group.loads},
            {"compared", group.by_sums ? "number and sum of digests" : "number"},
            {"rows_expected", ExpectedIn(group.partitions)},
            {"rows_found", FoundIn(group.partitions)}};
  json["partitions"] = Json::array();
  for (const PartitionVerdict& partition : group.partitions) {
    json["partitions"].push_back(PartitionJson(partition));
  }
  AddFindings(group.findings, json);
  return json;
}

Json LoadJson(const LoadVerdict& load) {
  if (!load.report) {
    return {{"verdict", "cannot be audited"},
            {"load", load.load},
            {"topic", load.topic},
            {"error", load.refused}};
  }
  if (!load.together) return ReportJson(*load.report);
  Json json{{"verdict", load.proven() ? "together" : "not proven"},
            {"load", load.load},
            {"topic", load.topic},
            {"complete", load.report->complete},
            {"bytes", load.report->bytes},
            {"rows_expected", load.report->expected()},
            {"rejected", load.report->rejected}};
  AddFindings(load.report->findings, json);
  json["notes"] = load.report->notes;
  return json;
}

}  // namespace

std::string_view NameOf(AuditLevel level) { return kLevels[static_cast<std::size_t>(level)]; }
std::string_view ProofOf(AuditLevel level) { return kProofs[static_cast<std::size_t>(level)]; }
std::string_view LimitOf(AuditLevel level) { return kLimits[static_cast<std::size_t>(level)]; }

std::string_view NameOf(FindingKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

void Findings::Add(Finding finding) {
  const bool keep = Keeps(finding.kind);
  ++counts_[static_cast<std::size_t>(finding.kind)];
  if (keep) kept_.push_back(std::move(finding));
}

std::uint64_t Findings::total() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t AuditReport::expected() const { return ExpectedIn(partitions); }

std::uint64_t AuditReport::found() const { return FoundIn(partitions); }

std::uint64_t AuditReport::gone() const {
  std::uint64_t sum = 0;
  for (const PartitionVerdict& partition : partitions) sum += partition.gone;
  return sum;
}

bool AuditReport::equal() const {
  return std::all_of(partitions.begin(), partitions.end(), IsRight) &&
         (!dead_letters || IsRight(*dead_letters));
}

bool Together::equal() const { return std::all_of(partitions.begin(), partitions.end(), IsRight); }

bool LoadsReport::proven() const {
  return amiss.empty() &&
         std::all_of(loads.begin(), loads.end(),
                     [](const LoadVerdict& load) { return load.proven(); }) &&
         std::all_of(groups.begin(), groups.end(),
                     [](const Together& group) { return group.proven(); }) &&
         std::all_of(rests.begin(), rests.end(),
                     [](const TopicRest& rest) { return rest.findings.empty(); });
}

void PrintText(const AuditReport& report, std::ostream& stream) {
  PrintableStream out(stream);
  PrintPartitions(report.partitions, "digest", report.level, out);
  PrintRejected(report, out);
  PrintFindings(report.findings, out);
  for (const std::string& note : report.notes) out << "note: " << note << "\n";
  PrintLevel(report.level, out);
  PrintVerdict(report, out);
}

void PrintJson(const AuditReport& report, std::ostream& out) { PrintLine(ReportJson(report), out); }

void PrintText(const LoadsReport& report, std::ostream& stream) {
  PrintableStream out(stream);
  std::vector<Cells> lines{{"load", "topic", "rows", "found", "bytes", "state", "verdict"}};
  std::uint64_t rows = 0;
  for (const LoadVerdict& load : report.loads) {
    const AuditReport none;
    const AuditReport& audit = load.report ? *load.report : none;
    lines.push_back({load.load, load.topic, std::to_string(audit.expected()),
                     load.together ? "-" : std::to_string(audit.found()),
                     std::to_string(audit.bytes), audit.complete ? "finished" : "unfinished",
                     VerdictText(load)});
    rows += load.together ? 0 : audit.found();
  }
  PrintTable(lines, 2, 5, out);
  for (const Together& group : report.groups) {
    PrintGroup(group, report.level, out);
    rows += FoundIn(group.partitions);
  }
  for (const std::string& amiss : report.amiss) out << "amiss: " << amiss << "\n";
  for (const LoadVerdict& load : report.loads) {
    if (load.proven()) continue;
    out << "load " << load.load << ": " << load.refused << "\n";
    if (!load.report) continue;
    PrintFindings(load.report->findings, out);
    for (const std::string& note : load.report->notes) out << "note: " << note << "\n";
  }
  for (const TopicRest& rest : report.rests) {
    out << "topic " << rest.topic << ": " << rest.findings.total()
        << " records that are no load's, beside " << rest.loads << " loads\n";
    PrintFindings(rest.findings, out);
  }
  PrintLevel(report.level, out);
  PrintGroupsLevel(report, out);
  out << (report.proven() ? std::string("proven: ") : std::string("NOT proven: "))
      << report.loads.size() << " loads, " << rows << " rows";
  PrintSeconds(report.seconds, out);
}

void PrintJson(const LoadsReport& report, std::ostream& out) {
  Json json{{"verdict", report.proven() ? "proven" : "not proven"},
            {"level", NameOf(report.level)},
            {"proves", ProofOf(report.level)},
            {"limits", LimitOf(report.level)}};
  json["loads"] = Json::array();
  for (const LoadVerdict& load : report.loads) {
    json["loads"].push_back(LoadJson(load));
  }
  for (const Together& group : report.groups) json["together"].push_back(GroupJson(group));
  if (!report.amiss.empty()) json["amiss"] = report.amiss;
  for (const TopicRest& rest : report.rests) {
    Json topic{{"topic", rest.topic}, {"loads", rest.loads}};
    AddFindings(rest.findings, topic);
    json["rests"].push_back(std::move(topic));
  }
  json["seconds"] = report.seconds;
  PrintLine(json, out);
}

}  // namespace onceload
