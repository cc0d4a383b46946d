#include "onceload/page/audit_page.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "onceload/core/error.h"
#include "onceload/core/printable.h"
#include "onceload/core/text.h"
#include "page/page_style.h"

namespace onceload {
namespace {

constexpr std::size_t kExamples = 3;
constexpr std::size_t kFilesShown = 500;  // of more the first; history --files has all
constexpr std::size_t kRunsShown = 200;

std::string Time(std::int64_t ms) {
  return ms <= 0 ? "not known" : UtcTime(std::chrono::milliseconds(ms)) + "Z";
}

std::string Fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Rate(std::uint64_t rows, std::int64_t ms) {
  if (ms <= 0) return "-";
  return Fixed(static_cast<double>(rows) * 1000.0 / static_cast<double>(ms), 0) + " rows/s";
}

// Writes elements; every text goes through HtmlText().
class HtmlWriter {
 public:
  explicit HtmlWriter(std::ostream& out) : out_(out) {}

  // Ours, as it is.
  HtmlWriter& Raw(std::string_view markup) {
    out_ << markup;
    return *this;
  }
  HtmlWriter& Text(std::string_view text) {
    out_ << HtmlText(text);
    return *this;
  }
  void Element(std::string_view name, std::string_view text) {
    Raw("<").Raw(name).Raw(">").Text(text).Raw("</").Raw(name).Raw(">\n");
  }
  void Fact(std::string_view name, std::string_view text) {
    Element("dt", name);
    Element("dd", text);
  }
  void Head(std::initializer_list<std::string_view> names) {
    Raw("<div class=\"wide\"><table><thead><tr>");
    for (const std::string_view name : names) {
      const bool number =
          name == "rows" || name == "rejected" || name == "expected" || name == "found";
      Raw(number ? "<th class=\"number\">" : "<th>").Text(name).Raw("</th>");
    }
    Raw("</tr></thead><tbody>\n");
  }
  // One that is not broken.
  void Word(std::string_view text) { Raw("<td class=\"word\">").Text(text).Raw("</td>"); }
  void Cell(std::string_view text) { Raw("<td>").Text(text).Raw("</td>"); }
  void Number(std::uint64_t number) {
    Raw("<td class=\"number\">").Text(std::to_string(number)).Raw("</td>");
  }
  void EndTable() { Raw("</tbody></table></div>\n"); }
  // A part of a whole: both from 0 to 1.
  void Bar(double from, double width, std::string_view kind) {
    Raw("<div class=\"track\">");
    if (width <= 0) {
      Raw("</div>");
      return;
    }
    Raw("<div class=\"bar").Raw(kind).Raw("\" style=\"left:");
    Raw(Fixed(100 * std::clamp(from, 0.0, 1.0), 2)).Raw("%;width:");
    Raw(Fixed(100 * std::clamp(width, 0.0, 1.0 - std::clamp(from, 0.0, 1.0)), 2));
    Raw("%\"></div></div>");
  }

 private:
  std::ostream& out_;
};

std::string VerdictText(const AuditReport& report) {
  if (report.proven()) return report.complete ? "Proven" : "Proven as far as it is loaded";
  const std::uint64_t count = report.findings.total();
  if (count == 0) return "Not proven: partitions differ";
  return "Not proven: " + std::to_string(count) + (count == 1 ? " difference" : " differences");
}

void WriteVerdict(const AuditReport& report, HtmlWriter& html) {
  const bool proven = report.proven();
  html.Raw(proven ? "<div class=\"verdict proven\" id=\"verdict\"><strong>"
                  : "<div class=\"verdict\" id=\"verdict\"><strong>");
  html.Text(VerdictText(report));
  html.Raw("</strong>");
  html.Element("p", std::to_string(report.found()) + " records found, " +
                        std::to_string(report.expected()) + " expected, against " + report.against);
  html.Element("p", "Level " + std::string(NameOf(report.level)) + " proves " +
                        std::string(ProofOf(report.level)) + "; " +
                        std::string(LimitOf(report.level)) + ".");
  for (const std::string& note : report.notes) html.Element("p", note);
  html.Raw("</div>\n");
}

void WriteLoaded(const AuditReport& report, HtmlWriter& html) {
  html.Raw("<h2 id=\"loaded\">What was loaded</h2><dl>\n");
  html.Fact("load", report.load);
  html.Fact("topic", report.topic);
  html.Fact("cluster", report.cluster_id);
  html.Fact("rows", std::to_string(report.expected()));
  html.Fact("rejected", std::to_string(report.rejected));
  html.Fact("state", report.complete ? "finished" : "unfinished");
  if (report.record) {
    html.Fact("begun", Time(report.record->begun_ms));
    html.Fact("bytes", std::to_string(BytesDone(*report.record)));
  }
  html.Raw("</dl>\n");
  if (report.inputs.empty()) return;
  html.Head({"file", "rows", "rejected"});
  const std::size_t shown = std::min(report.inputs.size(), kFilesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    const AuditedInput& input = report.inputs[i];
    html.Raw("<tr>").Cell(input.path);
    html.Number(input.rows);
    html.Number(input.rejected);
    html.Raw("</tr>\n");
  }
  html.EndTable();
  if (shown < report.inputs.size()) {
    html.Element("p", "and " + std::to_string(report.inputs.size() - shown) + " files more");
  }
}

// A run as it lies in time. Of one that was killed only the next one's begin is known.
struct RunSpan {
  const LedgerRun* run = nullptr;
  std::int64_t end_ms = 0;
  std::uint64_t rows = 0;
  bool killed = false;
  bool last = true;
};

std::vector<RunSpan> SpansOf(const AuditPage& page) {
  std::vector<RunSpan> spans;
  for (const LedgerRun& run : page.runs) {
    if (run.started_ms == 0) continue;  // another machine's: no times are known
    if (!spans.empty()) {
      RunSpan& before = spans.back();
      before.rows = run.rows_at_start - std::min(run.rows_at_start, before.run->rows_at_start);
      if (before.killed) before.end_ms = run.started_ms;
      before.last = false;
    }
    const std::int64_t end = run.exit_code ? run.ended_ms : page.made_ms;
    spans.push_back({&run, end, 0, !run.exit_code, true});
  }
  if (!spans.empty() && page.report.record) {
    const std::uint64_t rows = page.report.record->rows();
    spans.back().rows = rows - std::min(rows, spans.back().run->rows_at_start);
  }
  return spans;
}

void WriteRun(const RunSpan& span, std::int64_t begin_ms, double whole_ms, HtmlWriter& html) {
  const LedgerRun& run = *span.run;
  const std::int64_t ms = span.end_ms - run.started_ms;
  const std::string how = span.killed ? (span.last ? "killed, or running still" : "killed")
                                      : "exit code " + std::to_string(*run.exit_code);
  html.Raw("<div class=\"run\"><p>");
  html.Text(Time(run.started_ms) + ", " + std::to_string(span.rows) + " rows, " + how);
  if (!span.killed)
    html.Text(", " + Fixed(static_cast<double>(ms) / 1000.0, 1) + " s, " + Rate(span.rows, ms));
  html.Raw("</p>");
  html.Bar(static_cast<double>(run.started_ms - begin_ms) / whole_ms,
           static_cast<double>(ms) / whole_ms,
           span.killed ? " killed" : (*run.exit_code > 1 ? " failed" : ""));
  if (!run.error.empty()) html.Raw("<p class=\"soft\">").Text(run.error).Raw("</p>");
  html.Raw("</div>\n");
}

void WriteRuns(const AuditPage& page, HtmlWriter& html) {
  html.Raw("<h2 id=\"runs\">Runs</h2>\n");
  const std::vector<RunSpan> spans = SpansOf(page);
  if (spans.empty()) {
    html.Element("p", "The ledger that was looked into knows of no run of this load.");
    return;
  }
  const auto killed =
      std::count_if(spans.begin(), spans.end(), [](const RunSpan& span) { return span.killed; });
  std::int64_t busy_ms = 0;
  std::uint64_t rows = 0;
  for (const RunSpan& span : spans) {
    if (span.killed) continue;
    busy_ms += span.end_ms - span.run->started_ms;
    rows += span.rows;
  }
  html.Element("p", std::to_string(spans.size()) + " runs, " + std::to_string(killed) +
                        " of them ended without a word; " + Rate(rows, busy_ms) +
                        " in those that ended with one.");
  const std::int64_t begin = spans.front().run->started_ms;
  const double whole = std::max<double>(1, static_cast<double>(spans.back().end_ms - begin));
  for (std::size_t i = spans.size() - std::min(spans.size(), kRunsShown); i < spans.size(); ++i) {
    WriteRun(spans[i], begin, whole, html);
  }
}

void WritePartitions(const AuditReport& report, HtmlWriter& html) {
  html.Raw("<h2 id=\"partitions\">Rows per partition</h2>\n");
  std::uint64_t most = 0;
  for (const PartitionVerdict& verdict : report.partitions) most = std::max(most, verdict.expected);
  const double mean = report.partitions.empty() ? 0
                                                : static_cast<double>(report.expected()) /
                                                      static_cast<double>(report.partitions.size());
  if (mean > 0) {
    html.Element("p", "The fullest has " + Fixed(static_cast<double>(most) / mean, 2) +
                          " times as many as one has on average.");
  }
  html.Head({"partition", "expected", "found", "records", ""});
  for (const PartitionVerdict& verdict : report.partitions) {
    html.Raw("<tr>").Cell(std::to_string(verdict.partition.value));
    html.Number(verdict.expected);
    html.Number(verdict.found);
    html.Cell(verdict.equal ? "equal" : "differ " + verdict.differs);
    html.Raw("<td>");
    html.Bar(0, most == 0 ? 0 : static_cast<double>(verdict.expected) / static_cast<double>(most),
             verdict.equal ? "" : " failed");
    html.Raw("</td></tr>\n");
  }
  html.EndTable();
}

std::string PathOf(const AuditReport& report, std::uint32_t file) {
  if (file < report.inputs.size()) return report.inputs[file].path;
  if (!report.record) return "file " + std::to_string(file);
  // The ledger counts files from the load's first.
  const std::uint64_t index = file - std::min<std::uint64_t>(file, report.record->finished.count);
  const std::vector<InputFile>& inputs = report.record->inputs;
  return index < inputs.size() ? inputs[index].path : "file " + std::to_string(file);
}

void WriteRejected(const AuditPage& page, HtmlWriter& html) {
  if (page.rejected.empty() && page.report.reasons.empty()) return;
  html.Raw("<h2 id=\"rejected\">Rejected rows</h2>\n");
  html.Head({"reason", "rows", "for example"});
  for (const RejectedForReason& reason : page.rejected) {
    html.Raw("<tr>").Word(reason.reason);
    html.Number(reason.rows);
    html.Raw("<td>");
    for (const RejectedRow& row : reason.examples) {
      html.Raw("<p>").Text(PathOf(page.report, row.file) + " row " + std::to_string(row.row.value) +
                           ", byte " + std::to_string(row.begin.value) + ": " + row.detail);
      html.Raw("</p>");
    }
    html.Raw("</td></tr>\n");
  }
  // What the audit has read, where the ledger does not know the load.
  for (const auto& [reason, rows] : page.report.reasons) {
    if (!page.rejected.empty()) break;
    html.Raw("<tr>").Word(reason);
    html.Number(rows);
    html.Raw("<td></td></tr>\n");
  }
  html.EndTable();
}

void WriteFindings(const Findings& findings, HtmlWriter& html) {
  html.Raw("<h2 id=\"differences\">Differences</h2>\n");
  if (findings.empty()) return html.Element("p", "None.");
  html.Head({"kind", "what"});
  for (const Finding& finding : findings.kept()) {
    html.Raw("<tr>").Word(NameOf(finding.kind));
    html.Cell(finding.text);
    html.Raw("</tr>\n");
  }
  html.EndTable();
  if (findings.total() > findings.kept().size()) {
    html.Element("p", "and " + std::to_string(findings.total() - findings.kept().size()) +
                          " more of these kinds");
  }
}

}  // namespace

std::string HtmlText(std::string_view text) {
  std::string html;
  for (const char c : Printable(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

void TakeLedger(const std::string& state, AuditPage& page) {
  std::error_code ignored;
  if (!std::filesystem::exists(state, ignored)) return;
  Failpoints none;
  try {
    const CheckpointStore store(state, CheckpointStore::Mode::kReadOnly, none);
    page.runs = store.Runs(page.report.load);
    page.rejected = store.Rejected(page.report.load, kExamples);
  } catch (const Error&) {
    // The audit has its own word on a ledger that cannot be read; the page does without.
  }
}

void PrintHtml(const AuditPage& page, std::ostream& out) {
  HtmlWriter html(out);
  html.Raw(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
  html.Text(page.report.load).Raw("</title>\n<style>").Raw(kPageStyle);
  html.Raw("</style></head><body>\n");
  html.Element("h1", page.report.load);
  WriteVerdict(page.report, html);
  WriteLoaded(page.report, html);
  WriteRuns(page, html);
  WritePartitions(page.report, html);
  WriteRejected(page, html);
  WriteFindings(page.report.findings, html);
  html.Raw("<footer>");
  html.Text("onceload " + page.version + ", " + Time(page.made_ms) + ", audited in " +
            Fixed(page.report.seconds, 1) + " s. Times are UTC.");
  html.Raw("</footer>\n</body></html>\n");
}

}  // namespace onceload
