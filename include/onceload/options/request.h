// Everything a command line says, as the rest of the program takes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "onceload/load/load_run.h"
#include "onceload/metrics/run_metrics.h"
#include "onceload/preflight/message_schemas.h"
#include "onceload/preflight/topics.h"
#include "onceload/report/event_log.h"
#include "onceload/report/progress_display.h"
#include "onceload/source/input_list.h"
#include "onceload/verify/audit_report.h"
#include "onceload/watch/watch_settings.h"

namespace onceload {

// A client property as an option gives it.
struct PropertyWish {
  std::string name;
  std::string value;   // references as they are: ClientConfig reads what they lead to
  std::string source;  // "" on the command line, where others can read it; else where it stands

  bool operator==(const PropertyWish&) const = default;
};

// How to reach the brokers, as it was said; ConnectionOf() makes client properties of it.
struct ConnectionWishes {
  std::vector<std::string> brokers;
  // The brokers come from the environment, where a properties file that names others wins.
  bool brokers_of_environment = false;
  std::vector<PropertyWish> properties;
  std::string properties_file;
  std::string client_id;  // empty: as the properties have it, or kClientId

  // librdkafka's bootstrap.servers.
  std::string bootstrap() const {
    std::string text;
    for (const std::string& broker : brokers) text += (text.empty() ? "" : ",") + broker;
    return text;
  }
  bool empty() const { return brokers.empty() && properties_file.empty(); }
};

// What a run of `verify` is allowed to wait: nothing is at stake, somebody is looking on.
inline constexpr Duration kAuditBudget{30'000};

struct AuditWishes {
  AuditLevel level = AuditLevel::kDigest;
  bool exclusive = false;
  bool all = false;  // loads, whatever their topic
};

struct CertificateWishes {
  std::string sign;        // a file with a private key
  std::string file;        // to check
  std::string public_key;  // a file
};

struct HistoryWishes {
  bool files = false;
  bool csv = false;
};

// Of `where` and `from`.
struct PlaceWishes {
  std::int64_t row = -1;  // not said
  std::optional<std::string> key;
  std::int32_t partition = -1;
  std::int64_t offset = -1;
};

// What somebody else says of the files.
struct ExpectWishes {
  std::int64_t rows = -1;                                 // not said
  std::string manifest;                                   // a file
  std::vector<std::pair<std::string, std::string>> sums;  // column, decimal

  bool any() const { return rows >= 0 || !manifest.empty() || !sums.empty(); }
};

struct RepairWishes {
  bool adopt_kafka = false;
  bool restart_from_zero = false;
  bool forget = false;
  bool yes = false;
};

// One struct for all verbs, each of which uses its part. The defaults of the options are the
// defaults of these members, and stand nowhere else.
struct Request {
  ConnectionWishes connection;
  TopicWishes topics;
  std::optional<std::string> name;   // of the load
  std::optional<std::string> state;  // the ledger
  InputWishes inputs;
  std::string mapping;  // the file that `load.rows.encode` began with
  WatchSettings watch;
  LoadSettings load;  // `here.blank` and what is frozen in `load.rows` are not set here
  std::uint64_t record_bytes_max = kRecordBytesMax;
  bool no_header = false;
  bool key_said = false;  // by an option, which puts the mapping's key out of force
  bool strict = false;
  std::string dead_letter_topic;
  ProgressStyle progress = ProgressStyle::kAuto;
  LogFormat log_format = LogFormat::kText;
  MetricsWishes metrics;
  SchemaWishes schemas;
  bool print_schema = false;  // plan: it alone
  bool json = false;
  AuditWishes audit;
  CertificateWishes certificate;
  PlaceWishes place;
  HistoryWishes history;
  ExpectWishes expect;
  RepairWishes repair;
  std::string html;  // a page of the audit's result
  Duration audit_budget = kAuditBudget;
  std::uint64_t messages = 3;  // plan: to show
  std::uint64_t parts = 2;     // split
  std::string load_file;
  std::vector<std::string> samples;  // doctor: files whose rows are to fit

  // What goes to stderr is objects only.
  bool tells_objects() const {
    return log_format == LogFormat::kJson || progress == ProgressStyle::kJson;
  }
};

}  // namespace onceload
