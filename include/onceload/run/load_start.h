// What `load` and `watch` do alike before their first row.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/load/load_run.h"
#include "onceload/options/invocation.h"
#include "onceload/preflight/cluster_surroundings.h"
#include "onceload/preflight/message_schemas.h"
#include "onceload/preflight/topics.h"

namespace onceload {

// What the command line asks for, checked as far as it can be without a file or a broker.
struct LoadPlan {
  ClientConfig config;
  Request request;
  std::string name;
  std::string state;
  bool prefix_said = false;  // --transactional-id-prefix
  RegistryMaker registry{};  // empty: none is given, or no message has a schema
};

// Throws Error(kUsage).
LoadPlan PlanOf(const Invocation& invocation);

// This process, for people: "pid 4711 on host since 2026-01-31T12:00:00Z".
std::string WriterText(const Clock& clock);

// Settings without columns, inputs and what the cluster says.
LoadSettings SettingsOf(const LoadPlan& plan, const Clock& clock);
// Throws Error(kUsage) if the options name others, or the schemas that are settled do not fit them.
void SetColumns(const std::vector<std::string>& columns, LoadSettings& settings);

// What the cluster and the ledger say before the first row; set in `settings` and plan.config.
// `text_bytes`: of the inputs, as far as they are known. Throws Error.
Destination Prepare(LoadPlan& plan, std::uint64_t text_bytes,
                    const std::optional<ProgressRecord>& before, LoadSettings& settings,
                    Cluster& cluster, RunContext& context, RunListener& events);
ProducerTarget TargetOf(const Destination& to, const LoadSettings& settings);

// What a run needs of the process, and how it tells: made once a command line is understood, used
// by `body`, whose end, an Error too, the metrics get to know.
ExitCode RunUnderSignals(LoadPlan& plan,
                         const std::function<ExitCode(RunContext&, RunListener&)>& body);

// The load as the ledger has it; nullopt: nothing of it is frozen, for it has no chunk.
std::optional<ProgressRecord> LastIn(const CheckpointStore& store, const std::string& name);

// A run that has ended is written down with how; best effort, for the error at hand matters more.
void EndRun(CheckpointStore& store, const ProgressRecord& blank, ExitCode code,
            const std::string& error, const Clock& clock);

// The schemas of the load's messages: its own, as ledger or progress record have them, or those
// that are chosen now; then sets the columns again. Where no message has a schema, nothing is done.
// After SetColumns(). Throws Error as ChooseSchemas() and KeepSchemas() do, and Error(kUsage) for
// schemas that a progress record has no room for.
void SettleSchemas(const LoadPlan& plan, const std::optional<ProgressRecord>& before,
                   const Destination& to, ProgressLog& log, RunContext& context,
                   RunListener& events, LoadSettings& settings);

// Of the client properties.
void TellClientRemarks(const LoadPlan& plan, RunListener& events);

// Sets settings.id_base, and freezes it in the blank record's options if it is not the classic one.
// Loads of one name with different progress topics know nothing of each other, and so must not
// fence each other. A load that goes on keeps the ids of whoever began it, which may live still;
// where the ledger does not know them the record is looked at, if they can be others than these.
// After SetColumns().
void ChooseIds(const LoadPlan& plan, const std::optional<ProgressRecord>& before, ProgressLog& log,
               RunContext& context, RunListener& events, LoadSettings& settings);

// What tests ask for by ONCELOAD_FAILPOINT and the like; `notice` is told of it.
std::unique_ptr<Failpoints> FailpointsOfEnvironment(
    const std::function<void(const std::string&)>& notice);

}  // namespace onceload
