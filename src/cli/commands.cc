#include "cli/commands.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <iostream>
#include <new>

#include "cli/guarantee_check.h"
#include "cli/options.h"
#include "onceload/core/nearest_name.h"
#include "onceload/core/printable.h"
#include "onceload/load/commit_protocol.h"
#include "onceload/recover/recovery_plan.h"
#include "onceload/report/event_log.h"

namespace onceload {
namespace {

void PrintUsage(std::ostream& out) {
  out << "onceload " << Version() << ": loads CSV files into Apache Kafka exactly once\n\nUsage:\n";
  for (const Command& command : kCommands) {
    if (command.summary.empty()) continue;
    out << "  onceload " << command.name << std::string(8 - command.name.size(), ' ')
        << command.summary << "\n";
  }
  out << "\nonceload COMMAND --help lists a command's options.\n";
}

// A password on the command line must not come back in a log.
std::string Redacted(const std::string& word) {
  static constexpr std::array<std::string_view, 3> kSecret{"password", "jaas", "secret"};
  const std::size_t equals = word.find('=');
  for (const std::string_view secret : kSecret) {
    const std::size_t at = word.find(secret);
    if (equals != std::string::npos && at < equals) return word.substr(0, equals + 1) + "...";
  }
  return word;
}

bool GoesOnWithTheSameCommand(ExitCode code) {
  return code == ExitCode::kStopped || code == ExitCode::kKafka || code == ExitCode::kInput;
}

// Looked for in the words themselves: the error may be that they cannot be parsed.
bool AsksForObjects(const Command& command, const Arguments& arguments) {
  if (command.name != "load") return false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (const std::string flag : {"--log-format", "--progress"}) {
      const bool apart = arguments[i] == flag && i + 1 < arguments.size();
      if (arguments[i] == flag + "=json" || (apart && arguments[i + 1] == "json")) return true;
    }
  }
  return false;
}

int Report(const Command& command, const Arguments& arguments, const Error& error) {
  std::string go_on;
  if (command.name == "load" && GoesOnWithTheSameCommand(error.code())) {
    go_on = "onceload load";
    for (const std::string& word : arguments) go_on += " " + ShellWord(Redacted(word));
  }
  // Everything in one write: another process may write to the same terminal.
  std::string text = "onceload: error: " + error.Line() + "\n";
  if (!go_on.empty()) text += "onceload: to go on: " + go_on + "\n";
  if (AsksForObjects(command, arguments)) {
    const CommandFailed failed{error.code(), error.what(), error.where(), error.advice(), go_on};
    text = EventLine(failed, SystemClock(), "") + "\n";
  }
  std::fputs(text.c_str(), stderr);
  return static_cast<int>(error.code());
}

int Run(const Command& command, const Arguments& arguments) {
  try {
    const ExitCode code = command.run(arguments);
    std::cout.flush();
    if (!std::cout) {
      throw Error(ExitCode::kUsage, "the result cannot be written to standard output", "",
                  "check where it goes");
    }
    return static_cast<int>(code);
  } catch (const Error& error) {
    return Report(command, arguments, error);
  } catch (const std::bad_alloc&) {
    return Report(command, arguments,
                  Error(ExitCode::kUsage, "out of memory", "",
                        "raise the limit, or free memory; nothing is lost: run the same command "
                        "again"));
  } catch (const std::exception& error) {
    return Report(command, arguments,
                  Error(ExitCode::kBug, std::string("unexpected: ") + error.what(), "",
                        "please report this; running the same command again is safe"));
  }
}

// $'...', which bash, zsh and ksh read back: a word with control characters, none of them raw.
std::string AnsiQuoted(const std::string& word) {
  std::string quoted = "$'";
  for (const char c : word) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      quoted += std::string{'\\', c};
    } else if (byte >= 0x20 && byte < 0x7f) {
      quoted += c;
    } else {
      // Octal: three digits at most, so that a digit behind it is none of its own.
      std::array<char, 5> octal{};
      std::snprintf(octal.data(), octal.size(), "\\%03o", byte);
      quoted += octal.data();
    }
  }
  return quoted + "'";
}

}  // namespace

std::string ShellWord(const std::string& word) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,=@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  if (Printable(word) != word) return AnsiQuoted(word);
  std::string quoted(1, '\'');
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  quoted += '\'';
  return quoted;
}

std::string_view Version() { return ONCELOAD_VERSION; }

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
  const auto found = std::find_if(kCommands.begin(), kCommands.end(), [&](const Command& command) {
    return command.name == arguments[0];
  });
  if (found != kCommands.end()) return Run(*found, {arguments.begin() + 1, arguments.end()});
  std::vector<std::string> names;
  names.reserve(kCommands.size());
  for (const Command& command : kCommands) names.emplace_back(command.name);
  const std::string nearest = NearestName(arguments[0], names);
  const Error error(ExitCode::kUsage, "unknown command", arguments[0],
                    nearest.empty() ? "onceload --help lists the commands"
                                    : "did you mean onceload " + nearest + "?");
  return Report(kCommands[0], {}, error);
}

// For tests: the table of docs/guarantees.md.
ExitCode RunGuaranteesCommand(const Arguments& /*arguments*/) {
  std::cout << GuaranteeTable();
  return ExitCode::kDone;
}

// For tests: the failpoints, or with --table the tables of docs/commit-protocol.md.
ExitCode RunFailpointsCommand(const Arguments& arguments) {
  const bool table = !arguments.empty() && arguments[0] == "--table";
  const auto print = [&](const auto& steps) {
    for (const ProtocolStep& step : steps) {
      if (table) {
        std::cout << "| " << step.step << " | `" << step.failpoints << "` | " << step.durable
                  << " | " << step.after_crash << " |\n";
        continue;
      }
      std::string names(step.failpoints);
      std::replace(names.begin(), names.end(), ' ', '\n');
      std::cout << names << "\n";
    }
  };
  if (table) {
    std::cout << "| step for chunk k | die here | durable then | the next start finds, and does |\n"
                 "|---|---|---|---|\n";
  }
  print(kSteps);
  if (table) {
    std::cout << "\n| instant of a run | die here | durable then | the next start |\n"
                 "|---|---|---|---|\n";
  }
  print(kRunFailpoints);
  return ExitCode::kDone;
}

}  // namespace onceload
