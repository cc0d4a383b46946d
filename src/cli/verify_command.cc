// onceload verify

#include <iostream>

#include "cli/commands.h"
#include "onceload/report/stderr_lines.h"
#include "onceload/verify/auditor.h"

namespace onceload {
namespace {

void Tell(const std::string& text) { TellLine(text); }

AuditRequest AuditOf(const Invocation& invocation) {
  const Request& asked = invocation.request;
  AuditRequest request;
  const bool named_files = !asked.inputs.words.empty() || !asked.inputs.files_from.empty();
  if (!named_files && asked.source) {
    throw Error(ExitCode::kUsage, "--source needs the files that were loaded", "",
                "name them: onceload verify ... --source FILE...");
  }
  if (!named_files && !asked.name) {
    throw Error(ExitCode::kUsage, "no load to verify", "",
                "name its file or give --name; onceload status lists the loads");
  }
  if (asked.source) {
    InputNames names = ListInputs(asked.inputs);
    for (const std::string& notice : names.notices) Tell(notice);
    request.files = std::move(names.files);
  }
  request.config = ConnectionOf(asked);
  TellRemarks(request.config);
  request.topic = asked.topics.topic.name;
  if (request.topic.empty()) {
    throw Error(ExitCode::kUsage, "no topic to audit", "", "give one with --topic");
  }
  request.progress_topic = asked.topics.progress_topic;
  request.name = LoadNameOf(asked.inputs, asked.name, request.topic);
  request.state = StatePathOf(asked);
  request.encoding = [&invocation, name = request.name](const FrozenEncoding* frozen) {
    return EncodingOf(invocation, frozen, name);
  };
  request.union_columns = asked.load.rows.union_columns;
  request.record_bytes_max = asked.record_bytes_max;
  request.retry_budget = asked.audit_budget;
  request.notice = Tell;
  return request;
}

}  // namespace

ExitCode RunVerifyCommand(const Invocation& invocation) {
  const AuditRequest request = AuditOf(invocation);
  if (invocation.request.source && request.files.empty()) return ExitCode::kDone;  // of a shard
  SystemClock clock;
  const AuditReport report = Audit(request, clock);
  if (invocation.request.json) {
    PrintJson(report, std::cout);
  } else {
    PrintText(report, std::cout);
  }
  return report.proven() ? ExitCode::kDone : ExitCode::kDifferences;
}

}  // namespace onceload
