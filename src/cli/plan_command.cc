// onceload plan

#include <algorithm>
#include <iostream>
#include <sstream>

#include "cli/commands.h"
#include "onceload/core/command_words.h"
#include "onceload/core/printable.h"
#include "onceload/csv/dialect_guess.h"
#include "onceload/options/registry_login.h"
#include "onceload/plan/plan_report.h"
#include "onceload/report/stderr_lines.h"
#include "onceload/rows/look_at_inputs.h"

namespace onceload {
namespace {

// nullopt: it is no CSV.
std::optional<DialectGuess> GuessOf(const SourceFile& file) {
  if (file.kind()) return std::nullopt;
  std::string sample(kGuessBytes, '\0');
  sample.resize(file.ReadAt(ByteOffset{0}, sample));
  if (MarkupKindOf(sample)) return std::nullopt;
  return GuessDialect(sample, sample.size() < kGuessBytes);
}

bool SaysDialect(const Invocation& invocation) {
  return std::any_of(invocation.words.begin(), invocation.words.end(), [](const Word& word) {
    return word.option->group == OptionGroup::kFormat && word.option->Is(kFrozen) &&
           word.option->name != "encoding";
  });
}

// As the shell would have to read it: "--delimiter ';' --type price=number".
std::string FlagsLine(const DialectGuess& guess) {
  std::string line;
  for (const std::string& argument : ArgumentsOf(guess)) {
    line += (line.empty() ? "" : " ") + ShellWord(argument);
  }
  return line;
}

std::string Suggestion(const DialectGuess& guess) {
  const std::string flags = FlagsLine(guess);
  return "suggested: " + (flags.empty() ? "no flags" : flags) + "  # " + guess.why;
}

// Of a registry, if one is given; else with the ids that are given, or 0.
void SettleSchemas(const Request& request, RowSourceOptions& rows) {
  ClientConfig none;
  const SchemaWishes& wishes = request.schemas;
  const SchemaSubject subject = SubjectOf(request, rows.columns);
  const RegistryMaker registry = RegistryOf(request, none);
  const bool given = wishes.use_latest || wishes.value.id > 0 || wishes.key.id > 0;
  if (registry && given) {
    ChooseSchemas(wishes, subject, registry, rows.encode);
  } else {
    SketchSchemas(wishes, subject, rows.encode);
  }
}

void PrintSchema(const MessageSchema& schema) {
  if (schema.type != SchemaType::kProtobuf) {
    std::cout << PrintableJson(schema.text) << "\n";
    return;
  }
  std::istringstream lines(schema.text);
  for (std::string line; std::getline(lines, line);) std::cout << Printable(line) << "\n";
}

ExitCode PrintSchemas(const EncodeOptions& encode) {
  for (const auto* schema : {&encode.value_schema, &encode.key_schema}) {
    if (*schema) PrintSchema(**schema);
  }
  return ExitCode::kDone;
}

}  // namespace

ExitCode RunPlanCommand(const Invocation& invocation) {
  const Request& request = invocation.request;
  RowSourceOptions rows = request.load.rows;
  const InputNames names = ListInputs(request.inputs);
  if (names.files.empty()) {  // of a shard
    for (const std::string& notice : names.notices) TellLine(notice);
    return ExitCode::kDone;
  }
  std::optional<DialectGuess> guess;
  if (!SaysDialect(invocation)) guess = GuessOf(SourceFile(names.files[0], rows.encoding));
  // First of all: the guess is wanted most where the file cannot be read as it is.
  if (guess && !request.json && !request.print_schema)
    std::cout << Printable(Suggestion(*guess)) << "\n" << std::flush;
  rows.rejects.on_error = OnError::kSkip;
  // There is nobody here to leave cores to.
  if (rows.work.threads < 1) rows.work.threads = AllCores();
  Inputs inputs = LookAtInputs(names.files, rows.encoding, rows.dialect, rows.union_columns,
                               request.record_bytes_max);
  for (const std::vector<std::string>* notices : {&names.notices, &std::as_const(inputs).notices}) {
    for (const std::string& notice : *notices) TellLine(notice);
  }
  rows.columns = inputs.columns;
  SettleSchemas(request, rows);
  if (request.print_schema) return PrintSchemas(rows.encode);
  ProgressRecord at;
  at.rules = kNewestRules;
  at.limits.record_bytes = request.record_bytes_max;
  at.inputs = std::move(inputs.files);
  at.partitions.resize(static_cast<std::size_t>(request.topics.topic.partitions));
  RowSource source(rows, at);
  const Plan plan = MakePlan(source, at, request.messages);
  if (request.json) {
    PrintJson(plan, rows.encode, guess, std::cout);
  } else {
    PrintText(plan, rows.encode, std::cout);
  }
  if (plan.end.failure) throw Error(*plan.end.failure);
  return plan.end.after.rejected > 0 ? ExitCode::kDifferences : ExitCode::kDone;
}

}  // namespace onceload
