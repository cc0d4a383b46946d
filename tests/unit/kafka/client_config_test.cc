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
