#include "onceload/verify/audit_report.h"

#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/rows/frozen_encoding.h"

namespace onceload {
namespace {

AuditReport Good() {
  AuditReport report;
  report.load = "t/rows.csv";
  report.topic = "t";
  report.against = "rows.csv";
  report.partitions = {{PartitionId{0}, 120, 120, true, "", KafkaOffset{5}, KafkaOffset{130}},
                       {PartitionId{1}, 80, 80, true, "", kNoOffset, kNoOffset}};
  return report;
}

std::string Text(const AuditReport& report) {
  std::ostringstream out;
  PrintText(report, out);
  return out.str();
}

nlohmann::json Json(const AuditReport& report) {
  std::ostringstream out;
  PrintJson(report, out);
  return nlohmann::json::parse(out.str());
}

void AddForeign(AuditReport& report) {
  Finding finding;
  finding.kind = FindingKind::kForeign;
  finding.partition = PartitionId{1};
  finding.offset = KafkaOffset{7};
  finding.text = "bytes \xff";
  report.findings.Add(finding);
}

TEST(AuditReportTest, ProvenInWords) {
  const std::string text = Text(Good());
  EXPECT_NE(text.find("proven: 200 rows in 2 partitions, each once and in order"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("NOT"), std::string::npos);
  EXPECT_NE(text.find("5-129"), std::string::npos) << text;
}

TEST(AuditReportTest, AFindingIsNotProven) {
  AuditReport report = Good();
  AddForeign(report);
  EXPECT_FALSE(report.proven());
  EXPECT_NE(Text(report).find("NOT proven: "), std::string::npos);
  EXPECT_NE(Text(report).find("1 foreign"), std::string::npos);
}

TEST(AuditReportTest, ADifferentPartitionIsNotProven) {
  AuditReport report = Good();
  report.partitions[1].equal = false;
  EXPECT_FALSE(report.proven());
  report = Good();
  report.partitions[1].found = 81;
  EXPECT_FALSE(report.proven());
}

TEST(AuditReportTest, AnUnfinishedLoadIsSaid) {
  AuditReport report = Good();
  report.complete = false;
  report.bytes = 10;
  report.bytes_total = 30;
  EXPECT_NE(Text(report).find("load is not finished: 10 of 30 bytes"), std::string::npos);
}

TEST(AuditReportTest, AsJson) {
  AuditReport report = Good();
  EXPECT_EQ(Json(report)["verdict"], "proven");
  AddForeign(report);
  const nlohmann::json json = Json(report);
  EXPECT_EQ(json["verdict"], "not proven");
  EXPECT_EQ(json["rows_expected"], 200);
  EXPECT_EQ(json["partitions"].size(), 2U);
  EXPECT_EQ(json["partitions"][0]["end"], 130);
  EXPECT_TRUE(json["partitions"][1]["begin"].is_null());
  EXPECT_EQ(json["differences"][0]["kind"], "foreign");
  EXPECT_EQ(json["differences"][0]["offset"], 7);
  EXPECT_EQ(json["counts"]["foreign"], 1);
}

TEST(FrozenEncodingTest, ReadsWhatALoadHasFrozen) {
  ProgressRecord load;
  load.options = {
      {"columns", R"(["id","price"])"},
      {"dialect", R"({"delimiter":";"})"},
      {"encoding", "latin1"},
      {"messages", R"({"columns":{"price":{"type":"number"}},"key":{"columns":["id"]}})"}};
  const FrozenEncoding frozen = FrozenEncodingOf(load);
  EXPECT_EQ(frozen.columns, (std::vector<std::string>{"id", "price"}));
  EXPECT_EQ(frozen.dialect, Dialect{.delimiter = ";"});
  EXPECT_EQ(frozen.encoding, Encoding::kLatin1);
  EXPECT_EQ(frozen.encode.format, MessageFormat::kJson);
  EXPECT_EQ(frozen.encode.key_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(frozen.encode.types.at("price"), ColumnType::kNumber);
}

TEST(FrozenEncodingTest, RefusesWhatItDoesNotKnow) {
  const FrozenOptions good = {
      {"columns", "[]"}, {"dialect", "{}"}, {"encoding", "utf-8"}, {"messages", "{}"}};
  for (std::size_t i = 0; i < good.size(); ++i) {
    ProgressRecord load;
    load.options = good;
    EXPECT_NO_THROW(FrozenEncodingOf(load));
    load.options[i].second = "{\"x\":\"later\"}";
    EXPECT_THROW(FrozenEncodingOf(load), Error) << good[i].first;
    load.options.erase(load.options.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_THROW(FrozenEncodingOf(load), Error) << good[i].first;
  }
}

}  // namespace
}  // namespace onceload
