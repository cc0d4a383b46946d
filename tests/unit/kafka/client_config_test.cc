#include "onceload/kafka/client_config.h"

#include <fstream>

#include <gtest/gtest.h>

#include "kafka/java_properties.h"
#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

std::string ErrorOf(const std::string& name, const std::string& value) {
  ClientConfig config;
  try {
    config.Set(name, value, "-X");
    config.Finish();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.Line();
  }
  return "";
}

std::string PropertyOf(const ClientConfig& config, const std::string& name) {
  const auto found = config.properties().find(name);
  return found == config.properties().end() ? "" : found->second;
}

TEST(ClientConfigTest, WhatExactlyOnceRestsOnCannotBeSet) {
  for (const auto& [name, value] : {std::pair{"acks", "1"},
                                    {"enable.idempotence", "false"},
                                    {"transactional.id", "x"},
                                    {"max.in.flight", "10"},
                                    {"max.in.flight.requests.per.connection", "6"},
                                    {"isolation.level", "read_uncommitted"},
                                    {"partitioner", "random"}}) {
    const std::string error = ErrorOf(name, value);
    EXPECT_NE(error.find(name), std::string::npos) << name;
    EXPECT_NE(error.find("cannot be set"), std::string::npos) << error;
  }
}

TEST(ClientConfigTest, SayingWhatIsTheCaseAnywayDoesNoHarm) {
  for (const auto& [name, value] : {std::pair{"acks", "all"},
                                    {"acks", "-1"},
                                    {"enable.idempotence", "true"},
                                    {"max.in.flight", "5"}}) {
    EXPECT_EQ(ErrorOf(name, value), "") << name;
  }
}

TEST(ClientConfigTest, UnknownPropertyNamesTheNearest) {
  EXPECT_NE(ErrorOf("batch.num.mesages", "5").find("did you mean batch.num.messages"),
            std::string::npos);
}

TEST(ClientConfigTest, BadValueIsNamed) {
  EXPECT_NE(ErrorOf("linger.ms", "soon").find("linger.ms=soon"), std::string::npos);
}

TEST(ClientConfigTest, JavaTruststoreIsRefusedWithTheConversion) {
  ClientConfig config;
  config.Set("ssl.truststore.location", "/keys/trust.jks", "-X");
  try {
    config.Finish();
    FAIL() << "a JKS truststore was accepted";
  } catch (const Error& error) {
    EXPECT_NE(error.advice().find("keytool"), std::string::npos);
  }
}

TEST(ClientConfigTest, JavaPropertiesFileIsTranslated) {
  TempDir directory;
  const std::string path = (directory.path() / "client.properties").string();
  std::ofstream(path) << "# comment\nsecurity.protocol=SASL_SSL\nsasl.mechanism : SCRAM-SHA-256\n"
                         "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule "
                         "required \\\n   username=\"loader\" password=\"a\\\"b;c\";\n"
                         "ssl.truststore.type=PEM\nssl.truststore.location=/keys/ca.pem\n"
                         "key.serializer=org.apache.kafka.common.serialization.StringSerializer\n";
  ClientConfig config;
  config.LoadFile(path);
  config.Finish();
  EXPECT_EQ(PropertyOf(config, "security.protocol"), "sasl_ssl");
  EXPECT_EQ(PropertyOf(config, "sasl.mechanisms"), "SCRAM-SHA-256");
  EXPECT_EQ(PropertyOf(config, "sasl.username"), "loader");
  EXPECT_EQ(PropertyOf(config, "ssl.ca.location"), "/keys/ca.pem");
  EXPECT_EQ(PropertyOf(config, "key.serializer"), "");
}

TEST(ClientConfigTest, FileThatCannotBeReadIsNamed) {
  ClientConfig config;
  EXPECT_THROW(config.LoadFile("/nonexistent/client.properties"), Error);
}

// librdkafka has properties of topics that are no clients'.
TEST(ClientConfigTest, UnknownPropertyNamesTheNearestOfATopic) {
  EXPECT_NE(ErrorOf("consume.callback.max.mesages", "5")
                .find("did you mean consume.callback.max.messages"),
            std::string::npos);
}

// Said in a store's name, its type is what the file does not tell by itself.
TEST(ClientConfigTest, AKeyStoreThatDoesNotTellItsKindHasItsType) {
  const auto with = [](const std::string& type) {
    ClientConfig config;
    config.Set("ssl.keystore.location", "/none/keys", "-X");
    if (!type.empty()) config.Set("ssl.keystore.type", type, "-X");
    config.Finish();
    return config;
  };
  EXPECT_EQ(PropertyOf(with(""), "ssl.keystore.location"), "/none/keys");
  EXPECT_EQ(PropertyOf(with("PKCS12"), "ssl.keystore.location"), "/none/keys");
  const ClientConfig pem = with("PEM");
  EXPECT_EQ(PropertyOf(pem, "ssl.keystore.location"), "");
  EXPECT_EQ(PropertyOf(pem, "ssl.certificate.location"), "/none/keys");
  EXPECT_EQ(PropertyOf(pem, "ssl.key.location"), "/none/keys");
  try {
    with("JKS");
    FAIL() << "only Java reads it";
  } catch (const Error& error) {
    EXPECT_NE(error.advice().find("ssl.keystore.type=PKCS12"), std::string::npos);
  }
}

TEST(ClientConfigTest, WhatIsSaidInLibrdkafkasNamesStandsInPlaceOfAStore) {
  ClientConfig config;
  config.Set("ssl.keystore.location", "/none/keys", "-X");
  config.Set("ssl.certificate.location", "/none/certificate", "-X");
  config.Set("ssl.truststore.location", "/none/trust.jks", "-X");
  config.Set("ssl.ca.location", "/none/ca", "-X");
  config.Finish();
  EXPECT_EQ(PropertyOf(config, "ssl.keystore.location"), "");
  EXPECT_EQ(PropertyOf(config, "ssl.certificate.location"), "/none/certificate");
  EXPECT_EQ(PropertyOf(config, "ssl.ca.location"), "/none/ca");
}

TEST(ClientConfigTest, CipherSuitesAreOpenSslsNames) {
  ClientConfig config;
  config.Set("ssl.cipher.suites", "ECDHE-RSA-AES256-GCM-SHA384", "-X");
  config.Finish();
  EXPECT_EQ(PropertyOf(config, "ssl.cipher.suites"), "ECDHE-RSA-AES256-GCM-SHA384");
  EXPECT_TRUE(config.remarks().empty());
  ClientConfig java;
  java.Set("ssl.cipher.suites", "TLS_AES_256_GCM_SHA384", "-X");
  java.Finish();
  EXPECT_EQ(PropertyOf(java, "ssl.cipher.suites"), "");
  ASSERT_EQ(java.remarks().size(), 1U);
  EXPECT_TRUE(java.remarks()[0].text.ends_with("passed over: ssl.cipher.suites"));
}

TEST(ClientConfigTest, ADeliveryMayTakeAsLongAsItsTransaction) {
  for (const char* milliseconds : {"59999", "60000"}) {
    ClientConfig config;
    config.Set("delivery.timeout.ms", milliseconds, "-X");
    config.Finish();
    EXPECT_EQ(PropertyOf(config, "message.timeout.ms"), milliseconds);
    EXPECT_TRUE(config.remarks().empty());
  }
}

// Only loads whose formats have schemas ask a registry; for all others they are nobody's.
TEST(ClientConfigTest, WhatIsARegistrysIsPassedOverUnlessItIsUsed) {
  TempDir directory;
  const std::string token = directory / "token";
  std::ofstream(token) << "secret\n";
  ClientConfig config;
  config.Set("schema.registry.url", "http://registry", "-X");
  config.Set("basic.auth.user.info", "@" + token, "-X");
  config.Set("avro.use.logical.type.converters", "true", "-X");
  config.Finish();
  EXPECT_EQ(config.RegistryProperty("url"), "http://registry");
  EXPECT_EQ(config.RegistryProperty("basic.auth.user.info"), "secret");
  EXPECT_EQ(config.RegistryProperty("bearer.auth.token"), "");
  EXPECT_EQ(config.RegistryProperty("avro.use.logical.type.converters"), "") << "another's";
  ASSERT_EQ(config.remarks().size(), 1U);
  EXPECT_TRUE(config.remarks()[0].text.ends_with(
      ": schema.registry.url, basic.auth.user.info, avro.use.logical.type.converters"));
  config.UseRegistry();
  ASSERT_EQ(config.remarks().size(), 1U);
  EXPECT_TRUE(config.remarks()[0].text.ends_with(": avro.use.logical.type.converters"));
}

TEST(ClientConfigTest, OfManyThatArePassedOverTheFirstEightAreNamed) {
  ClientConfig config;
  for (int i = 0; i < 8; ++i) config.Set("metrics.x" + std::to_string(i), "1", "-X");
  config.Set("metrics.x0", "2", "-X");
  ASSERT_EQ(config.remarks().size(), 1U);
  EXPECT_TRUE(config.remarks()[0].text.ends_with("metrics.x6, metrics.x7"))
      << config.remarks()[0].text;
  config.Set("metrics.x8", "1", "-X");
  EXPECT_TRUE(config.remarks()[0].text.ends_with("metrics.x6, metrics.x7 and 1 more"))
      << config.remarks()[0].text;
}

TEST(ClientConfigTest, SecretsAreSecretPropertiesAndWhatAnAddressHas) {
  ClientConfig config;
  config.Set("sasl.password", "pass word", "-X");
  config.Set("client.id", "me", "-X");
  config.Set("sasl.oauthbearer.token.endpoint.url", "https://user:key@host/token", "-X");
  EXPECT_EQ(config.secrets(), (std::vector<std::string>{"user:key", "pass word"}));
}

TEST(JavaPropertiesTest, LinesGoOnAndEscapesAreRead) {
  const auto properties =
      ParseJavaProperties("a=1\r\n! no\n  b : two\\\n   more\nc\\ d=\\u00e9\\t\nempty=\n");
  ASSERT_EQ(properties.size(), 4U);
  EXPECT_EQ(properties[0].value, "1");
  EXPECT_EQ(properties[1].name, "b");
  EXPECT_EQ(properties[1].value, "twomore");
  EXPECT_EQ(properties[1].line, 3U);
  EXPECT_EQ(properties[2].name, "c d");
  EXPECT_EQ(properties[2].value, "\xc3\xa9");
  EXPECT_EQ(properties[3].value, "");
}

TEST(JavaPropertiesTest, JaasIsAModuleAndItsOptions) {
  const JaasLogin login =
      ParseJaasConfig("x.PlainLoginModule required username='u' password=\"p w\";");
  EXPECT_EQ(login.module, "x.PlainLoginModule");
  EXPECT_EQ(login.options.at("username"), "u");
  EXPECT_EQ(login.options.at("password"), "p w");
  EXPECT_EQ(ParseJaasConfig("").module, "");
}

TEST(JavaPropertiesTest, BlanksAroundAValueAreNoneOfIt) {
  const auto properties = ParseJavaProperties("security.protocol = SASL_SSL \t \na=\\u0020b c \n");
  ASSERT_EQ(properties.size(), 2U);
  EXPECT_EQ(properties[0].value, "SASL_SSL");
  EXPECT_EQ(properties[1].value, "b c");
}

}  // namespace
}  // namespace onceload
