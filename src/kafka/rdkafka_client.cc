#include "kafka/rdkafka_client.h"

#include <array>
#include <string_view>

#include <unistd.h>

#include "onceload/core/error.h"
#include "onceload/kafka/secrets.h"

namespace onceload {
namespace {

constexpr int kSyslogWarning = 4;

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

void OnError(rd_kafka_t* kafka, int code, const char* reason, void* opaque) {
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

void OnLog(const rd_kafka_t* kafka, int level, const char* /*facility*/, const char* text) {
  static_cast<ClientEvents*>(rd_kafka_opaque(kafka))->NoteLog(level, text);
}

bool IsDenial(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return true;
    default:
      return false;
  }
}

std::string WithMissing(const std::string& text, rd_kafka_resp_err_t code, const Rights& needed) {
  std::string right;
  if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) right = needed.on_topic;
  if (code == RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED) {
    right = needed.on_transactional_id;
  }
  return right.empty() ? text : text + " (missing is " + right + ")";
}

bool IsFence(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
         code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
}

}  // namespace

void ClientEvents::Note(rd_kafka_resp_err_t error, const std::string& reason) {
  if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL ||
      error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED) {
    refused_ = true;
  }
  // "All brokers down" only counts; the brokers' own errors say why.
  const std::lock_guard lock(mutex_);
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !last_error_.empty()) return;
  last_error_ = WithoutSecrets(reason, config_.secrets());
}

void ClientEvents::NoteLog(int level, const std::string& text) {
  if (level >= kSyslogWarning) return;
  const std::lock_guard lock(mutex_);
  last_error_ = WithoutSecrets(text, config_.secrets());
}

void ClientEvents::Know(const ClientConfig& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
}

// A password that was changed while the client lives is taken at the next connection; librdkafka
// asks for none by itself.
void ClientEvents::RenewCredentials(rd_kafka_t* kafka) {
  const std::lock_guard lock(mutex_);
  const ClientConfig renewed = config_.Renewed();
  if (renewed.properties() == config_.properties()) return;
  config_ = renewed;
  const auto user = renewed.properties().find("sasl.username");
  const auto password = renewed.properties().find("sasl.password");
  if (user == renewed.properties().end() || password == renewed.properties().end()) return;
  const KafkaErrorPtr failed(
      rd_kafka_sasl_set_credentials(kafka, user->second.c_str(), password->second.c_str()));
}

std::string ClientEvents::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

ConfPtr MakeConf(const ClientConfig& config, Properties defaults, Properties fixed,
                 ClientEvents& events) {
  ConfPtr conf(rd_kafka_conf_new());
  const ClientConfig renewed = config.Renewed();
  events.Know(renewed);
  for (const auto& [name, value] : defaults) {
    SetProperty(conf.get(), name, value, /*may_be_unknown=*/true);
  }
  for (const auto& [name, value] : renewed.properties()) {
    SetProperty(conf.get(), name.c_str(), value.c_str(), /*may_be_unknown=*/false);
  }
  for (const auto& [name, value] : fixed) {
    SetProperty(conf.get(), name, value, /*may_be_unknown=*/false);
  }
  rd_kafka_conf_set_opaque(conf.get(), &events);
  rd_kafka_conf_set_error_cb(conf.get(), OnError);
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
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

KafkaPtr MakeReader(const ClientConfig& config, const char* isolation_level, ClientEvents& events) {
  return MakeClient(RD_KAFKA_CONSUMER, MakeConf(config,
                                                {{"client.id", "onceload"},
                                                 {"reconnect.backoff.max.ms", "1000"},
                                                 {"socket.nagle.disable", "true"},
                                                 {"enable.metrics.push", "false"},
                                                 {"fetch.wait.max.ms", "20"},
                                                 {"fetch.message.max.bytes", "4194304"},
                                                 {"queued.max.messages.kbytes", "32768"},
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
  if (IsFence(code)) return {Verdict::kFenced, text};
  if (IsDenial(code)) return {Verdict::kDenied, WithMissing(text, code, needed)};
  return {Verdict::kPending, text};
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
  if (IsFence(code)) return {Verdict::kFenced, text};
  if (IsDenial(code)) return {Verdict::kDenied, WithMissing(text, code, needed)};
  if (fatal) return {Verdict::kFatal, text};
  if (rd_kafka_error_txn_requires_abort(owned.get()) != 0) return {Verdict::kAbort, text};
  if (rd_kafka_error_is_retriable(owned.get()) != 0) return {Verdict::kPending, text};
  return {Verdict::kFatal, text};
}

}  // namespace onceload
