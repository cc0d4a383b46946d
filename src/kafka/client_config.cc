#include "onceload/kafka/client_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "kafka/java_properties.h"
#include "kafka/rdkafka_ptr.h"
#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/nearest_name.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

// What exactly-once rests on, with the reason told to who asks for something else. `allowed`: the
// value onceload uses itself; saying so does no harm.
struct Guarded {
  std::string_view name;
  std::string_view allowed;
  std::string_view reason;
};
constexpr std::array kGuarded{
    Guarded{"acks", "all", "a row counts once all in-sync replicas have it"},
    Guarded{"acks", "-1", "a row counts once all in-sync replicas have it"},
    Guarded{"request.required.acks", "-1", "a row counts once all in-sync replicas have it"},
    Guarded{"enable.idempotence", "true", "without it a retried batch is doubled"},
    Guarded{"transactional.id", "", "it is made from the load's name and fences older runs"},
    Guarded{"isolation.level", "read_committed", "the audit reads what readers will see"},
    Guarded{"partitioner", "murmur2", "rows are partitioned as Kafka's Java client does it"},
    Guarded{"partitioner", "murmur2_random", "rows are partitioned as Kafka's Java client does it"},
    Guarded{"partitioner.class", "", "rows are partitioned as Kafka's Java client does it"},
    Guarded{"delivery.report.only.error", "false", "offsets of delivered rows are recorded"},
    Guarded{"dr_cb", "", "offsets of delivered rows are recorded"},
    Guarded{"allow.auto.create.topics", "false", "a mistyped topic must not come to life"},
    Guarded{"enable.auto.commit", "false", "positions are kept in transactions"},
    Guarded{"enable.auto.offset.store", "false", "positions are kept in transactions"},
    Guarded{"enable.partition.eof", "true", "reading stops at known ends"},
    Guarded{"auto.offset.reset", "error", "reading starts at known offsets"},
    Guarded{"enable.gapless.guarantee", "", "it does not act on transactions"},
    Guarded{"queuing.strategy", "fifo", "it would change the order of rows"},
    Guarded{"test.mock.num.brokers", "", "it is no real cluster"},
};

constexpr int kInFlightMax = 5;  // more could reorder retried batches

// A Java client needs these; librdkafka or onceload has no use for them.
constexpr std::array<std::string_view, 14> kNotNeeded{
    "key.serializer",          "value.serializer",     "key.deserializer", "value.deserializer",
    "buffer.memory",           "max.block.ms",         "ssl.protocol",     "ssl.enabled.protocols",
    "ssl.truststore.password", "client.dns.lookup",    "metric.reporters", "interceptor.classes",
    "default.api.timeout.ms",  "bootstrap.controllers"};

std::vector<std::string> KnownProperties() {
  const ConfPtr conf(rd_kafka_conf_new());
  std::size_t count = 0;
  const char** dump = rd_kafka_conf_dump(conf.get(), &count);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; i += 2) names.emplace_back(dump[i]);
  rd_kafka_conf_dump_free(dump, count);
  rd_kafka_topic_conf_t* topic = rd_kafka_topic_conf_new();
  dump = rd_kafka_topic_conf_dump(topic, &count);
  for (std::size_t i = 0; i < count; i += 2) names.emplace_back(dump[i]);
  rd_kafka_conf_dump_free(dump, count);
  rd_kafka_topic_conf_destroy(topic);
  return names;
}

// Parts of names: librdkafka's "sensitive" properties and Java's passwords. A name that is not
// known may hold one all the same: it may be mistyped.
constexpr std::array<std::string_view, 10> kSecretParts{
    "password", "passphrase",   "jaas",  "secret",      "ssl.key.pem",
    "ssl_key",  "keystore.key", "token", "private.key", "user.info"};

// "NAME=VALUE", the value masked where it may be a secret.
std::string Assignment(const std::string& name, const std::string& value) {
  return name + "=" + (IsSecretProperty(name) ? "..." : value);
}

[[noreturn]] void Refuse(const std::string& what, const std::string& where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, where, advice);
}

// Throws if the property is one of those; true if it is, with the value onceload has anyway.
bool CheckGuarded(const std::string& name, const std::string& value, const std::string& source) {
  const Guarded* guard = nullptr;
  for (const Guarded& candidate : kGuarded) {
    if (candidate.name != name) continue;
    if (!candidate.allowed.empty() && candidate.allowed == value) return true;
    guard = &candidate;
  }
  if (guard != nullptr) {
    Refuse("property " + name + " cannot be set: " + std::string(guard->reason),
           source + " " + Assignment(name, value), "leave it out");
  }
  if (name == "max.in.flight" || name == "max.in.flight.requests.per.connection") {
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number < 1 ||
        number > kInFlightMax) {
      Refuse("property " + name + " cannot be set above 5: retried batches could change places",
             source + " " + Assignment(name, value), "leave it out");
    }
  }
  return false;
}

// librdkafka's reason may repeat the value.
std::string Reason(const std::string& name, const char* reason) {
  return IsSecretProperty(name) ? std::string() : " (" + std::string(reason) + ")";
}

}  // namespace

bool IsSecretProperty(std::string_view name) {
  return std::any_of(kSecretParts.begin(), kSecretParts.end(), [&](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  });
}

void ClientConfig::Set(const std::string& name, const std::string& value,
                       const std::string& source) {
  if (CheckGuarded(name, value, source)) return;
  if (std::find(kNotNeeded.begin(), kNotNeeded.end(), name) != kNotNeeded.end()) return;
  if (!TranslateJava(name, value, source)) SetChecked(name, value, source);
}

void ClientConfig::SetChecked(const std::string& name, const std::string& value,
                              const std::string& source) {
  const ConfPtr conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  switch (
      rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size())) {
    case RD_KAFKA_CONF_OK:
      properties_[name == "sasl.mechanism" ? "sasl.mechanisms" : name] = value;
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

bool ClientConfig::TranslateJava(const std::string& name, const std::string& value,
                                 const std::string& source) {
  if (name == "sasl.jaas.config") {
    const std::optional<JaasCredentials> credentials = ParseJaasConfig(value);
    if (!credentials || (credentials->login_module.find("PlainLoginModule") == std::string::npos &&
                         credentials->login_module.find("ScramLoginModule") == std::string::npos)) {
      Refuse(
          "sasl.jaas.config has no PlainLoginModule or ScramLoginModule with username and "
          "password",
          source, "set sasl.username, sasl.password and whatever else the mechanism needs instead");
    }
    SetChecked("sasl.username", credentials->username, source);
    SetChecked("sasl.password", credentials->password, source);
    return true;
  }
  if (name == "ssl.truststore.certificates") return SetChecked("ssl.ca.pem", value, source), true;
  if (name == "ssl.keystore.certificate.chain") {
    return SetChecked("ssl.certificate.pem", value, source), true;
  }
  if (name == "ssl.keystore.key") return SetChecked("ssl.key.pem", value, source), true;
  if (name == "ssl.endpoint.identification.algorithm") {
    return SetChecked(name, value.empty() ? "none" : Lower(value), source), true;
  }
  if (name == "security.protocol") return SetChecked(name, Lower(value), source), true;
  if (name == "ssl.truststore.type" || name == "ssl.truststore.location" ||
      name == "ssl.keystore.type") {
    java_[name] = value;
    return true;
  }
  return false;
}

void ClientConfig::Finish() {
  const auto pem_path = [this](const std::string& store) -> std::string {
    const std::string type =
        Lower(java_.contains(store + ".type") ? java_[store + ".type"] : "jks");
    std::string path = java_[store + ".location"];
    if (type != "pem") {
      Refuse(store + " is a Java keystore (" + type + "), which librdkafka cannot read", path,
             "convert it: keytool -importkeystore -srckeystore " + path +
                 " -destkeystore store.p12 -deststoretype PKCS12 && openssl pkcs12 -in store.p12 "
                 "-nokeys -out ca.pem; then -X ssl.ca.location=ca.pem");
    }
    return path;
  };
  if (java_.contains("ssl.truststore.location")) {
    SetChecked("ssl.ca.location", pem_path("ssl.truststore"), "ssl.truststore.location");
  }
  const auto keystore = properties_.find("ssl.keystore.location");
  if (keystore != properties_.end() && java_.contains("ssl.keystore.type") &&
      Lower(java_["ssl.keystore.type"]) == "pem") {
    const std::string path = keystore->second;
    properties_.erase(keystore);
    SetChecked("ssl.certificate.location", path, "ssl.keystore.location");
    SetChecked("ssl.key.location", path, "ssl.keystore.location");
  }
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

std::string ClientConfig::bootstrap() const {
  const auto found = properties_.find("bootstrap.servers");
  return found == properties_.end() ? std::string() : found->second;
}

}  // namespace onceload
