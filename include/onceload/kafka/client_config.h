// Client properties as the user gives them, checked, in librdkafka's names.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace onceload {

// Takes librdkafka's names and those of a Java client.properties, which people have at hand:
//
//   Java                                          | librdkafka
//   sasl.mechanism                                | sasl.mechanisms
//   sasl.jaas.config (PLAIN, SCRAM)               | sasl.username, sasl.password
//   ssl.truststore.location, type PEM             | ssl.ca.location
//   ssl.truststore.certificates                   | ssl.ca.pem
//   ssl.keystore.location, type PEM               | ssl.certificate.location, ssl.key.location
//   ssl.keystore.certificate.chain, .key          | ssl.certificate.pem, ssl.key.pem
//   ssl.endpoint.identification.algorithm = empty | none
//   serializers, deserializers, buffer.memory ... | not needed: passed over
//
// What exactly-once rests on cannot be set: acks, enable.idempotence, transactional.id,
// isolation.level and their like; asking for it throws Error(kUsage) that says why. So does an
// unknown property (with the nearest name), a value librdkafka refuses, and a JKS or PKCS#12
// truststore (with the command that converts it).
class ClientConfig {
 public:
  // `source` is where it was said ("-X", "client.properties:12"), for messages.
  // A later Set() of the same name wins.
  void Set(const std::string& name, const std::string& value, const std::string& source);

  // Java properties syntax: name=value or name:value, # and ! comments, \ at a line's end goes on.
  void LoadFile(const std::string& path);

  // librdkafka name -> value.
  const std::map<std::string, std::string>& properties() const { return properties_; }

  // "bootstrap.servers", or empty.
  std::string bootstrap() const;

  // Throws Error(kUsage) where properties that are fine alone do not fit together.
  void Finish();

 private:
  void SetChecked(const std::string& name, const std::string& value, const std::string& source);
  bool TranslateJava(const std::string& name, const std::string& value, const std::string& source);

  std::map<std::string, std::string> properties_;
  std::map<std::string, std::string> java_;  // those that only mean something together
};

// client.id unless the user sets it.
inline constexpr char kClientId[] = "onceload";

// May its value be a password or a private key, which nothing may print?
bool IsSecretProperty(std::string_view name);

}  // namespace onceload
