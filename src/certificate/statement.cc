#include "certificate/statement.h"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/text.h"
#include "onceload/core/version.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kStatementType[] = "https://in-toto.io/Statement/v1";
constexpr char kPredicateType[] = "urn:x-onceload:load-certificate:v1";

// RFC 3339; null for a time that is not known.
Json TimeJson(std::int64_t ms) {
  if (ms == 0) return nullptr;
  return UtcTime(std::chrono::milliseconds(ms)) + "Z";
}

Json OffsetJson(KafkaOffset offset) {
  return offset == kNoOffset ? Json(nullptr) : Json(offset.value);
}

std::string SubjectName(const std::string& topic, std::int32_t partition) {
  return topic + "/" + std::to_string(partition);
}

// What a second load of the same files has the same, however often it was killed.
Json ContentJson(const CertifiedLoad& load) {
  const ProgressRecord& record = *load.report.record;
  Json content{{"rows", load.report.found()}, {"rejectedRows", load.report.rejected}};
  content["rejectedByReason"] = Json::object();
  for (const auto& [reason, rows] : load.report.reasons) content["rejectedByReason"][reason] = rows;
  content["rules"] = record.rules == Rules::kFirst ? 1 : 2;
  content["setsTimes"] = record.times;
  content["options"] = Json::object();
  for (const auto& [name, value] : record.options) content["options"][name] = value;
  content["inputs"] = Json::array();
  for (const CertifiedInput& input : load.inputs) {
    content["inputs"].push_back({{"name", input.rows.name},
                                 {"bytes", input.file.bytes},
                                 {"sha256", input.file.sha256},
                                 {"rows", input.rows.rows},
                                 {"rejectedRows", input.rows.rejected}});
  }
  content["partitions"] = Json::array();
  for (const CertifiedPartition& p : load.partitions) {
    content["partitions"].push_back(
        {{"partition", p.partition}, {"rows", p.rows}, {"sha256", p.sha256}});
  }
  return content;
}

Json RunsJson(const std::vector<LedgerRun>& runs) {
  Json json = Json::array();
  for (const LedgerRun& run : runs) {
    json.push_back({{"id", run.run_id},
                    {"writer", run.writer},
                    {"version", run.tool_version},
                    {"startedOn", TimeJson(run.started_ms)},
                    {"endedOn", TimeJson(run.ended_ms)},
                    {"exitCode", run.exit_code ? Json(*run.exit_code) : Json(nullptr)}});
  }
  return json;
}

// What is different for each load: when, where, by whom.
Json CircumstancesJson(const CertifiedLoad& load) {
  const ProgressRecord& record = *load.report.record;
  Json json{{"load",
             {{"name", record.load_name},
              {"id", record.load_id},
              {"begunOn", TimeJson(record.begun_ms)}}},
            {"clusterId", record.cluster_id},
            {"topic", {{"name", record.topic}, {"id", record.topic_id}}},
            {"chunks", record.chunk.value},
            {"deadLetters", record.dead_letters.rows}};
  if (load.topic.settings_seen) {
    json["topicSettings"] = {{"replicationFactor", load.topic.replication_factor},
                             {"min.insync.replicas", load.topic.min_insync_replicas},
                             {"cleanup.policy", load.topic.cleanup_policy},
                             {"unclean.leader.election.enable", load.topic.unclean_leader_election},
                             {"retention.ms", load.topic.retention_ms}};
  }
  json["offsets"] = Json::array();
  for (const CertifiedPartition& p : load.partitions) {
    json["offsets"].push_back(
        {{"partition", p.partition}, {"first", OffsetJson(p.first)}, {"end", OffsetJson(p.end)}});
  }
  json["runs"] = RunsJson(load.runs);
  json["verifiedOn"] = TimeJson(load.now_ms);
  json["verifiedBy"] = "onceload " + std::string(Version());
  return json;
}

// Adds up what is in it, and says what does not fit together.
class Reader {
 public:
  explicit Reader(const Json& statement) : statement_(statement) {}

  StatementFacts Read() {
    const Json& predicate = statement_.at("predicate");
    const Json& content = predicate.at("content");
    const Json& circumstances = predicate.at("circumstances");
    facts_.load = circumstances.at("load").at("name");
    facts_.topic = circumstances.at("topic").at("name");
    facts_.topic_id = circumstances.at("topic").at("id");
    facts_.cluster_id = circumstances.at("clusterId");
    facts_.times = content.at("setsTimes");
    facts_.rows = content.at("rows");
    Check(predicate.at("verdict") == "proven" && predicate.at("level") == "source",
          "it does not say that each row was proven against the files");
    ReadPartitions(content.at("partitions"), circumstances.at("offsets"));
    CheckSums(content);
    CheckSubjects();
    return std::move(facts_);
  }

 private:
  void Check(bool holds, const std::string& fault) {
    if (!holds) facts_.faults.push_back(fault);
  }

  void ReadPartitions(const Json& partitions, const Json& offsets) {
    Check(partitions.size() == offsets.size(), "its partitions and their offsets are not as many");
    for (std::size_t p = 0; p < std::min(partitions.size(), offsets.size()); ++p) {
      CertifiedPartition& one = facts_.partitions.emplace_back();
      one.partition = partitions[p].at("partition");
      one.rows = partitions[p].at("rows");
      one.sha256 = partitions[p].at("sha256");
      const std::string name = "partition " + std::to_string(one.partition);
      const Json& place = offsets[p];
      Check(place.at("partition") == one.partition, name + " has another one's offsets");
      if (place.at("first").is_null()) {
        Check(one.rows == 0, name + " has rows and no offsets");
        continue;
      }
      one.first = KafkaOffset{place.at("first").get<std::int64_t>()};
      one.end = KafkaOffset{place.at("end").get<std::int64_t>()};
      Check(one.first.value >= 0 && one.end.value - one.first.value >= std::int64_t(one.rows),
            name + " has more rows than offsets");
    }
  }

  static std::uint64_t Sum(const Json& list, const char* member) {
    std::uint64_t sum = 0;
    for (const Json& one : list) sum += one.at(member).get<std::uint64_t>();
    return sum;
  }

  void CheckSums(const Json& content) {
    const std::uint64_t rejected = content.at("rejectedRows");
    std::uint64_t by_reason = 0;
    for (const auto& [reason, rows] : content.at("rejectedByReason").items()) {
      by_reason += rows.get<std::uint64_t>();
    }
    std::uint64_t in_partitions = 0;
    for (const CertifiedPartition& p : facts_.partitions) in_partitions += p.rows;
    Check(in_partitions == facts_.rows, "its partitions have " + std::to_string(in_partitions) +
                                            " rows, not " + std::to_string(facts_.rows));
    const std::uint64_t in_inputs = Sum(content.at("inputs"), "rows");
    Check(in_inputs == facts_.rows + rejected, "its inputs have " + std::to_string(in_inputs) +
                                                   " rows, loaded and rejected are " +
                                                   std::to_string(facts_.rows + rejected));
    Check(Sum(content.at("inputs"), "rejectedRows") == rejected && by_reason == rejected,
          "its rejected rows do not add up to " + std::to_string(rejected));
  }

  // A subject is a partition that has rows, by its digest.
  void CheckSubjects() {
    Json subjects = Json::array();
    for (const CertifiedPartition& p : facts_.partitions) {
      if (p.rows == 0) continue;
      subjects.push_back(
          {{"name", SubjectName(facts_.topic, p.partition)}, {"digest", {{"sha256", p.sha256}}}});
    }
    Check(subjects == statement_.at("subject"), "its subjects are not its partitions");
  }

  const Json& statement_;
  StatementFacts facts_;
};

}  // namespace

std::string StatementOf(const CertifiedLoad& load) {
  Json subjects = Json::array();
  for (const CertifiedPartition& p : load.partitions) {
    if (p.rows == 0) continue;
    subjects.push_back({{"name", SubjectName(load.report.topic, p.partition)},
                        {"digest", {{"sha256", p.sha256}}}});
  }
  const Json statement{{"_type", kStatementType},
                       {"subject", subjects},
                       {"predicateType", kPredicateType},
                       {"predicate",
                        {{"verdict", "proven"},
                         {"level", NameOf(load.report.level)},
                         {"proves", ProofOf(load.report.level)},
                         {"limits", LimitOf(load.report.level)},
                         {"content", ContentJson(load)},
                         {"circumstances", CircumstancesJson(load)}}}};
  // Names may be any bytes; what is no UTF-8 is shown as U+FFFD.
  return statement.dump(-1, ' ', false, Json::error_handler_t::replace);
}

StatementFacts ReadStatement(const std::string& text, const std::string& path) {
  const Json statement = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto is = [&](const char* member, const char* value) {
    const auto at = statement.find(member);
    return at != statement.end() && *at == value;
  };
  if (!statement.is_object() || !is("_type", kStatementType) ||
      !is("predicateType", kPredicateType)) {
    throw Error(ExitCode::kUsage, "this is no certificate of a load", path,
                "give a file that onceload certify has written");
  }
  try {
    return Reader(statement).Read();
  } catch (const nlohmann::json::exception& error) {
    throw Error(ExitCode::kDifferences,
                std::string("the certificate lacks what every certificate has: ") + error.what(),
                path, "it was changed, or is another version's");
  }
}

}  // namespace onceload
