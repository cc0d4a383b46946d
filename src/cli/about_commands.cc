// Commands about the program itself: its options and, for tests, its tables.
#include <algorithm>
#include <iostream>

#include "cli/commands.h"
#include "onceload/core/command_words.h"
#include "onceload/core/printable.h"
#include "onceload/core/version.h"
#include "onceload/kafka/answers_table.h"
#include "onceload/load/commit_protocol.h"
#include "onceload/options/load_file_schema.h"
#include "onceload/preflight/guarantee_check.h"
#include "onceload/recover/recovery_plan.h"

namespace onceload {
namespace {

// Where a value comes from, for people.
std::string SourceOf(const Invocation& invocation, const Option& option) {
  for (const Word& word : invocation.words) {
    if (word.option != &option) continue;
    return word.source.empty() ? "command line" : word.source;
  }
  return "default";
}

// What is set, by the words where there are any: what `show` makes of them knows no secrets.
std::string ValueOf(const Invocation& invocation, const Option& option) {
  std::string text;
  for (const Word& word : invocation.words) {
    if (word.option == &option) text += (text.empty() ? "" : " ") + ShellWord(Masked(word));
  }
  if (!text.empty()) return text;
  const std::optional<std::string> shown = option.access.show(option, invocation.request);
  return shown ? ShellWord(*shown) : std::string("-");
}

// config show [load|watch|verify|plan] [OPTION...]
ExitCode ShowConfig(Arguments arguments) {
  Verb verb = kLoad;
  if (!arguments.empty()) {
    const Command* command = FindCommand(arguments[0]);
    if (command != nullptr && command->run != nullptr) {
      verb = command->page.verb;
      arguments.erase(arguments.begin());
    }
  }
  const Invocation invocation = ParseArguments(verb, arguments);
  PrintableStream out(std::cout);
  for (const Option* option : OptionsOf(verb)) {
    out << option->name << "\t" << ValueOf(invocation, *option) << "\t"
        << SourceOf(invocation, *option) << "\n";
  }
  return ExitCode::kDone;
}

[[noreturn]] void RefuseWords(const std::string& what, const Arguments& arguments,
                              const std::string& advice) {
  throw Error(ExitCode::kUsage, what, arguments.empty() ? "" : arguments[0], advice);
}

}  // namespace

ExitCode RunConfigCommand(const Arguments& arguments) {
  if (!arguments.empty() && arguments[0] == "show") {
    return ShowConfig({arguments.begin() + 1, arguments.end()});
  }
  if (arguments != Arguments{"schema"}) {
    RefuseWords("config shows options or their schema", arguments,
                "use onceload config show [load|verify|plan] [OPTION...], or onceload config "
                "schema");
  }
  std::cout << LoadFileSchema();
  return ExitCode::kDone;
}

ExitCode RunCompletionCommand(const Arguments& arguments) {
  static constexpr std::array<std::string_view, 3> kShells{"bash", "zsh", "fish"};
  const auto shell = arguments.size() == 1 ? std::find(kShells.begin(), kShells.end(), arguments[0])
                                           : kShells.end();
  if (shell == kShells.end()) {
    RefuseWords("completion needs a shell", arguments,
                "use onceload completion bash, zsh or fish; bash reads it by source <(onceload "
                "completion bash)");
  }
  std::cout << CompletionScript(static_cast<Shell>(shell - kShells.begin()), ListedPages());
  return ExitCode::kDone;
}

ExitCode RunManCommand(const Arguments& arguments) {
  if (arguments.empty()) {
    std::cout << ManualPage(ListedPages(), Version());
    return ExitCode::kDone;
  }
  const Command* command = FindCommand(arguments[0]);
  if (command == nullptr || command->page.verb == kNoVerb || arguments.size() > 1) {
    RefuseWords("there is no manual page of this", arguments,
                "use onceload man, or with load, watch, verify, status or plan");
  }
  std::cout << ManualPage(command->page, Version());
  return ExitCode::kDone;
}

// For tests: the table of docs/guarantees.md.
ExitCode RunGuaranteesCommand(const Arguments& /*arguments*/) {
  std::cout << GuaranteeTable();
  return ExitCode::kDone;
}

// For tests: the table of docs/properties.md.
ExitCode RunPropertiesCommand(const Arguments& /*arguments*/) {
  std::cout << PropertyTable();
  return ExitCode::kDone;
}

// For tests: the table of docs/answers.md.
ExitCode RunAnswersCommand(const Arguments& /*arguments*/) {
  std::cout << AnswersTable();
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
