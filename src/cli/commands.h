// The subcommands: one row each, and what they share.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/error.h"

namespace onceload {

using Arguments = std::vector<std::string>;  // after the subcommand's name

ExitCode RunLoadCommand(const Arguments& arguments);
ExitCode RunVerifyCommand(const Arguments& arguments);
ExitCode RunStatusCommand(const Arguments& arguments);
ExitCode RunPlanCommand(const Arguments& arguments);
ExitCode RunFailpointsCommand(const Arguments& arguments);
ExitCode RunGuaranteesCommand(const Arguments& arguments);

struct Command {
  std::string_view name;
  std::string_view summary;  // empty: not listed
  ExitCode (*run)(const Arguments&);
};

inline constexpr std::array kCommands{
    Command{"load", "load a CSV file into a topic exactly once; start or resume: the same command",
            &RunLoadCommand},
    Command{"verify", "prove what is in the topic against the ledger, or the file itself",
            &RunVerifyCommand},
    Command{"status", "what is known of the loads; works while they run", &RunStatusCommand},
    Command{"plan", "dry run: first messages and rows per partition, no broker needed",
            &RunPlanCommand},
    Command{"failpoints", "", &RunFailpointsCommand},
    Command{"guarantees", "", &RunGuaranteesCommand},
};

// Runs a subcommand, prints its error if it ends in one, and returns the process's exit code.
int RunCommandLine(const Arguments& arguments);

// `word` as the shell would have to read it.
std::string ShellWord(const std::string& word);

std::string_view Version();

}  // namespace onceload
