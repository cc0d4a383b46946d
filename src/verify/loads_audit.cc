#include "verify/loads_audit.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fnmatch.h>

#include "verify/dead_letter_audit.h"
#include "verify/shard_set.h"
#include "verify/source_totals.h"

namespace onceload {
LoadVerdict LoadsAudit::Judge(const ProgressRecord& load) {
  LoadVerdict verdict{load.load_name, load.topic, std::nullopt, {}, false};
  const Duration begun = clock_.Now();
  try {
    TakeFilesOf(load);
    verdict.report = request_.level == AuditLevel::kSource ? AgainstSource() : AgainstRecord();
    verdict.report->seconds = SecondsFrom(begun);
  } catch (const Error& error) {
    if (error.code() == ExitCode::kKafka) throw;
    verdict.refused = error.Line();
  }
  return verdict;
}

TopicRest LoadsAudit::Rest() {
  TopicRest rest{request_.topic, 0, {}};
  const std::optional<TopicFacts> facts = Describe(request_.topic);
  if (!facts) return rest;  // its loads say so
  topic_ = *facts;
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  AddForeign(Outside(), *scan, wait_, rest.findings);
  return rest;
}

bool LoadsAudit::IsAsked(const ProgressRecord& load) const {
  const std::string& names = request_.names;
  return names.empty() || names == load.load_name ||
         fnmatch(names.c_str(), load.load_name.c_str(), 0) == 0;
}

// At kSource those of the load at hand.
void LoadsAudit::TakeFilesOf(const ProgressRecord& load) {
  request_.name = load.load_name;
  if (request_.level != AuditLevel::kSource) return;
  std::optional<ShardName> shard = ShardNameOf(load.load_name);
  if (!shard) {
    throw Error(ExitCode::kUsage, "which of the files are this load's is not known",
                "load " + load.load_name,
                "name one load with --name; files are dealt to shards alone (NAME.K-of-N)");
  }
  shard->shard.by_key = !FrozenEncodingOf(load).keys.all();
  request_.files = request_.files_of(shard->shard);
  if (!request_.files.empty()) return;
  throw Error(ExitCode::kInput, "none of the files given is this shard's", "load " + load.load_name,
              "give the files that were loaded");
}

std::vector<JointLoad> LoadsAudit::JointLoads(const std::vector<ProgressRecord>& members) {
  std::vector<JointLoad> joint;
  for (const ProgressRecord& member : members) {
    request_.name = member.load_name;
    std::optional<Expectation> known = Expected();
    if (!known) continue;  // forgotten since
    std::vector<PartitionProgress> expected = known->last.partitions;
    joint.push_back({WithAllInputs(std::move(known->last)), std::move(expected)});
  }
  return joint;
}

// Loads that nobody has asked for are taken at their word: they only have to be told from the rest.
void LoadsAudit::ReadFilesOf(JointLoad& load, Findings& findings) {
  if (request_.level != AuditLevel::kSource || !IsAsked(load.record)) return;
  TakeFilesOf(load.record);
  AuditedSource source = SourceOf(load.record);
  source.rules.partitions = static_cast<std::int32_t>(load.record.partitions.size());
  RowLimits& limits = source.rules.limits;
  if (limits.message_bytes == 0) limits.message_bytes = topic_.message_bytes_max;
  load.expected = TotalsOf(source, load.record, findings);
}

bool LoadsAudit::WentOn(const std::vector<JointLoad>& joint) {
  const std::vector<ProgressRecord> now = Loads();
  return std::any_of(joint.begin(), joint.end(), [&](const JointLoad& load) {
    return std::none_of(now.begin(), now.end(), [&](const ProgressRecord& record) {
      return record.load_id == load.record.load_id && record.chunk == load.record.chunk;
    });
  });
}

std::vector<LoadVerdict> LoadsAudit::JudgeGroup(const std::vector<ProgressRecord>& members,
                                                LoadsReport& report) {
  const Duration begun = clock_.Now();
  std::vector<LoadVerdict> verdicts;
  std::vector<JointLoad> joint = JointLoads(members);
  const AuditedTopic topic = Topic(/*loaded=*/true);
  std::vector<Findings> of_files(joint.size());
  for (std::size_t i = 0; i < joint.size(); ++i) ReadFilesOf(joint[i], of_files[i]);
  const auto scan = MakeRdkafkaScan(request_.config, request_.topic);
  JointReport result = AuditJoint(joint, topic, *scan, wait_, request_.level);
  for (std::size_t i = 0; i < joint.size(); ++i) {
    const ProgressRecord& load = joint[i].record;
    AuditReport& audit = result.loads[i];
    for (const Finding& finding : of_files[i].kept()) audit.findings.Add(finding);
    std::int64_t ignored = 0;
    if (const auto letters = DeadLetterScan(load, ignored)) {
      AuditDeadLetters(load, load.dead_letters, *letters, wait_, audit);
    }
    audit.seconds = SecondsFrom(begun);
    verdicts.push_back({load.load_name, load.topic, std::move(audit), {}, !result.told[i]});
  }
  const bool proven = result.together.proven() &&
                      std::all_of(verdicts.begin(), verdicts.end(),
                                  [](const LoadVerdict& verdict) { return verdict.proven(); });
  if (!proven && WentOn(joint)) {
    report.amiss.emplace_back(
        "loads have gone on while they were audited, and lie among each other: verify them again "
        "when they stand still");
  }
  if (!result.together.loads.empty() || !result.together.findings.empty()) {
    report.groups.push_back(std::move(result.together));
  }
  return verdicts;
}

void LoadsAudit::JudgeTopic(const std::vector<ProgressRecord>& loads, LoadsReport& report) {
  request_.topic = loads.front().topic;
  const std::optional<TopicFacts> facts = Describe(request_.topic);
  std::vector<ProgressRecord> places = loads;
  for (ProgressRecord& load : places) {
    // Offsets of a topic that was deleted say nothing of this one's.
    if (!facts || !MayBeSameTopic(load.topic_id, facts->id)) load.partitions.clear();
  }
  for (const std::vector<std::size_t>& group : MingledIn(places)) {
    std::vector<ProgressRecord> members;
    for (const std::size_t load : group) members.push_back(loads[load]);
    if (std::none_of(members.begin(), members.end(),
                     [&](const ProgressRecord& load) { return IsAsked(load); })) {
      continue;
    }
    if (members.size() == 1) {
      report.loads.push_back(Judge(members.front()));
      continue;
    }
    std::vector<LoadVerdict> verdicts;
    try {
      verdicts = JudgeGroup(members, report);
    } catch (const Error& error) {
      if (error.code() == ExitCode::kKafka) throw;
      for (const ProgressRecord& load : members) {
        verdicts.push_back({load.load_name, load.topic, std::nullopt, error.Line(), false});
      }
    }
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      const std::string& name = verdicts[i].load;
      const auto known = std::find_if(members.begin(), members.end(),
                                      [&](const auto& member) { return member.load_name == name; });
      if (IsAsked(*known)) report.loads.push_back(std::move(verdicts[i]));
    }
  }
}

// Of a shard that has no file there is no record, which only the files can tell.
void LoadsAudit::LookForMissing(const std::vector<ProgressRecord>& loads, LoadsReport& report) {
  std::vector<std::string> asked;
  std::set<std::string> known;
  std::map<std::string, ProgressRecord> first_by_key;  // of a set, by its name
  for (const ProgressRecord& load : loads) {
    known.insert(load.load_name);
    if (!IsAsked(load)) continue;
    asked.push_back(load.load_name);
    const std::optional<ShardName> name = ShardNameOf(load.load_name);
    if (!name || FrozenEncodingOf(load).keys.all()) continue;
    request_.name = load.load_name;
    const ProgressRecord whole = WithAllInputs(Records().back());
    const auto [first, fresh] =
        first_by_key.try_emplace(name->base + "/" + std::to_string(name->shard.count), whole);
    const std::string unlike = fresh ? "" : Unlike(first->second, whole);
    if (unlike.empty()) continue;
    report.amiss.push_back("shards " + first->second.load_name + " and " + load.load_name + " " +
                           unlike + ": rows may be in both, or in none");
  }
  for (ShardName& missing : MissingAmong(asked)) {
    const std::string name = missing.base + "." + missing.shard.Name();
    if (known.count(name) > 0) continue;
    missing.shard.by_key =
        first_by_key.count(missing.base + "/" + std::to_string(missing.shard.count)) > 0;
    const bool by_files = request_.level == AuditLevel::kSource;
    if (by_files && request_.files_of(missing.shard).empty()) continue;
    report.amiss.push_back("shard " + name + " is missing: it has never run" +
                           (by_files || missing.shard.by_key
                                ? ""
                                : ", or had no file, which --source and the files tell"));
  }
}

LoadsReport LoadsAudit::RunAll() {
  const bool exclusive = std::exchange(request_.exclusive, false);  // once a topic, not a load
  LoadsReport report;
  report.level = request_.level;
  std::map<std::string, std::vector<ProgressRecord>> topics;
  const std::string wanted = request_.topic;
  std::map<std::string, std::size_t> asked;  // loads, by topic
  for (ProgressRecord& load : Loads()) {
    if (!wanted.empty() && load.topic != wanted) continue;
    if (IsAsked(load)) ++asked[load.topic];
    topics[load.topic].push_back(std::move(load));
  }
  if (asked.empty()) {
    throw Error(ExitCode::kUsage,
                "no load is known" + (request_.names.empty() ? "" : " by " + request_.names) +
                    (wanted.empty() ? "" : " of topic " + wanted),
                "progress topic " + request_.progress_topic,
                "check --topic, --name and --progress-topic; --source FILE compares a topic with "
                "a file");
  }
  for (const auto& [topic, loads] : topics) {
    if (asked.count(topic) == 0) continue;
    JudgeTopic(loads, report);
    if (!request_.names.empty()) LookForMissing(loads, report);
    if (!exclusive) continue;
    report.rests.push_back(Rest());
    report.rests.back().loads = loads.size();
  }
  std::sort(report.loads.begin(), report.loads.end(),
            [](const LoadVerdict& a, const LoadVerdict& b) { return a.load < b.load; });
  return report;
}

}  // namespace onceload
