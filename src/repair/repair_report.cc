#include "onceload/repair/repair_report.h"

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"

namespace onceload {
namespace {

using nlohmann::ordered_json;

std::string RecordText(const ProgressRecord& record) {
  return "chunk " + std::to_string(record.chunk.value) + ", " + std::to_string(record.rows()) +
         " rows" + (record.complete ? ", complete" : "") + ", load id " + record.load_id + ", by " +
         record.writer;
}

std::string LedgerText(const RepairReport& report) {
  const std::optional<LedgerState>& ledger = report.facts.ledger;
  if (!ledger) return "nothing of the load, " + report.state;
  return RecordText(ledger->last) + (ledger->intent ? "; the next one is in doubt" : "") + ", " +
         report.state;
}

std::string KafkaText(const RepairReport& report) {
  const LoadFacts& facts = report.facts;
  if (!facts.progress_topic) return "there is no progress topic " + report.progress_topic;
  if (!facts.unreadable.empty()) return "a record that is none: " + facts.unreadable;
  if (!facts.kafka) return "no record of the load in " + report.progress_topic;
  return RecordText(*facts.kafka) + ", " + report.progress_topic;
}

std::string TopicText(const LoadFacts& facts) {
  const TopicNow& topic = facts.topic;
  if (topic.name.empty()) return "not known";
  if (!topic.exists) return topic.name + ", which does not exist";
  std::string text = topic.name + ", " + std::to_string(topic.partitions) + " partitions" +
                     (topic.id.empty() ? "" : ", id " + topic.id);
  if (facts.refusal.empty()) return text;
  text += ", " + std::to_string(topic.records) + " records";
  return text + (topic.same ? " where this load's rows are" : " of others");
}

std::string OutcomeText(const RepairReport& report) {
  if (report.done == RepairChoice::kNone) {
    return report.choices.empty() ? "nothing to repair: a load would go on"
                                  : "nothing was changed: say what to do, with --yes";
  }
  return "done: " + std::string(FlagOf(report.done)) +
         (report.tombstones > 0 ? ", " + std::to_string(report.tombstones) + " tombstones" : "") +
         (report.backup.empty() ? "" : "; the state file as it was: " + report.backup);
}

ordered_json RecordJson(const ProgressRecord& record) {
  return {{"chunk", record.chunk.value}, {"rows", record.rows()},   {"complete", record.complete},
          {"load_id", record.load_id},   {"writer", record.writer}, {"topic_id", record.topic_id},
          {"cluster", record.cluster_id}};
}

ordered_json FactsJson(const LoadFacts& facts) {
  ordered_json json;
  json["refusal"] = facts.refusal.empty() ? ordered_json(nullptr) : ordered_json(facts.refusal);
  json["ledger"] = facts.ledger ? RecordJson(facts.ledger->last) : ordered_json(nullptr);
  json["kafka"] = facts.kafka ? RecordJson(*facts.kafka) : ordered_json(nullptr);
  json["cluster"] = facts.cluster_id;
  json["topic"] = {{"name", facts.topic.name},
                   {"exists", facts.topic.exists},
                   {"id", facts.topic.id},
                   {"records", facts.topic.records},
                   {"uncounted", facts.topic.uncounted}};
  return json;
}

}  // namespace

void PrintText(const RepairReport& report, std::ostream& stream) {
  PrintableStream out(stream);
  const LoadFacts& facts = report.facts;
  out << "load " << report.name << "\n";
  if (!facts.refusal.empty()) out << "  refused     " << facts.refusal << "\n";
  out << "  state file  " << LedgerText(report) << "\n"
      << "  in Kafka    " << KafkaText(report) << "\n"
      << "  topic       " << TopicText(facts) << "\n";
  for (const ChoiceMeaning& meaning : report.choices) {
    out << FlagOf(meaning.choice) << ": " << meaning.text << "\n";
  }
  out << OutcomeText(report) << "\n";
}

void PrintJson(const RepairReport& report, std::ostream& out) {
  ordered_json json{{"load", report.name}};
  json.update(FactsJson(report.facts));
  json["choices"] = ordered_json::array();
  for (const ChoiceMeaning& meaning : report.choices) {
    json["choices"].push_back({{"flag", FlagOf(meaning.choice)},
                               {"possible", meaning.possible},
                               {"meaning", meaning.text}});
  }
  json["done"] = report.done == RepairChoice::kNone ? ordered_json(nullptr)
                                                    : ordered_json(FlagOf(report.done));
  json["backup"] = report.backup.empty() ? ordered_json(nullptr) : ordered_json(report.backup);
  json["tombstones"] = report.tombstones;
  // A path may be any bytes; what is no UTF-8 is shown as U+FFFD.
  out << PrintableJson(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace)) << "\n";
}

}  // namespace onceload
