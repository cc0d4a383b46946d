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

// A refusal that is not heard again for so long is over: the client tells of an error that stays
// the same each 30 s, and of that there is no coordinator twice a second.
constexpr Duration kRefusalForgotten{35'000};
constexpr Duration kCoordinatorForgotten{2'000};
// What brokers that have taken us once refuse for so long will not pass.
constexpr Duration kCredentialsGrace{8'000};
// A broker that stops may look like one that speaks another protocol.
constexpr Duration kProtocolGrace{4'000};
constexpr Duration kCoordinatorGrace{1'500};

Duration Now() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

bool Has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// librdkafka has no code for these: a broker hangs up, and its words are a guess.
bool SpeaksAnother(std::string_view text) {
  return Has(text, "incorrect security.protocol") || Has(text, "connecting to a SSL listener") ||
         Has(text, "connecting to a PLAINTEXT broker listener") ||
         Has(text, "Invalid message size");
}

// TLS 1.3 tells a client that its certificate is not taken after the handshake, as an alert.
bool RefusesCertificate(std::string_view text) {
  return Has(text, "alert") && (Has(text, "certificate") || Has(text, "unknown ca"));
}

constexpr Cause kAnotherProtocol{
    Meaning::kSetting, "the brokers speak another protocol than this client",
    "set security.protocol: SSL or SASL_SSL for a TLS port, PLAINTEXT or SASL_PLAINTEXT for one "
    "without"};
constexpr Cause kWantsCredentials{
    Meaning::kSetting, "the brokers hang up on a client without credentials",
    "set security.protocol to SASL_SSL or SASL_PLAINTEXT, with sasl.mechanism, sasl.username and "
    "sasl.password"};
constexpr Cause kNoCertificate{Meaning::kSetting,
                               "the brokers do not take the client's certificate, or want one",
                               "set ssl.certificate.location and ssl.key.location, or ssl.keystore."
                               "location, to a certificate that they trust"};

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

// What waiting does not mend, with what does.
Outcome Hopeless(Verdict verdict, const Cause& cause, std::string text) {
  if (!Has(text, cause.what)) text = std::string(cause.what) + ": " + text;
  return {verdict, std::move(text), std::string(cause.remedy)};
}

// kDone: the flags of the error tell.
Outcome ByMeaning(rd_kafka_resp_err_t code, const std::string& text, const Rights& needed) {
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

void ClientEvents::Refusal::Note(const Cause& why) {
  const Duration now = Now();
  if (since < Duration{0} || now - last > kRefusalForgotten) since = now;
  last = now;
  ++times;
  cause = why;
}

bool ClientEvents::Refusal::Lasts(Duration grace, Duration forgotten) const {
  const Duration now = Now();
  return since >= Duration{0} && now - since >= grace && now - last <= forgotten;
}

void ClientEvents::NoteAnswer() {
  // Of each message that is acknowledged: a look costs nothing, a store would.
  if (!answered_->load(std::memory_order_relaxed)) *answered_ = true;
  if (!has_refusal_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  refused_ = {};
  has_refusal_ = false;
}

void ClientEvents::Note(rd_kafka_resp_err_t error, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL ||
      error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
      error == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM) {
    refused_.Note(RefusesCertificate(reason) ? kNoCertificate : CauseOf(error));
  } else if (RefusesCertificate(reason)) {
    refused_.Note(kNoCertificate);
  }
  has_refusal_ = refused_.times > 0;
  if (SpeaksAnother(reason)) protocol_.Note(kAnotherProtocol);
  // "All brokers down" only counts; the brokers' own errors say why.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !last_error_.empty()) return;
  last_error_ = WithoutSecrets(reason, config_.secrets());
}

// "Failed to find transaction coordinator: INVALID_REQUEST: ...": told at the level of debugging
// only, and asked again for ever. nullopt: another line.
std::optional<int> CodeInCoordinatorLine(const std::string& text) {
  constexpr std::string_view kBegin = "Failed to find transaction coordinator: ";
  const std::size_t begin = text.find(kBegin);
  if (begin == std::string::npos) return std::nullopt;
  const std::size_t at = begin + kBegin.size();
  return CodeNamed(std::string_view(text).substr(at, text.find(':', at) - at));
}

void ClientEvents::NoteLog(int level, std::string_view facility, const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (facility == "TXNCOORD") {
    const std::optional<int> code = CodeInCoordinatorLine(text);
    if (!code) return;
    const Cause& cause = CauseOf(*code, Asked::kCoordinator);
    no_coordinator_ = text.substr(text.find("Failed"));
    if (cause.meaning != Meaning::kPassing) coordinator_.Note(cause);
    return;
  }
  // A broker tells anybody its versions; who needs credentials and has none is hung up on next.
  const bool hung_up = facility == "FAIL" && Has(text, "Disconnected") && !answered();
  if (hung_up && Has(text, "in state UP")) hung_up_.Note(kWantsCredentials);
  if (level < kSyslogWarning || hung_up) last_error_ = WithoutSecrets(text, config_.secrets());
}

void ClientEvents::NoteTls() {
  const std::lock_guard lock(mutex_);
  tls_ = true;
}

void ClientEvents::Know(const ClientConfig& config) {
  const std::lock_guard lock(mutex_);
  config_ = config;
  answered_ = config.answered();  // before there is a client, and so a thread, that reads it
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

Outcome ClientEvents::Explained(Outcome outcome) const {
  if (outcome.done()) return outcome;
  const std::lock_guard lock(mutex_);
  const auto add = [&](const std::string& reason) {
    const bool said = reason.empty() || Has(outcome.detail, reason);
    if (!said) outcome.detail += " (" + reason + ")";
  };
  if (outcome.verdict == Verdict::kPending && !no_coordinator_.empty()) add(no_coordinator_);
  add(last_error_);
  if (outcome.verdict != Verdict::kPending) return outcome;
  const bool refused =
      refused_.Lasts(answered() ? kCredentialsGrace : Duration{0}, kRefusalForgotten);
  const bool another = !answered() && (tls_ || protocol_.Lasts(kProtocolGrace, kRefusalForgotten));
  // The client tells of the same error once in a while only.
  const bool hung_up =
      !answered() && hung_up_.times > 1 && hung_up_.Lasts(kProtocolGrace, kRefusalForgotten);
  if (refused) return Hopeless(Verdict::kDenied, refused_.cause, outcome.detail);
  if (another) return Hopeless(Verdict::kDenied, kAnotherProtocol, outcome.detail);
  if (hung_up) return Hopeless(Verdict::kDenied, hung_up_.cause, outcome.detail);
  if (!coordinator_.Lasts(kCoordinatorGrace, kCoordinatorForgotten)) return outcome;
  return Hopeless(Verdict::kDenied, coordinator_.cause, outcome.detail);
}

Outcome Staleness::Noted(Outcome outcome) {
  if (outcome.done()) {
    failing_since_ = Duration{-1};
  } else if (failing_since_ < Duration{0}) {
    failing_since_ = Now();
  }
  return outcome;
}

bool Staleness::IsTime() {
  // Longer than an election or a broker's start, shorter than what a person would wait.
  constexpr Duration kStaleAfter{20'000};
  if (std::exchange(due_, false)) return true;
  if (failing_since_ < Duration{0} || Now() - failing_since_ < kStaleAfter) return false;
  failing_since_ = Duration{-1};
  return true;
}

// Of every client. docs/architecture.md has each default's reason.
constexpr Properties kConnections{
    {"client.id", kClientId},
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

KafkaPtr MakeReader(const ClientConfig& config, const char* isolation_level, ClientEvents& events) {
  return MakeClient(RD_KAFKA_CONSUMER, MakeConf(config,
                                                {{"fetch.wait.max.ms", "20"},
                                                 {"socket.timeout.ms", "20000"},
                                                 {"fetch.message.max.bytes", "4194304"},
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
