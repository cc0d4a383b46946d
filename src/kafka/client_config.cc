#include "onceload/kafka/client_config.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "kafka/java_properties.h"
#include "kafka/property_table.h"
#include "kafka/rdkafka_ptr.h"
#include "kafka/sasl_login.h"
#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/nearest_name.h"
#include "onceload/core/text.h"
#include "onceload/core/user_info.h"
#include "onceload/core/whole_number.h"
#include "onceload/kafka/key_stores.h"
#include "onceload/kafka/secrets.h"

namespace onceload {
namespace {

constexpr std::size_t kPassedOverTold = 8;  // names; a line that is read

void AddNames(const char** dump, std::size_t count, std::vector<std::string>& names) {
  for (std::size_t i = 0; i < count; i += 2) names.emplace_back(dump[i]);
  rd_kafka_conf_dump_free(dump, count);
}

std::vector<std::string> KnownProperties() {
  std::vector<std::string> names = NamesOfPropertyRules();
  const ConfPtr conf(rd_kafka_conf_new());
  std::size_t count = 0;
  const char** dump = rd_kafka_conf_dump(conf.get(), &count);
  AddNames(dump, count, names);
  rd_kafka_topic_conf_t* topic = rd_kafka_topic_conf_new();
  dump = rd_kafka_topic_conf_dump(topic, &count);
  AddNames(dump, count, names);
  rd_kafka_topic_conf_destroy(topic);
  return names;
}

// "NAME=VALUE", the value masked where it may be a secret.
std::string Assignment(const std::string& name, const std::string& value) {
  return MaskedProperty(name + "=" + value);
}

[[noreturn]] void Refuse(const std::string& what, const std::string& where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, where, advice);
}

// Throws unless it is the value that onceload has anyway.
void CheckOurs(const PropertyRule& rule, const std::string& name, const std::string& value,
               const std::string& source) {
  std::string_view rest = rule.text;
  while (!rest.empty()) {
    const std::size_t bar = rest.find('|');
    if (rest.substr(0, bar) == value) return;
    rest = bar == std::string_view::npos ? std::string_view() : rest.substr(bar + 1);
  }
  const bool above = name.starts_with("max.in.flight");
  Refuse("property " + name + " cannot be set" + (above ? " above 5: " : ": ") +
             std::string(rule.reason),
         source + " " + Assignment(name, value), "leave it out");
}

// librdkafka's reason may repeat the value.
std::string Reason(const std::string& name, const char* reason) {
  return IsSecretProperty(name) ? std::string() : " (" + std::string(reason) + ")";
}

std::string InForm(ValueForm form, const std::string& value) {
  if (form == ValueForm::kLower) return Lower(value);
  return form == ValueForm::kPem ? PemWithLines(value) : value;
}

// Java has a registry's login with and without it.
std::string_view WithoutRegistryPrefix(std::string_view name) {
  constexpr std::string_view kPrefix = "schema.registry.";
  return name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name;
}

// Java takes an empty value for none, but for these two, where it says something.
bool MeansNone(const std::string& name, const std::string& value) {
  return value.empty() && name != "ssl.endpoint.identification.algorithm" && name != "client.id";
}

}  // namespace

void ClientConfig::Set(const std::string& name, const std::string& value,
                       const std::string& source) {
  Said said{name, value, source};
  Take(said);
  said_.push_back(std::move(said));
}

void ClientConfig::Take(const Said& said) {
  const PropertyRule* rule = FindPropertyRule(said.name);
  if (rule != nullptr &&
      (rule->treatment == Treatment::kOthers || rule->treatment == Treatment::kJavas ||
       rule->treatment == Treatment::kSchemaRegistry)) {
    return PassOver(said);
  }
  if (rule != nullptr && MeansNone(said.name, said.value)) return;
  const bool jaas = said.name == "sasl.jaas.config";  // its parts have references of their own
  const std::string value =
      jaas ? said.value : ExpandedValue(said.value, said.source + " " + said.name);
  if (rule == nullptr) return SetChecked(said.name, value, said.source);
  switch (rule->treatment) {
    case Treatment::kOurs:
      return CheckOurs(*rule, said.name, value, said.source);
    case Treatment::kRefused:
      return Refuse("property " + said.name + " cannot be used: " + std::string(rule->reason),
                    said.source, "leave it out");
    case Treatment::kJoint:
      joint_[said.name == "sasl.mechanism" ? "sasl.mechanisms" : said.name] = {value, said.source};
      return;
    default:
      break;
  }
  if (rule->form == ValueForm::kNumber) return TakeNumber(said, value);
  SetChecked(std::string(rule->text), InForm(rule->form, value), said.source);
}

void ClientConfig::TakeNumber(const Said& said, const std::string& value) {
  const PropertyRule& rule = *FindPropertyRule(said.name);
  const std::string name(rule.text);
  const std::optional<std::int64_t> number = WholeNumber<std::int64_t>(value);
  if (!number) return SetChecked(name, value, said.source);
  const std::int64_t taken = std::clamp(*number, rule.least, rule.most);
  // -1 is Java's "as the system has it", or "never": librdkafka's is its least.
  if (taken != *number && *number != -1) {
    Remark(said.name + "=" + value + " (" + said.source + ") is taken as " + std::to_string(taken) +
           ", " + (taken < *number ? "the most" : "the least") + " that the client library has");
  }
  SetChecked(name, std::to_string(taken), said.source);
}

void ClientConfig::PassOver(const Said& said) {
  const PropertyRule* const rule = FindPropertyRule(said.name);
  if (rule != nullptr && rule->treatment == Treatment::kSchemaRegistry) {
    registry_[std::string(WithoutRegistryPrefix(said.name))] = {said.value, said.source};
  }
  if (std::find(passed_over_.begin(), passed_over_.end(), said.name) == passed_over_.end()) {
    passed_over_.push_back(said.name);
  }
}

void ClientConfig::SetChecked(const std::string& name, const std::string& value,
                              const std::string& source) {
  const ConfPtr conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  switch (
      rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size())) {
    case RD_KAFKA_CONF_OK:
      properties_[name] = value;
      return;
    case RD_KAFKA_CONF_INVALID:
      Refuse("bad value for property " + name,
             source + " " + Assignment(name, value) + Reason(name, reason.data()),
             "correct the value");
    default: {
      const std::string nearest = NearestName(name, KnownProperties());
      Refuse("unknown property \"" + name + "\"", source,
             nearest.empty() ? "use a property of librdkafka or of Kafka's Java clients"
                             : "did you mean " + nearest + "?");
    }
  }
}

void ClientConfig::Add(const std::string& name, const std::string& value,
                       const std::string& source) {
  if (!Has(name)) SetChecked(name, value, source);
}

const ClientConfig::Value* ClientConfig::Joint(const std::string& name) const {
  const auto found = joint_.find(name);
  return found == joint_.end() ? nullptr : &found->second;
}

void ClientConfig::Finish() {
  JoinStores();
  JoinTls();
  JoinCompression();
  JoinTimes();
  SaidValues java;
  for (const auto& [name, value] : joint_) java[name] = {value.text, value.source};
  for (const auto& [name, value] : LoginOf({properties_, java})) {
    Add(name, value.text, value.source);
  }
  if (const Value* mechanism = Joint("sasl.mechanisms")) {
    Add("sasl.mechanisms", mechanism->text, mechanism->source);
  }
}

void ClientConfig::JoinStores() {
  // What was given in librdkafka's own names stands in the place of a store.
  const Value* trust = Joint("ssl.truststore.location");
  if (trust != nullptr && !Has("ssl.ca.location") && !Has("ssl.ca.pem")) JoinTrustStore(*trust);
  const Value* keys = Joint("ssl.keystore.location");
  if (keys != nullptr && !Has("ssl.certificate.location") && !Has("ssl.certificate.pem")) {
    JoinKeyStore(*keys);
  }
}

void ClientConfig::JoinTrustStore(const Value& location) {
  const Value* type = Joint("ssl.truststore.type");
  std::optional<StoreKind> kind = KindOfStore(location.text);
  if (!kind) kind = KindOfType(type == nullptr ? "jks" : type->text);
  if (kind == StoreKind::kPem) return SetChecked("ssl.ca.location", location.text, location.source);
  if (kind == StoreKind::kPkcs12) {
    const Value* password = Joint("ssl.truststore.password");
    const std::string text = password == nullptr ? std::string() : password->text;
    return SetChecked("ssl.ca.pem", CertificatesOf(location.text, text), location.source);
  }
  Refuse("ssl.truststore is a Java keystore (JKS), which only Java reads; PKCS#12 and PEM work",
         location.text, ConversionOf(location.text, "ssl.truststore"));
}

void ClientConfig::JoinKeyStore(const Value& location) {
  const Value* type = Joint("ssl.keystore.type");
  std::optional<StoreKind> kind = KindOfStore(location.text);
  // librdkafka's name as well, which then is a PKCS#12 file.
  if (!kind) kind = KindOfType(type == nullptr ? "pkcs12" : type->text);
  if (kind == StoreKind::kJks) {
    Refuse("ssl.keystore is a Java keystore (JKS), which only Java reads; PKCS#12 and PEM work",
           location.text, ConversionOf(location.text, "ssl.keystore"));
  }
  if (kind == StoreKind::kPem) {
    SetChecked("ssl.certificate.location", location.text, location.source);
    return Add("ssl.key.location", location.text, location.source);
  }
  SetChecked("ssl.keystore.location", location.text, location.source);
}

void ClientConfig::JoinTls() {
  if (const Value* check = Joint("ssl.endpoint.identification.algorithm")) {
    SetChecked("ssl.endpoint.identification.algorithm",
               check->text.empty() ? "none" : Lower(check->text), check->source);
  }
  const Value* suites = Joint("ssl.cipher.suites");
  if (suites == nullptr) return;
  // Java's names of them, TLS_AES_256_GCM_SHA384, mean nothing to OpenSSL's list.
  if (suites->text.find("TLS_") != std::string::npos) {
    return PassOver({"ssl.cipher.suites", "", ""});
  }
  SetChecked("ssl.cipher.suites", suites->text, suites->source);
}

void ClientConfig::JoinCompression() {
  const auto type = properties_.find("compression.type");
  const std::string used = type == properties_.end() ? "lz4" : type->second;
  const Value* level = Joint("compression." + used + ".level");
  if (level == nullptr) return;
  constexpr std::int64_t kLeast = -1;
  constexpr std::int64_t kMost = 12;  // librdkafka's
  const std::optional<std::int64_t> number = WholeNumber<std::int64_t>(level->text);
  Add("compression.level",
      number ? std::to_string(std::clamp(*number, kLeast, kMost)) : level->text, level->source);
}

// A transaction ends all that is in it: librdkafka refuses a message that would outlive it, and
// Java's default of delivery.timeout.ms does.
void ClientConfig::JoinTimes() {
  constexpr std::int64_t kTransactionDefault = 60'000;  // librdkafka's, and onceload's
  const auto message = properties_.find("message.timeout.ms");
  if (message == properties_.end()) return;
  const auto transaction = properties_.find("transaction.timeout.ms");
  const std::int64_t most =
      transaction == properties_.end()
          ? kTransactionDefault
          : WholeNumber<std::int64_t>(transaction->second).value_or(kTransactionDefault);
  if (WholeNumber<std::int64_t>(message->second).value_or(0) <= most) return;
  Remark("delivery.timeout.ms=" + message->second + " is longer than a transaction lives: " +
         std::to_string(most) + " is used, as transaction.timeout.ms");
  message->second = std::to_string(most);
}

void ClientConfig::LoadFile(const std::string& path) {
  const std::optional<std::string> text = TextOfFile(path);
  if (!text) {
    Refuse("cannot read the properties file", path, "check the path and its permissions");
  }
  for (const JavaProperty& property : ParseJavaProperties(*text)) {
    Set(property.name, property.value, path + ":" + std::to_string(property.line));
  }
}

std::string ClientConfig::RegistryProperty(const std::string& name) const {
  const auto found = registry_.find(name);
  if (found == registry_.end()) return {};
  return ExpandedValue(found->second.text, found->second.source + " " + name);
}

void ClientConfig::UseRegistry() {
  std::erase_if(passed_over_, [&](const std::string& name) {
    return registry_.contains(std::string(WithoutRegistryPrefix(name)));
  });
}

std::string ClientConfig::bootstrap() const {
  const auto found = properties_.find("bootstrap.servers");
  return found == properties_.end() ? std::string() : found->second;
}

std::vector<ConfigRemark> ClientConfig::remarks() const {
  std::vector<ConfigRemark> remarks = remarks_;
  if (passed_over_.empty()) return remarks;
  std::string names;
  for (std::size_t i = 0; i < passed_over_.size() && i < kPassedOverTold; ++i) {
    names += (i == 0 ? "" : ", ") + passed_over_[i];
  }
  if (passed_over_.size() > kPassedOverTold) {
    names += " and " + std::to_string(passed_over_.size() - kPassedOverTold) + " more";
  }
  remarks.push_back(
      {"client properties that are other programs', or Java's own, are passed over: " + names,
       false});
  return remarks;
}

std::vector<std::string> ClientConfig::secrets() const {
  std::vector<std::string> secrets;
  for (const auto& [name, value] : properties_) {
    if (IsSecretProperty(name)) secrets.push_back(value);
    const std::string user_info = UserInfoOf(value);
    if (!user_info.empty()) secrets.push_back(user_info);
  }
  return secrets;
}

ClientConfig ClientConfig::Renewed() const {
  try {
    ClientConfig anew;
    for (const Said& said : said_) anew.Set(said.name, said.value, said.source);
    anew.Finish();
    anew.answered_ = answered_;
    return anew;
  } catch (const Error&) {
    return *this;
  }
}

}  // namespace onceload
