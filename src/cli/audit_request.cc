#include "cli/audit_request.h"

#include <atomic>
#include <utility>

#include "cli/commands.h"
#include "cli/expected_files.h"
#include "onceload/options/registry_login.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

void Tell(const std::string& text) { TellLine(text); }

bool NamesFiles(const Request& asked) {
  return !asked.inputs.words.empty() || !asked.inputs.files_from.empty();
}

}  // namespace

// A file's name may hold such characters; it is no pattern.
bool NamesSeveral(const Request& asked) {
  return asked.name && asked.name->find_first_of("*?[") != std::string::npos;
}

bool OfOneLoad(const Request& asked) {
  return !NamesSeveral(asked) && (NamesFiles(asked) || asked.name);
}

void CheckExpected(const Invocation& invocation, const AuditRequest& request,
                   const AuditReport& report) {
  if (!invocation.request.expect.any()) return;
  std::vector<std::string> readable;
  for (const AuditedInput& input : report.inputs) {
    if (!input.path.empty()) readable.push_back(input.path);
  }
  const std::atomic<bool> never{false};
  if (!report.record) {
    return CheckExpected(invocation.request, request.files, readable, nullptr, never);
  }
  const FrozenEncoding frozen = FrozenEncodingOf(*report.record);
  CheckExpected(invocation.request, request.files, readable, &frozen, never);
}

AuditRequest AuditOf(const Invocation& invocation, AuditLevel level) {
  const Request& asked = invocation.request;
  AuditRequest request;
  request.level = level;
  request.exclusive = asked.audit.exclusive;
  if (request.level == AuditLevel::kSource) {
    if (!NamesFiles(asked)) {
      throw Error(ExitCode::kUsage, "--level source needs the files that were loaded", "",
                  "name them: onceload verify ... --source FILE...");
    }
    InputNames names = ListInputs(asked.inputs);
    for (const std::string& notice : names.notices) Tell(notice);
    request.files = std::move(names.files);
  }
  request.config = ConnectionOf(asked);
  TellRemarks(request.config);
  request.topic = asked.topics.topic.name;
  if (request.topic.empty() && !asked.audit.all) {
    throw Error(ExitCode::kUsage, "no topic to audit", "",
                "give one with --topic, or --all for all loads");
  }
  request.progress_topic = asked.topics.progress_topic;
  if (OfOneLoad(asked)) request.name = LoadNameOf(asked.inputs, asked.name, request.topic);
  if (NamesSeveral(asked)) request.names = *asked.name;
  request.files_of = [inputs = asked.inputs](const Shard& shard) {
    InputWishes wishes = inputs;
    wishes.shard = shard;
    return ListInputs(wishes).files;
  };
  request.state = StatePathOf(asked);
  request.encoding = [&invocation, name = request.name,
                      config = request.config](const FrozenEncoding* frozen) mutable {
    FrozenEncoding encoding = EncodingOf(invocation, frozen, name);
    // Of an unknown load nobody but the registry knows the schemas.
    if (frozen == nullptr) {
      const Request& said = invocation.request;
      ChooseSchemas(said.schemas, SubjectOf(said, {}), RegistryOf(said, config), encoding.encode);
    }
    return encoding;
  };
  request.union_columns = asked.load.rows.union_columns;
  request.skip_footer = asked.load.rows.skip_footer;
  request.record_bytes_max = asked.record_bytes_max;
  request.retry_budget = asked.audit_budget;
  request.notice = Tell;
  return request;
}

}  // namespace onceload
