#include "onceload/page/audit_page.h"

#include <sstream>

#include <gtest/gtest.h>

namespace onceload {
namespace {

AuditPage Sample() {
  AuditPage page;
  page.report.load = "<script>alert(1)</script>";
  page.report.topic = "clicks";
  page.report.against = "a \"b\" & c.csv";
  page.report.partitions = {{PartitionId{0}, 30, 30, true, ""},
                            {PartitionId{1}, 10, 9, false, "after row 5"}};
  Finding lost;
  lost.text = "row 6 is <gone>\n\xff";
  page.report.findings.Add(lost);
  ProgressRecord record;
  record.partitions = {{40, {}, KafkaOffset{0}, KafkaOffset{41}}};
  page.report.record = record;
  page.runs = {{"a", "pid 1", "v", 1'000, 0, {}, "", 0},
               {"b", "pid 2", "v", 3'000, 5'000, 0, "", 10}};
  RejectedForReason reason{"type", 4, {}};
  reason.examples.resize(1);
  reason.examples[0].detail = "<b>no number</b>";
  page.rejected = {reason};
  page.made_ms = 10'000;
  return page;
}

std::string Html(const AuditPage& page) {
  std::ostringstream out;
  PrintHtml(page, out);
  return out.str();
}

TEST(AuditPage, EscapesWhatIsNotItsOwn) {
  const std::string html = Html(Sample());
  for (const char* const raw : {"<script", "<gone>", "<b>", "\"b\" &", "\xff"}) {
    EXPECT_EQ(html.find(raw), std::string::npos) << raw;
  }
  EXPECT_NE(html.find("row 6 is &lt;gone&gt;\\n\\xff"), std::string::npos);
  EXPECT_EQ(HtmlText("'\"<&>"), "&#39;&quot;&lt;&amp;&gt;");
}

TEST(AuditPage, TellsRunsAndKillsInTheirPlace) {
  const std::string html = Html(Sample());
  EXPECT_NE(html.find("2 runs, 1 of them ended without a word; 15 rows/s"), std::string::npos);
  // From 1 s to 3 s, and from 3 s to 5 s, of 4 s.
  EXPECT_NE(html.find("bar killed\" style=\"left:0.00%;width:50.00%"), std::string::npos);
  EXPECT_NE(html.find("bar\" style=\"left:50.00%;width:50.00%"), std::string::npos);
}

TEST(AuditPage, TellsSkewAndVerdict) {
  AuditPage page = Sample();
  EXPECT_NE(Html(page).find("Not proven: 1 difference<"), std::string::npos);
  EXPECT_NE(Html(page).find("1.50 times as many"), std::string::npos);
  page.report.findings = {};
  page.report.partitions[1] = {PartitionId{1}, 10, 10, true, ""};
  EXPECT_NE(Html(page).find("class=\"verdict proven\""), std::string::npos);
  EXPECT_NE(Html(page).find("None."), std::string::npos);
}

TEST(AuditPage, NeedsNothingElse) {
  const std::string html = Html(Sample());
  for (const char* const part : {"http:", "https:", "src=", "href=", "url(", "@import", "@font"}) {
    EXPECT_EQ(html.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace onceload
