#include "cli/commands.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>
#include <optional>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/nearest_name.h"
#include "onceload/core/version.h"
#include "onceload/report/event_log.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {
namespace {

constexpr std::array kCommands{
    Command{{kLoad, "load",
             "load a CSV file into a topic exactly once; start or resume: the same "
             "command",
             "FILE...",
             "Loads files into a topic exactly once. Killed at any instant, the same command goes "
             "on."},
            &RunLoadCommand},
    Command{
        {kWatch, "watch", "load files as they come into folders, each exactly once, until stopped",
         "DIRECTORY...",
         "Loads files as they come into folders, into one load. Killed at any instant, the same "
         "command goes on."},
        &RunWatchCommand},
    Command{{kVerify, "verify", "prove what is in the topic against the ledger, or the file itself",
             "[FILE...]", "Audits what is in Kafka: each row once and in order, or what differs."},
            &RunVerifyCommand},
    Command{
        {kCertify, "certify", "the same against the files, as a certificate for others", "FILE...",
         "Proves each row against the files, and writes a certificate of it to stdout."},
        &RunCertifyCommand},
    Command{{kCheckCertificate, "check-certificate",
             "does a certificate hold: signature, numbers, with -b the topic", "FILE",
             "Checks a certificate: its signature, its numbers, and with -b the topic."},
            &RunCheckCertificateCommand},
    Command{{kWhere, "where", "where a row, or a key, of a load is in the topic", "FILE",
             "Tells partition, offset and time of a row, or of all rows of a key."},
            &RunWhereCommand},
    Command{{kFrom, "from", "which file and row a record of the topic is", "[FILE...]",
             "Tells file, row, byte and text of what is at an offset."},
            &RunFromCommand},
    Command{{kHistory, "history", "every load: files, rows, rejected, runs, kills, state", "",
             "Lists all loads that the ledger, or with -b the cluster, knows."},
            &RunHistoryCommand},
    Command{{kRepair, "repair", "what a load is refused for with exit code 7, and the ways out",
             "NAME", "Tells the facts and what each way out means; with --yes goes it."},
            &RunRepairCommand},
    Command{{kForget, "forget", "end a load's record on purpose", "NAME",
             "Ends a load's record in Kafka and in the ledger; the topic keeps its rows."},
            &RunForgetCommand},
    Command{{kStatus, "status", "what is known of the loads; works while they run", "",
             "What the ledger knows of the loads, and with -b what Kafka knows."},
            &RunStatusCommand},
    Command{{kPlan, "plan", "dry run: first messages and rows per partition, no broker needed",
             "FILE...", "Dry run of a load: reads and encodes the files, sends nothing."},
            &RunPlanCommand},
    Command{
        {kDoctor, "doctor", "what stands in the way of a load: brokers, rights, topics, this place",
         "", "Tries what a load will need; tells what is wrong and what to do."},
        &RunDoctorCommand},
    Command{{kSplit, "split", "parts of a large file for several loads to share, a line each",
             "FILE...", "Splits files into parts of whole records, for load --files-from --shard."},
            &RunSplitCommand},
    Command{{kNoVerb, "config", "the options that hold, and where each comes from; their schema",
             "show|schema", ""},
            nullptr,
            &RunConfigCommand},
    Command{{kNoVerb, "completion", "a script for bash, zsh or fish", "SHELL", ""},
            nullptr,
            &RunCompletionCommand},
    Command{{kNoVerb, "man", "manual pages", "[COMMAND]", ""}, nullptr, &RunManCommand},
    Command{{kNoVerb, "failpoints", "", "", ""}, nullptr, &RunFailpointsCommand},
    Command{{kNoVerb, "guarantees", "", "", ""}, nullptr, &RunGuaranteesCommand},
    Command{{kNoVerb, "properties", "", "", ""}, nullptr, &RunPropertiesCommand},
    Command{{kNoVerb, "answers", "", "", ""}, nullptr, &RunAnswersCommand},
};

constexpr std::size_t kNameColumns = 19;

void PrintUsage(std::ostream& out) {
  out << "onceload " << Version() << ": loads CSV files into Apache Kafka exactly once\n\nUsage:\n";
  for (const VerbPage& page : ListedPages()) {
    out << "  onceload " << page.name << std::string(kNameColumns - page.name.size(), ' ')
        << page.summary << "\n";
  }
  out << "\nonceload COMMAND --help lists a command's options.\n";
}

bool GoesOnWithTheSameCommand(ExitCode code) {
  return code == ExitCode::kStopped || code == ExitCode::kKafka || code == ExitCode::kInput;
}

// Looked for in the words themselves: the error may be that they cannot be understood.
bool AsksForObjects(const Arguments& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (const std::string flag : {"--log-format", "--progress"}) {
      const bool apart = arguments[i] == flag && i + 1 < arguments.size();
      if (arguments[i] == flag + "=json" || (apart && arguments[i + 1] == "json")) return true;
    }
  }
  return false;
}

// What is running, as far as it has been understood.
struct Running {
  const Command* command = nullptr;  // nullptr: there is none of that name
  Arguments arguments;
  std::optional<Invocation> invocation;  // nullopt: not yet

  bool loads() const { return command != nullptr && (command->page.verb & (kLoad | kWatch)) != 0; }
  bool tells_objects() const {
    if (!loads()) return false;
    return invocation ? invocation->request.tells_objects() : AsksForObjects(arguments);
  }
};

int Report(const Error& error, const Running& running) {
  std::string go_on;
  if (running.loads() && running.invocation && GoesOnWithTheSameCommand(error.code())) {
    go_on =
        "onceload " + std::string(running.command->page.name) + CommandLineOf(*running.invocation);
  }
  // Everything in one write: another process may write to the same terminal.
  std::string text = LineHead(NoticeLevel::kError) + error.Line() + "\n";
  if (!go_on.empty()) text += LineHead(NoticeLevel::kInfo) + "to go on: " + go_on + "\n";
  if (running.tells_objects()) {
    const CommandFailed failed{error.code(), error.what(), error.where(), error.advice(), go_on};
    text = EventLine(failed, SystemClock(), "") + "\n";
  }
  std::fputs(text.c_str(), stderr);
  return static_cast<int>(error.code());
}

ExitCode RunUnderstood(Running& running) {
  const Command& command = *running.command;
  if (command.run == nullptr) return command.run_words(running.arguments);
  running.invocation = ParseArguments(command.page.verb, running.arguments);
  if (!running.invocation->help) return command.run(*running.invocation);
  std::cout << HelpText(command.page);
  return ExitCode::kDone;
}

int Run(Running running) {
  try {
    const ExitCode code = RunUnderstood(running);
    std::cout.flush();
    if (!std::cout) {
      throw Error(ExitCode::kUsage, "the result cannot be written to standard output", "",
                  "check where it goes");
    }
    return static_cast<int>(code);
  } catch (const Error& error) {
    return Report(error, running);
  } catch (const std::bad_alloc&) {
    return Report(Error(ExitCode::kUsage, "out of memory", "",
                        "raise the limit, or free memory; nothing is lost: run the same command "
                        "again"),
                  running);
  } catch (const std::exception& error) {
    return Report(Error(ExitCode::kBug, std::string("unexpected: ") + error.what(), "",
                        "please report this; running the same command again is safe"),
                  running);
  }
}

}  // namespace

const Command* FindCommand(std::string_view name) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& command) {
    return command.page.name == name;
  });
  return found == kCommands.end() ? nullptr : found;
}

std::vector<VerbPage> ListedPages() {
  std::vector<VerbPage> pages;
  for (const Command& command : kCommands) {
    if (!command.page.summary.empty()) pages.push_back(command.page);
  }
  return pages;
}

void TellRemarks(const ClientConfig& config) {
  for (const ConfigRemark& remark : config.remarks()) {
    TellLine(remark.text, remark.warning ? NoticeLevel::kWarning : NoticeLevel::kInfo);
  }
}

int RunCommandLine(const Arguments& arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h" ||
      arguments[0] == "help") {
    PrintUsage(arguments.empty() ? std::cerr : std::cout);
    return static_cast<int>(arguments.empty() ? ExitCode::kUsage : ExitCode::kDone);
  }
  if (arguments[0] == "--version") {
    std::cout << "onceload " << Version() << "\n";
    return static_cast<int>(ExitCode::kDone);
  }
  if (const Command* command = FindCommand(arguments[0])) {
    return Run({command, {arguments.begin() + 1, arguments.end()}, std::nullopt});
  }
  std::vector<std::string> names;
  names.reserve(kCommands.size());
  for (const Command& command : kCommands) names.emplace_back(command.page.name);
  const std::string nearest = NearestName(arguments[0], names);
  return Report(Error(ExitCode::kUsage, "unknown command", arguments[0],
                      nearest.empty() ? "onceload --help lists the commands"
                                      : "did you mean onceload " + nearest + "?"),
                Running());
}

}  // namespace onceload
