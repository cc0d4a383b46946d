// onceload plan

#include <algorithm>
#include <chrono>
#include <iostream>

#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "onceload/core/command_words.h"
#include "onceload/core/printable.h"
#include "onceload/csv/dialect_guess.h"
#include "onceload/load/row_source.h"
#include "onceload/options/registry_login.h"
#include "onceload/report/remarks.h"
#include "onceload/report/stderr_lines.h"
#include "onceload/rows/look_at_inputs.h"

namespace onceload {
namespace {

struct Plan {
  std::vector<std::pair<std::optional<std::string>, std::string>> first;  // key, value
  EncodedBatch end;   // its messages do not count
  ProgressRecord at;  // there
  std::vector<std::string> first_rejected;
  std::vector<std::string> notices;
  double seconds = 0;

  std::uint64_t rows() const {
    std::uint64_t sum = end.after.rejected;
    for (const PartitionProgress& partition : end.after.partitions) sum += partition.rows;
    return sum;
  }
};

// Shows `messages` of each: messages and rows that cannot be loaded.
Plan MakePlan(RowSource& source, const ProgressRecord& begin, std::uint64_t messages) {
  Plan plan;
  plan.at = begin;
  const auto begun = std::chrono::steady_clock::now();
  do {
    source.Fill({}, plan.end);
    for (const MessageBatch::Message& message : plan.end.messages.messages()) {
      if (plan.first.size() >= messages) break;
      const auto key = plan.end.messages.key(message);
      plan.first.emplace_back(key ? std::optional(std::string(*key)) : std::nullopt,
                              std::string(plan.end.messages.value(message)));
    }
    for (const RejectedRow& row : plan.end.rejected) {
      if (plan.first_rejected.size() >= messages) break;
      plan.first_rejected.push_back(PlaceOf(row, begin.inputs[row.file].path) + ": " +
                                    Sentence(row));
    }
    for (std::string& notice : plan.end.notices) plan.notices.push_back(std::move(notice));
    for (const auto& [index, file] : plan.end.ended) plan.at.inputs[index] = file;
  } while (!plan.end.stops());
  plan.end.after.PutInto(plan.at);
  plan.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return plan;
}

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

// Bytes of a schema are no text: "00000000070e".
std::string Hex(std::string_view bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex.append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
  }
  return hex;
}

// Those of Avro, and of others behind a prefix, are.
struct Binary {
  bool key = false;
  bool value = false;

  static Binary Of(const EncodeOptions& encode) {
    const bool prefix = encode.framing == SchemaFraming::kPrefix;
    const auto binary = [prefix](std::optional<SchemaType> type) {
      return type && (prefix || *type != SchemaType::kJson);
    };
    return {binary(SchemaTypeOf(encode.key_format)), binary(SchemaTypeOf(encode.format))};
  }
};

nlohmann::ordered_json MessageJson(const std::optional<std::string>& key, const std::string& value,
                                   const Binary& binary) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const char* const name = binary.key ? "key_hex" : "key";
  json[name] = key ? nlohmann::ordered_json(binary.key ? Hex(*key) : *key) : nullptr;
  json[binary.value ? "value_hex" : "value"] = binary.value ? Hex(value) : value;
  return json;
}

void Print(const Plan& plan, const std::optional<DialectGuess>& guess, const Binary& binary,
           bool json) {
  if (json) {
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();
    for (const auto& [key, value] : plan.first) messages.push_back(MessageJson(key, value, binary));
    nlohmann::ordered_json partitions = nlohmann::ordered_json::array();
    for (const PartitionProgress& p : plan.end.after.partitions) partitions.push_back(p.rows);
    nlohmann::ordered_json result{{"rows", plan.rows()},
                                  {"rejected", plan.end.after.rejected},
                                  {"rejected_lines", plan.at.rejected_lines},
                                  {"first_rejected", plan.first_rejected},
                                  {"bytes", BytesDone(plan.at)},
                                  {"empty_lines", plan.at.empty_lines()},
                                  {"notices", plan.notices},
                                  {"partitions", partitions},
                                  {"messages", messages},
                                  {"seconds", plan.seconds}};
    if (guess) result["suggested"] = {{"flags", ArgumentsOf(*guess)}, {"why", guess->why}};
    std::cout << PrintableJson(
                     result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace))
              << "\n";
    return;
  }
  PrintableStream out(std::cout);
  for (const auto& [key, value] : plan.first) {
    out << (!key         ? "(null)"
            : binary.key ? Hex(*key)
                         : *key)
        << "\t" << (binary.value ? Hex(value) : value) << "\n";
  }
  for (std::size_t p = 0; p < plan.end.after.partitions.size(); ++p) {
    out << "partition " << p << ": " << plan.end.after.partitions[p].rows << " rows\n";
  }
  for (const std::string& rejected : plan.first_rejected) out << rejected << "\n";
  for (const std::string& notice : plan.notices) out << notice << "\n";
  out << plan.rows() << " rows, " << BytesDone(plan.at) << " bytes, " << plan.seconds
      << " s to read and encode\n";
  if (plan.end.after.rejected > 0) {
    out << plan.end.after.rejected << " of them cannot be loaded"
        << (plan.at.rejected_lines > plan.at.rejected
                ? " (" + std::to_string(plan.at.rejected_lines) + " lines)"
                : std::string())
        << "; see load's --on-error\n";
  }
  if (const std::string remarks = Remarks(plan.at); !remarks.empty()) {
    out << remarks.substr(2) << "\n";
  }
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

ExitCode PrintSchemas(const EncodeOptions& encode) {
  for (const auto* schema : {&encode.value_schema, &encode.key_schema}) {
    if (*schema) std::cout << PrintableJson((*schema)->text) << "\n";
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
  Print(plan, guess, Binary::Of(rows.encode), request.json);
  if (plan.end.failure) throw Error(*plan.end.failure);
  return plan.end.after.rejected > 0 ? ExitCode::kDifferences : ExitCode::kDone;
}

}  // namespace onceload
