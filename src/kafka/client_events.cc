#include "kafka/client_events.h"

#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "kafka/rdkafka_ptr.h"
#include "onceload/kafka/secrets.h"

namespace onceload {
namespace {

constexpr int kSyslogWarning = 4;

// A refusal that is not heard again for so long is over: the client tells of an error that stays
// the same each 30 s, and of that there is no coordinator twice a second.
constexpr Duration kRefusalForgotten{35'000};
constexpr Duration kCoordinatorForgotten{2'000};
// What brokers that have taken us once refuse for so long will not pass.
constexpr Duration kCredentialsGrace{8'000};
// A broker that stops may look like one that speaks another protocol.
constexpr Duration kProtocolGrace{4'000};
constexpr Duration kCoordinatorGrace{1'500};
// librdkafka asks for a token 10 s after it got none, and then the brokers have to take it.
constexpr Duration kTokenWait{20'000};
// A token lives for minutes, and the next one is fetched shortly before its end: a connection that
// is made then is refused once. Who is still refused so much later has a wrong one.
constexpr Duration kTokenGrace{20'000};
// Two turns of one wait do not lie further apart: the longest slice of any wait is 5 s.
constexpr Duration kWaitTurn{10'000};
// So long before a wait's first turn has come through without an answer, the wait had begun.
constexpr Duration kFirstTurn{5'000};

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

bool IsOfTokens(std::string_view text) { return Has(text, "OAUTHBEARER token"); }

// "Failed to retrieve OIDC token from "URL": why (code)": an HTTP status, or -1 where there was no
// answer. Logged before the error is told, which has neither URL nor code; librdkafka asks again
// after 10 s. nullopt: another line.
std::optional<int> CodeInTokenLine(std::string_view facility, std::string_view text) {
  const std::size_t open = text.rfind('(');
  const bool ours = (facility == "OIDC" || facility == "JWT") && Has(text, "Failed to retrieve");
  if (!ours || open == std::string_view::npos) return std::nullopt;
  int code = 0;
  const char* const begin = text.data() + open + 1;
  if (std::from_chars(begin, text.data() + text.size(), code).ptr == begin) return std::nullopt;
  return code;
}

bool PassesByItself(int token_code) {
  return token_code == -1 || token_code == 408 || token_code == 429 || token_code >= 500;
}

constexpr Cause kNoToken{Meaning::kSetting, "there is no token to log in with",
                         "check sasl.oauthbearer.token.endpoint.url, sasl.oauthbearer.client.id, "
                         "sasl.oauthbearer.client.secret and sasl.oauthbearer.scope"};
constexpr Cause kTokenRefused{Meaning::kSetting, "the brokers do not take the token",
                              "check sasl.oauthbearer.scope and the brokers' expected audience and "
                              "issuer, and the clocks"};
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

}  // namespace

Duration ClientEvents::SteadyNow() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

void ClientEvents::Refusal::Note(const Cause& why, Duration now) {
  if (since < Duration{0} || now - last > kRefusalForgotten) since = now;
  last = now;
  ++times;
  cause = why;
}

bool ClientEvents::Refusal::Lasts(Duration now, Duration grace, Duration forgotten) const {
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

void ClientEvents::NoteRefusal(rd_kafka_resp_err_t error, const std::string& reason) {
  if (RefusesCertificate(reason)) {
    refused_.Note(kNoCertificate, now_());
  } else if (IsOfTokens(reason)) {
    if (!answered() || now_() >= token_until_) refused_.Note(kNoToken, now_());
  } else if (IsFailedLogin(error) || error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED ||
             error == RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM) {
    const auto mechanism = config_.properties().find("sasl.mechanisms");
    const bool token = error == RD_KAFKA_RESP_ERR__AUTHENTICATION &&
                       mechanism != config_.properties().end() &&
                       mechanism->second == "OAUTHBEARER";
    // While none can be had brokers refuse the old one, which has run out.
    const bool passes = token && answered() && now_() < token_until_;
    if (!passes) refused_.Note(token ? kTokenRefused : CauseOf(error), now_());
  }
  has_refusal_ = refused_.times > 0;
}

void ClientEvents::Note(rd_kafka_resp_err_t error, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  NoteRefusal(error, reason);
  if (SpeaksAnother(reason)) protocol_.Note(kAnotherProtocol, now_());
  // "All brokers down" only counts; the brokers' own errors say why.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !last_error_.empty()) return;
  if (IsOfTokens(reason) && CodeInTokenLine("OIDC", last_error_)) return;  // that says more
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
    // The brokers themselves tell of logins, and for how long.
    if (cause.meaning != Meaning::kPassing && !IsFailedLogin(*code)) {
      coordinator_.Note(cause, now_());
    }
    return;
  }
  if (const std::optional<int> code = CodeInTokenLine(facility, text)) {
    if (PassesByItself(*code)) token_until_ = now_() + kTokenWait;
    if (!PassesByItself(*code)) refused_.Note(kNoToken, now_());
    has_refusal_ = refused_.times > 0;
  }
  // A broker tells anybody its versions; who needs credentials and has none is hung up on next.
  const bool hung_up = facility == "FAIL" && Has(text, "Disconnected") && !answered();
  if (hung_up && Has(text, "in state UP")) hung_up_.Note(kWantsCredentials, now_());
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

// Who has been answered before is refused only if it is said while the call waits, and for longer
// than the grace: a client that was idle when its token ran out, or that a starting broker did not
// know yet, would else be given up for what has passed since.
bool ClientEvents::IsRefused(Duration now) const {
  if (!answered()) return refused_.Lasts(now, Duration{0}, kRefusalForgotten);
  const bool said_again = refused_.last - refused_.since >= kTokenGrace;
  if (refused_.cause.what == kTokenRefused.what && !said_again) return false;
  const bool meanwhile = refused_.last >= waits_since_ - kFirstTurn;
  return meanwhile && now - waits_since_ >= kCredentialsGrace - kFirstTurn &&
         refused_.Lasts(now, kCredentialsGrace, kRefusalForgotten);
}

Outcome ClientEvents::Explained(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  if (outcome.verdict != Verdict::kPending) waits_since_ = Duration{-1};
  if (outcome.done()) return outcome;
  const auto add = [&](const std::string& reason) {
    const bool said = reason.empty() || Has(outcome.detail, reason);
    if (!said) outcome.detail += " (" + reason + ")";
  };
  if (outcome.verdict == Verdict::kPending && !no_coordinator_.empty()) add(no_coordinator_);
  add(last_error_);
  if (outcome.verdict != Verdict::kPending) return outcome;
  const Duration now = now_();
  if (waits_since_ < Duration{0} || now - waits_last_ > kWaitTurn) waits_since_ = now;
  waits_last_ = now;
  const auto lasts = [&](const Refusal& refusal) {
    return refusal.Lasts(now, kProtocolGrace, kRefusalForgotten);
  };
  const bool another = !answered() && (tls_ || lasts(protocol_));
  // The client tells of the same error once in a while only.
  const bool hung_up = !answered() && hung_up_.times > 1 && lasts(hung_up_);
  if (IsRefused(now)) return Hopeless(Verdict::kDenied, refused_.cause, outcome.detail);
  if (another) return Hopeless(Verdict::kDenied, kAnotherProtocol, outcome.detail);
  if (hung_up) return Hopeless(Verdict::kDenied, hung_up_.cause, outcome.detail);
  if (!coordinator_.Lasts(now, kCoordinatorGrace, kCoordinatorForgotten)) return outcome;
  return Hopeless(Verdict::kDenied, coordinator_.cause, outcome.detail);
}

}  // namespace onceload
