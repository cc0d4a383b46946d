#include "kafka/rdkafka_client.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <utility>

#include <unistd.h>

#include "onceload/core/error.h"
#include "onceload/kafka/secrets.h"

namespace onceload {
namespace {

void SetProperty(rd_kafka_conf_t* conf, const char* name, const char* value, bool may_be_unknown) {
  std::array<char, 512> reason{};
  const rd_kafka_conf_res_t result =
      rd_kafka_conf_set(conf, name, value, reason.data(), reason.size());
  if (result == RD_KAFKA_CONF_OK) return;
  if (result == RD_KAFKA_CONF_UNKNOWN && may_be_unknown) return;
  throw Error(ExitCode::kUsage, "librdkafka refuses a property",
              MaskedProperty(std::string(name) + "=" + value) +
                  (IsSecretProperty(name) ? "" : " (" + std::string(reason.data()) + ")"),
              "correct it in -X or the properties file");
}

// The first file that a property names and that cannot be read, as "NAME=PATH"; empty: none. For
// OpenSSL's words have neither.
std::string UnreadableFile(const rd_kafka_conf_t* conf) {
  for (const char* name :
       {"ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location",
        "ssl.crl.location", "https.ca.location", "sasl.oauthbearer.assertion.private.key.file"}) {
    std::array<char, 4096> path{};
    std::size_t size = path.size();
    if (rd_kafka_conf_get(conf, name, path.data(), &size) != RD_KAFKA_CONF_OK) continue;
    if (path[0] == '\0' || std::string_view(path.data()) == "probe") continue;
    if (::access(path.data(), R_OK) != 0) return std::string(name) + "=" + path.data();
  }
  return {};
}

void OnClientError(rd_kafka_t* kafka, int code, const char* reason, void* opaque) {
  auto error = static_cast<rd_kafka_resp_err_t>(code);
  std::string text = reason;
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> fatal{};
    error = rd_kafka_fatal_error(kafka, fatal.data(), fatal.size());
    text = fatal.data();
  }
  auto* events = static_cast<ClientEvents*>(opaque);
  events->Note(error, text);
  if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION) events->RenewCredentials(kafka);
}

void OnLog(const rd_kafka_t* kafka, int level, const char* facility, const char* text) {
  static_cast<ClientEvents*>(rd_kafka_opaque(kafka))->NoteLog(level, facility, text);
}

void OnThrottle(rd_kafka_t* /*kafka*/, const char* /*broker*/, std::int32_t /*id*/,
                int milliseconds, void* opaque) {
  static_cast<ClientEvents*>(opaque)->NoteThrottle(Duration{milliseconds});
}

// "Write and Describe on Topic clicks" as the command that grants it.
std::string GrantCommand(const std::string& right) {
  const std::size_t on = right.find(" on ");
  const std::size_t name = right.find(' ', on + 4);
  if (on == std::string::npos || name == std::string::npos) return "grant " + right;
  std::string operations;
  for (std::size_t at = 0; at < on;) {
    const std::size_t end = std::min(on, right.find(" and ", at));
    operations += " --operation " + right.substr(at, end - at);
    at = end + std::string_view(" and ").size();
  }
  const std::string kind = right.substr(on + 4, name - on - 4);
  return "grant it: kafka-acls.sh --bootstrap-server ... --add --allow-principal User:..." +
         operations + (kind == "TransactionalId" ? " --transactional-id " : " --topic ") +
         right.substr(name + 1);
}

std::string MissingRight(rd_kafka_resp_err_t code, const Rights& needed) {
  if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) return needed.on_topic;
  if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    return needed.on_transactional_id;
  }
  return {};
}

// kDone: the flags of the error tell.
Outcome ByMeaning(rd_kafka_resp_err_t code, const std::string& text, const Rights& needed) {
  // ClientEvents tells for how long, in each turn of the wait.
  if (IsFailedLogin(code)) return {};
  const Cause& cause = CauseOf(code, needed.asked);
  switch (cause.meaning) {
    case Meaning::kPassing:
    case Meaning::kAnew:
      return {};
    case Meaning::kFenced:
      return {Verdict::kFenced, text};
    case Meaning::kRow:
      return Hopeless(Verdict::kRefused, cause, text);
    case Meaning::kOurs:
      return Hopeless(Verdict::kBug, cause, text);
    case Meaning::kSetting:
    case Meaning::kService:
      break;
  }
  const std::string right = MissingRight(code, needed);
  if (right.empty()) return Hopeless(Verdict::kDenied, cause, text);
  return {Verdict::kDenied, text + " (missing is " + right + ")", GrantCommand(right)};
}

}  // namespace

Duration Staleness::SteadyNow() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

Outcome Staleness::Noted(Outcome outcome) {
  if (outcome.done()) {
    failing_since_ = Duration{-1};
  } else if (failing_since_ < Duration{0}) {
    failing_since_ = now_();
  }
  return outcome;
}

bool Staleness::IsTime() {
  // Longer than an election or a broker's start, shorter than what a person would wait.
  constexpr Duration kStaleAfter{20'000};
  if (std::exchange(due_, false)) return true;
  if (failing_since_ < Duration{0} || now_() - failing_since_ < kStaleAfter) return false;
  failing_since_ = Duration{-1};
  return true;
}

// Of every client. docs/architecture.md has each default's reason.
constexpr Properties kConnections{
    {"client.id", kClientId},
    // Half of it is also what a new client waits for between its first two connections.
    {"reconnect.backoff.ms", "20"},
    {"reconnect.backoff.max.ms", "1000"},
    {"socket.nagle.disable", "true"},
    {"enable.metrics.push", "false"},
    // Shorter than those after which address translators forget a silent connection: 240 s and 350
    // s in the large clouds.
    {"connections.max.idle.ms", "180000"},
    {"socket.keepalive.enable", "true"},
    // Where addresses change it is not waited until one fails; where all do, those given to begin
    // with are asked again.
    {"topic.metadata.refresh.interval.ms", "10000"},
    {"metadata.recovery.strategy", "rebootstrap"},
    {"metadata.recovery.rebootstrap.trigger.ms", "15000"},
};

ConfPtr MakeConf(const ClientConfig& config, Properties defaults, Properties fixed,
                 ClientEvents& events) {
  ConfPtr conf(rd_kafka_conf_new());
  const ClientConfig renewed = config.Renewed();
  events.Know(renewed);
  for (const Properties some : {kConnections, defaults}) {
    for (const auto& [name, value] : some) {
      SetProperty(conf.get(), name, value, /*may_be_unknown=*/true);
    }
  }
  for (const auto& [name, value] : renewed.properties()) {
    SetProperty(conf.get(), name.c_str(), value.c_str(), /*may_be_unknown=*/false);
  }
  for (const auto& [name, value] : fixed) {
    SetProperty(conf.get(), name, value, /*may_be_unknown=*/false);
  }
  rd_kafka_conf_set_opaque(conf.get(), &events);
  rd_kafka_conf_set_error_cb(conf.get(), OnClientError);
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
  rd_kafka_conf_set_throttle_cb(conf.get(), OnThrottle);
  return conf;
}

KafkaPtr MakeClient(rd_kafka_type_t type, ConfPtr conf) {
  std::array<char, 512> reason{};
  KafkaPtr client(rd_kafka_new(type, conf.get(), reason.data(), reason.size()));
  if (!client) {
    const std::string unreadable = UnreadableFile(conf.get());
    if (!unreadable.empty()) {
      throw Error(ExitCode::kUsage, "a file of the client properties cannot be read",
                  MaskedProperty(unreadable), "check its path and permissions");
    }
    throw Error(ExitCode::kUsage, "librdkafka cannot make a client", reason.data(),
                "correct the properties in -X or the properties file");
  }
  static_cast<void>(conf.release());  // the client owns it now
  return client;
}

void Connect(rd_kafka_t* kafka, rd_kafka_topic_t* topic, Duration wait) {
  const struct rd_kafka_metadata* metadata = nullptr;
  rd_kafka_metadata(kafka, /*all_topics=*/0, topic, &metadata, Milliseconds(wait));
  const MetadataPtr owned(metadata);
}

KafkaPtr MakeReader(const ClientConfig& config, const char* isolation_level, ClientEvents& events) {
  return MakeClient(RD_KAFKA_CONSUMER, MakeConf(config,
                                                {{"fetch.wait.max.ms", "20"},
                                                 {"socket.timeout.ms", "20000"},
                                                 // Of a partition, and of a broker's answer. By
                                                 // default that is 50 MiB compressed, from each.
                                                 {"fetch.message.max.bytes", "2097152"},
                                                 {"fetch.max.bytes", "4194304"},
                                                 {"queued.max.messages.kbytes", "8192"},
                                                 // By default a full queue is asked again after a
                                                 // second, long after a fast reader has emptied it.
                                                 {"fetch.queue.backoff.ms", "2"}},
                                                {{"isolation.level", isolation_level},
                                                 {"enable.partition.eof", "true"},
                                                 {"allow.auto.create.topics", "false"},
                                                 // A reader that starts past the end or before what
                                                 // is still held must be told, not moved.
                                                 {"auto.offset.reset", "error"}},
                                                events));
}

Outcome Classify(rd_kafka_resp_err_t code, const std::string& detail, const Rights& needed) {
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  const std::string text = detail.empty() ? rd_kafka_err2str(code) : detail;
  Outcome outcome = ByMeaning(code, text, needed);
  return outcome.done() ? Outcome{Verdict::kPending, text} : outcome;
}

Outcome Classify(rd_kafka_t* kafka, rd_kafka_error_t* error, const Rights& needed) {
  const KafkaErrorPtr owned(error);
  if (!owned) return {};
  rd_kafka_resp_err_t code = rd_kafka_error_code(owned.get());
  std::string text = rd_kafka_error_string(owned.get());
  const bool fatal = rd_kafka_error_is_fatal(owned.get()) != 0;
  if (fatal) {
    std::array<char, 512> reason{};
    const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(kafka, reason.data(), reason.size());
    if (cause != RD_KAFKA_RESP_ERR_NO_ERROR) {
      code = cause;
      text = reason.data();
    }
  }
  Outcome outcome = ByMeaning(code, text, needed);
  if (!outcome.done()) return outcome;
  if (fatal) return {Verdict::kFatal, text};
  if (rd_kafka_error_txn_requires_abort(owned.get()) != 0) return {Verdict::kAbort, text};
  if (rd_kafka_error_is_retriable(owned.get()) != 0) return {Verdict::kPending, text};
  return {Verdict::kFatal, text};
}

}  // namespace onceload
