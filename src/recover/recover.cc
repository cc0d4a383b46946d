#include "onceload/recover/recover.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "onceload/core/command_words.h"
#include "onceload/core/error.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/zone_names.h"
#include "onceload/recover/finished_texts.h"
#include "onceload/recover/loaded_before.h"

namespace onceload {
namespace {

std::string LoadOf(const ProgressRecord& record) { return "load " + record.load_name; }

const std::string kNewNameAdvice =
    "to load everything again into what is there now, give the load another name with --name";

Error Disagreement(const std::string& what, const ProgressRecord& was, const std::string& advice) {
  return {ExitCode::kDisagreement, what, LoadOf(was), advice + "; " + RepairAdvice(was.load_name)};
}

Error OtherPartitions(const ProgressRecord& was, const ProgressRecord& now) {
  return Disagreement("topic " + was.topic + " had " + std::to_string(was.partitions.size()) +
                          " partitions when this load began, now " +
                          std::to_string(now.partitions.size()) +
                          ": keys would change their partition",
                      was, kNewNameAdvice);
}

// Rows that come to a load that had ended, in files that are new or have grown.
std::optional<Error> OtherPartitionsForMore(const ProgressRecord& was, const ProgressRecord& now,
                                            const std::vector<InputFile>& inputs) {
  const bool more = std::any_of(inputs.begin(), inputs.end(),
                                [](const InputFile& input) { return !input.end.has_value(); });
  if (!more || was.partitions.size() == now.partitions.size()) return std::nullopt;
  return OtherPartitions(was, now);
}

std::optional<Error> ChangedTopic(const Here& here, const ProgressRecord& was) {
  const ProgressRecord& now = here.blank;
  if (!MayBeSameTopic(was.topic_id, now.topic_id)) {
    return Disagreement("topic " + was.topic +
                            " is not the one this load went into: it has been "
                            "deleted and created again (id " +
                            was.topic_id + ", now " + now.topic_id + ")",
                        was, kNewNameAdvice);
  }
  // A load that has ended has no rows whose partition could be another one.
  const bool ended = was.complete && was.partitions.size() < now.partitions.size();
  if (was.partitions.size() != now.partitions.size() && !ended) return OtherPartitions(was, now);
  for (std::size_t p = 0; p < was.partitions.size() && p < here.ends.size(); ++p) {
    if (was.partitions[p].end > here.ends[p]) {
      return Disagreement("partition " + std::to_string(p) + " of topic " + was.topic +
                              " ends at offset " + std::to_string(here.ends[p].value) +
                              ", but this load has written up to offset " +
                              std::to_string(was.partitions[p].end.value) +
                              ": the topic has been created again or has lost records",
                          was, kNewNameAdvice);
    }
  }
  return std::nullopt;
}

// Of a JSON array of strings; of anything else, itself.
std::vector<std::string> SortedNames(const std::string& json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_array()) return {json};
  std::vector<std::string> names;
  for (const auto& name : parsed) names.push_back(name.dump());
  std::sort(names.begin(), names.end());
  return names;
}

// "--key": "user_id" -> "product_id"; both lists are sorted by name.
std::string DescribeChange(const FrozenOptions& was, const FrozenOptions& now) {
  const auto value_in = [](const FrozenOptions& options, const std::string& name) {
    const std::string* value = OptionOf(options, name);
    return value == nullptr ? "not set" : "\"" + *value + "\"";
  };
  for (const FrozenOptions* options : {&was, &now}) {
    for (const auto& [name, value] : *options) {
      const std::string before = value_in(was, name);
      const std::string after = value_in(now, name);
      if (before != after) return name + " was " + before + ", now " + after;
    }
  }
  return "options differ";
}

// Their order is the first file's, and the load keeps it; another file may have another one.
bool SameColumns(const FrozenOptions& was, const FrozenOptions& now) {
  const auto columns = [](const FrozenOptions& options) {
    const std::string* value = OptionOf(options, kColumnsOption);
    return value == nullptr ? std::vector<std::string>() : SortedNames(*value);
  };
  return columns(was) == columns(now);
}

// Which rows are too long follows from it, so rows loaded already would be others.
std::optional<Error> ChangedLimit(const ProgressRecord& was, const ProgressRecord& now) {
  const auto limit = [](const ProgressRecord& record) {
    return record.limits.record_bytes == 0 ? kRecordBytesMax : record.limits.record_bytes;
  };
  if (limit(was) == limit(now)) return std::nullopt;
  return Error(ExitCode::kUsage,
               "--record-bytes-max was " + std::to_string(limit(was)) +
                   " when this load began, now " + std::to_string(limit(now)),
               LoadOf(was), "use the options the load was begun with, or another --name");
}

// A zone may go by its older name before and by its present one now, or the other way round.
std::string WithPresentZones(const std::string& messages) {
  try {
    return EncodeMessageOptions(WithPresentZones(DecodeMessageOptions(messages)));
  } catch (const Error&) {
    return messages;  // another version's: only the same text is the same
  }
}

bool SameOptions(FrozenOptions was, FrozenOptions now) {
  for (FrozenOptions* options : {&was, &now}) {
    for (auto& [name, value] : *options) {
      if (name == "messages") value = WithPresentZones(value);
    }
  }
  return was == now;
}

Error RefusalByHistory(const RecoveryCase& row, const std::string& progress_topic,
                       const std::optional<LedgerState>& ledger,
                       const std::optional<ProgressRecord>& kafka) {
  const ProgressRecord& known = ledger ? ledger->last : *kafka;
  const std::string ledger_says =
      ledger ? "the state file has chunk " + std::to_string(ledger->last.chunk.value) : "";
  const std::string kafka_says =
      (kafka ? "Kafka has chunk " + std::to_string(kafka->chunk.value) : "Kafka has none") +
      (" in topic " + progress_topic);
  return Disagreement(std::string(row.why) + " (" + ledger_says + ", " + kafka_says + ")", known,
                      "check the cluster and --progress-topic; if Kafka's side is the right one, "
                      "move the state file away; " +
                          kNewNameAdvice);
}

// A record as this run's own, with the inputs as they are now.
ProgressRecord Own(ProgressRecord record, const Here& here, std::vector<InputFile> inputs) {
  record.run_id = here.blank.run_id;
  record.writer = here.blank.writer;
  record.tool_version = here.blank.tool_version;
  if (IsTopicId(here.blank.topic_id)) {
    record.topic_id = here.blank.topic_id;
  } else if (!IsTopicId(record.topic_id)) {
    record.topic_id.clear();
  }
  if (!here.blank.cluster_id.empty()) record.cluster_id = here.blank.cluster_id;
  record.inputs = std::move(inputs);
  RowLimits& limits = record.limits;
  const RowLimits& present = here.blank.limits;
  if (limits.record_bytes == 0) limits.record_bytes = present.record_bytes;
  if (limits.message_bytes == 0) limits.message_bytes = present.message_bytes;
  if (limits.dead_letter_bytes == 0) limits.dead_letter_bytes = present.dead_letter_bytes;
  if (!here.blank.dead_letter_topic.empty()) {
    record.dead_letter_topic = here.blank.dead_letter_topic;
  }
  return record;
}

// Of the same files, and the same pieces of them.
bool SameHints(const std::vector<InputFile>& a, const std::vector<InputFile>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const InputFile& x, const InputFile& y) {
                      return x.path == y.path && SameFile(x, y) && x.begin == y.begin;
                    });
}

// The record is indexed by its own positions from here on.
void CheckSound(const std::optional<ProgressRecord>& kafka, const Here& here) {
  const std::string impossible = kafka ? ImpossibleIn(*kafka) : std::string();
  if (impossible.empty()) return;
  throw Disagreement(
      "the progress record cannot be right: " + impossible + " (in topic " + here.progress_topic +
          ")",
      *kafka, "something else writes to the progress topic, or it is damaged; " + kNewNameAdvice);
}

// Throws Error(kUsage) for an input that is new to the load and not to the topic.
void RefuseLoadedBefore(const Here& here, const MatchedInputs& matched,
                        const CheckpointStore& store, RunContext& context) {
  if (matched.first_new >= matched.inputs.size()) return;
  const bool by_key = OptionOf(here.blank.options, kKeysOption) != nullptr;
  const LoadedBefore before(store, here.blank.topic, here.blank.load_name, by_key);
  for (std::size_t i = matched.first_new; i < matched.inputs.size(); ++i) {
    // A piece is of a file that is this load's.
    if (!matched.inputs[i].begin) before.Refuse(matched.inputs[i], here.match, context);
  }
}

// Of the inputs that are new, those that are among the ones kept as keys are none.
void DropFinished(const Here& here, const FinishedInputs& finished, MatchedInputs& matched,
                  RunContext& context) {
  if (finished.count == 0 || matched.first_new >= matched.inputs.size()) return;
  FinishedTexts texts;
  texts.Add(finished);
  std::vector<InputFile> fresh;
  for (std::size_t i = matched.first_new; i < matched.inputs.size(); ++i) {
    InputFile& input = matched.inputs[i];
    if (input.begin || texts.IsNew(input, here.match, context)) {
      fresh.push_back(std::move(input));
      continue;
    }
    if (texts.HasHint(input)) continue;
    ++matched.known_elsewhere;
    matched.remarks.push_back({input.path, "", MatchRemark::As::kFinished,
                               input.path + " was loaded before: nothing of it is loaded again"});
  }
  matched.inputs.resize(matched.first_new);
  matched.inputs.insert(matched.inputs.end(), fresh.begin(), fresh.end());
}

// Whether anything this ledger says of the load can matter: a load that was created but never sent
// anything may be forgotten.
bool HasHistory(const std::optional<LedgerState>& ledger) {
  return ledger && (ledger->last.chunk.value > 0 || ledger->intent);
}

}  // namespace

std::string RepairAdvice(const std::string& load_name) {
  return "the choices: onceload repair " + ShellWord(load_name) + " -b ...";
}

std::optional<Error> ContradictionOf(const std::string& progress_topic,
                                     const std::optional<LedgerState>& ledger,
                                     const std::optional<ProgressRecord>& kafka) {
  const RecoveryCase& row = Decide(CompareHistories(ledger, kafka));
  if (row.decision != Decision::kRefuse) return std::nullopt;
  return RefusalByHistory(row, progress_topic, ledger, kafka);
}

std::vector<std::string> ColumnsOf(const ProgressRecord& record) {
  if (const std::string* value = OptionOf(record.options, kColumnsOption)) {
    const auto json = nlohmann::json::parse(*value, nullptr, /*allow_exceptions=*/false);
    if (json.is_array()) return json.get<std::vector<std::string>>();
  }
  throw Disagreement("the progress record's options have no columns", record,
                     "go on with the version of onceload that began the load");
}

std::optional<Error> ChangedSurroundings(const Here& here, const ProgressRecord& was) {
  const ProgressRecord& now = here.blank;
  if (!MayBeSameCluster(was.cluster_id, now.cluster_id)) {
    return Disagreement("this load went into cluster " + was.cluster_id +
                            ", the brokers given are "
                            "cluster " +
                            now.cluster_id,
                        was, "check --bootstrap-server; " + kNewNameAdvice);
  }
  if (was.topic != now.topic) {
    return Error(ExitCode::kUsage, "this load goes into topic " + was.topic + ", not " + now.topic,
                 LoadOf(was), "use --topic " + was.topic + ", or another --name");
  }
  if (std::optional<Error> changed = ChangedTopic(here, was)) return changed;
  if (!SameColumns(was.options, now.options)) {
    return Error(ExitCode::kInput,
                 "the file's header has changed: " + DescribeChange(was.options, now.options),
                 LoadOf(was), "restore the file, or load the new one under another --name");
  }
  if (!SameOptions(Without(was.options, kColumnsOption), Without(now.options, kColumnsOption))) {
    return Error(ExitCode::kUsage,
                 "an option that may not change during a load has changed: " +
                     DescribeChange(Without(was.options, kColumnsOption),
                                    Without(now.options, kColumnsOption)),
                 LoadOf(was), "use the options the load was begun with, or another --name");
  }
  if (std::optional<Error> changed = ChangedLimit(was, now)) return changed;
  if (was.dead_letters.rows > 0 && !now.dead_letter_topic.empty() &&
      was.dead_letter_topic != now.dead_letter_topic) {
    return Error(ExitCode::kUsage,
                 "this load's dead letters go to topic " + was.dead_letter_topic + ", not " +
                     now.dead_letter_topic,
                 LoadOf(was), "use --dead-letter-topic " + was.dead_letter_topic);
  }
  return std::nullopt;
}

Facts CompareHistories(const std::optional<LedgerState>& ledger,
                       const std::optional<ProgressRecord>& kafka) {
  Facts facts;
  if (ledger && ledger->intent) {
    facts.intent =
        kafka && SameOutcome(*ledger->intent, *kafka) ? Intent::kMatches : Intent::kDiffers;
  }
  if (!kafka) {
    facts.history = HasHistory(ledger) ? History::kLedgerOnly : History::kNothing;
  } else if (!HasHistory(ledger)) {
    // A ledger whose load was created but never sent anything: the id it made is void.
    facts.history = History::kKafkaOnly;
  } else if (ledger->last.load_id != kafka->load_id) {
    facts.history = History::kOtherLoad;
  } else if (kafka->chunk < ledger->last.chunk) {
    facts.history = History::kBehind;
  } else if (kafka->chunk > ledger->last.chunk) {
    facts.history = History::kAhead;
  } else {
    facts.history = SameOutcome(ledger->last, *kafka) ? History::kEqual : History::kConflict;
  }
  return facts;
}

Recovered Recover(const Here& here, const std::optional<ProgressRecord>& kafka,
                  CheckpointStore& store, RunContext& context) {
  const std::string& name = here.blank.load_name;
  CheckSound(kafka, here);
  const std::optional<LedgerState> ledger = store.Find(name);
  // The ledger first: it is this machine's own memory of where the load went.
  std::optional<Error> changed;
  if (HasHistory(ledger)) changed = ChangedSurroundings(here, ledger->last);
  if (!changed && kafka) changed = ChangedSurroundings(here, *kafka);
  MatchedInputs matched;
  matched.inputs = here.blank.inputs;
  if (!changed && kafka) {
    matched = MatchInputs(
        here.match, *kafka, here.blank.inputs, [&] { return store.Chunks(name); }, context);
    DropFinished(here, kafka->finished, matched, context);
  }
  if (!changed && kafka) {
    changed = OtherPartitionsForMore(*kafka, here.blank, matched.inputs);
  }
  Facts facts = CompareHistories(ledger, kafka);
  facts.surroundings_same = !changed;
  const RecoveryCase& row = Decide(facts);
  if (row.decision == Decision::kRefuse) {
    throw changed ? *changed : RefusalByHistory(row, here.progress_topic, ledger, kafka);
  }

  if (!here.match.again) RefuseLoadedBefore(here, matched, store, context);
  Recovered recovered;
  recovered.decision = row.decision;
  recovered.remarks = std::move(matched.remarks);
  recovered.known_elsewhere = matched.known_elsewhere;
  recovered.inputs_moved = kafka && !SameHints(kafka->inputs, matched.inputs);
  recovered.at = Own(kafka ? *kafka : here.blank, here, std::move(matched.inputs));
  if (!kafka && ledger) recovered.at.load_id = ledger->last.load_id;
  const std::int64_t now_ms = context.clock.WallClock().count();
  const std::string& run = here.blank.run_id;
  // Behind all that refuses, for it takes the ledger from the run before; and before the decision
  // is carried out, for a run that is not the ledger's newest may not write.
  store.BeginRun(recovered.at, now_ms, here.blank.tool_version);
  context.failpoints.Hit("after_begin_run");
  switch (row.decision) {
    case Decision::kDiscardIntent:
      store.Discard(name, run, now_ms);
      context.failpoints.Hit("after_discard");
      break;
    case Decision::kPromoteIntent:
      store.Confirm(name, run, now_ms);
      context.failpoints.Hit("after_promote");
      break;
    case Decision::kAdoptKafka:
      store.Adopt(recovered.at, run, now_ms);
      context.failpoints.Hit("after_adopt");
      break;
    case Decision::kStart:
      // The ledger may hold a start that never sent anything, with other options.
      if (ledger) store.Adopt(recovered.at, run, now_ms);
      break;
    case Decision::kResume:
    case Decision::kRefuse:
      break;
  }
  // After the decision: the rows of an intent that is promoted count.
  store.ForgetUncommittedRejects(name, run);
  return recovered;
}

}  // namespace onceload
