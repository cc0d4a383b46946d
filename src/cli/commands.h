// The subcommands: one row each, and what they share.
#pragma once

#include <string>
#include <string_view>

#include "onceload/core/error.h"
#include "onceload/options/invocation.h"
#include "onceload/options/option_pages.h"

namespace onceload {

ExitCode RunLoadCommand(const Invocation& invocation);
ExitCode RunWatchCommand(const Invocation& invocation);
ExitCode RunVerifyCommand(const Invocation& invocation);
ExitCode RunCertifyCommand(const Invocation& invocation);
ExitCode RunCheckCertificateCommand(const Invocation& invocation);
ExitCode RunWhereCommand(const Invocation& invocation);
ExitCode RunFromCommand(const Invocation& invocation);
ExitCode RunHistoryCommand(const Invocation& invocation);
ExitCode RunRepairCommand(const Invocation& invocation);
ExitCode RunForgetCommand(const Invocation& invocation);
ExitCode RunStatusCommand(const Invocation& invocation);
ExitCode RunPlanCommand(const Invocation& invocation);
ExitCode RunDoctorCommand(const Invocation& invocation);
ExitCode RunSplitCommand(const Invocation& invocation);

// Commands about the program itself: they take words.
ExitCode RunConfigCommand(const Arguments& arguments);
ExitCode RunCompletionCommand(const Arguments& arguments);
ExitCode RunManCommand(const Arguments& arguments);
ExitCode RunFailpointsCommand(const Arguments& arguments);
ExitCode RunGuaranteesCommand(const Arguments& arguments);
ExitCode RunPropertiesCommand(const Arguments& arguments);
ExitCode RunAnswersCommand(const Arguments& arguments);

struct Command {
  VerbPage page;  // without a summary it is not listed
  ExitCode (*run)(const Invocation&) = nullptr;
  ExitCode (*run_words)(const Arguments&) = nullptr;
};

// nullptr: there is none of this name.
const Command* FindCommand(std::string_view name);
// Those that are listed.
std::vector<VerbPage> ListedPages();

// Runs a subcommand, prints its error if it ends in one, and returns the process's exit code.
int RunCommandLine(const Arguments& arguments);

// To stderr, for commands that have no events.
void TellRemarks(const ClientConfig& config);

}  // namespace onceload
