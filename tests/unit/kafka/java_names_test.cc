// All names of Kafka's Java clients, and files as services hand them out.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "kafka/property_table.h"
#include "onceload/core/error.h"
#include "onceload/kafka/client_config.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

using Properties = std::map<std::string, std::string>;

const std::filesystem::path kData =
    std::filesystem::path(ONCELOAD_SOURCE_DIR) / "tests/data/properties";

std::string Filled(std::string text, const std::string& mark, const std::string& with) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    text.replace(at, mark.size(), with);
  }
  return text;
}

struct Loaded {
  Properties properties;
  std::vector<std::string> remarks;
  std::string refusal;  // empty: taken
};

// The vendor's file beside the certificates it names.
Loaded Load(const std::string& name, const std::string& ca_pem = "") {
  std::ifstream in(kData / name);
  std::stringstream text;
  text << in.rdbuf();
  TempDir directory;
  const std::string path = directory.path() / name;
  std::ofstream(path) << Filled(Filled(text.str(), "@DIR@", kData / "stores"), "@PEM_ONE_LINE@",
                                ca_pem);
  Loaded loaded;
  try {
    ClientConfig config;
    config.LoadFile(path);
    config.Finish();
    loaded.properties = config.properties();
    for (const ConfigRemark& remark : config.remarks()) loaded.remarks.push_back(remark.text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    loaded.refusal = error.Line();
  }
  return loaded;
}

TEST(JavaNames, EachIsMappedPassedOverOrRefusedWithAReason) {
  std::ifstream names(kData / "java_clients_4.3.1.tsv");
  std::string line;
  int count = 0;
  int refused = 0;
  while (std::getline(names, line)) {
    ++count;
    const std::string name = line.substr(0, line.find('\t'));
    const std::string standard = line.substr(line.find('\t') + 1);
    ClientConfig config;
    try {
      config.Set(name, standard.empty() ? "x" : standard, "client.properties:1");
    } catch (const Error& error) {
      ++refused;
      EXPECT_EQ(std::string(error.what()).find("unknown"), std::string::npos) << error.Line();
      EXPECT_NE(error.advice(), "") << error.Line();
    }
  }
  EXPECT_GE(count, 141);
  // Java's defaults that a loader must not have, and "x" where a number or a choice is wanted.
  EXPECT_LE(refused, 12);
}

TEST(JavaNames, AMistypedOneNamesTheNearest) {
  ClientConfig config;
  try {
    config.Set("max.request.sizee", "1", "client.properties:1");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.advice(), "did you mean max.request.size?");
  }
}

TEST(JavaNames, NumbersComeIntoTheBoundsOfTheClientLibrary) {
  ClientConfig config;
  config.Set("max.request.size", "2147483647", "f:1");
  config.Set("connections.max.idle.ms", "-1", "f:2");
  config.Set("send.buffer.bytes", "-1", "f:3");
  config.Finish();
  EXPECT_EQ(config.properties().at("message.max.bytes"), "1000000000");
  EXPECT_EQ(config.properties().at("connections.max.idle.ms"), "0");
  EXPECT_EQ(config.properties().at("socket.send.buffer.bytes"), "0");
  ASSERT_EQ(config.remarks().size(), 1U);
  EXPECT_NE(config.remarks()[0].text.find("max.request.size=2147483647 (f:1)"), std::string::npos);
}

TEST(JavaNames, ADeliveryThatOutlivesItsTransactionIsCutWithALine) {
  ClientConfig config;
  config.Set("delivery.timeout.ms", "120000", "f:1");
  config.Finish();
  EXPECT_EQ(config.properties().at("message.timeout.ms"), "60000");
  ASSERT_EQ(config.remarks().size(), 1U);
  EXPECT_NE(config.remarks()[0].text.find("transaction.timeout.ms"), std::string::npos);
  ClientConfig longer;
  longer.Set("transaction.timeout.ms", "200000", "f:1");
  longer.Set("delivery.timeout.ms", "120000", "f:2");
  longer.Finish();
  EXPECT_EQ(longer.properties().at("message.timeout.ms"), "120000");
}

TEST(JavaNames, LevelsOfOtherCompressionsDoNotMatter) {
  ClientConfig config;
  config.Set("compression.type", "zstd", "f:1");
  config.Set("compression.gzip.level", "9", "f:2");
  config.Set("compression.zstd.level", "22", "f:3");
  config.Finish();
  EXPECT_EQ(config.properties().at("compression.level"), "12");
}

TEST(VendorFiles, ConfluentCloud) {
  const Loaded java = Load("confluent_cloud_java.properties");
  EXPECT_EQ(java.refusal, "");
  EXPECT_EQ(java.properties.at("sasl.username"), "KEY1234567890");
  EXPECT_EQ(java.properties.at("sasl.password"), "cc/Secret+1");
  EXPECT_EQ(java.properties.at("client.id"), "ccloud-java-client-0f2ac6ad");
  EXPECT_FALSE(java.properties.contains("session.timeout.ms"));
  ASSERT_EQ(java.remarks.size(), 1U) << "one line for all that is passed over";
  EXPECT_NE(java.remarks[0].find("schema.registry.url"), std::string::npos);
  EXPECT_EQ(java.remarks[0].find("SRSECRET"), std::string::npos);
  const Loaded librdkafka = Load("confluent_cloud_librdkafka.properties");
  EXPECT_EQ(librdkafka.refusal, "");
  EXPECT_FALSE(librdkafka.properties.contains("group.id"));
}

TEST(VendorFiles, Aiven) {
  const Loaded pem = Load("aiven_java_pem.properties");
  EXPECT_EQ(pem.refusal, "");
  EXPECT_EQ(pem.properties.at("ssl.key.location"), pem.properties.at("ssl.certificate.location"));
  EXPECT_EQ(Load("aiven_librdkafka.properties").refusal, "");
  const Loaded stores = Load("aiven_java_stores.properties");
  EXPECT_NE(stores.refusal.find("keytool -importkeystore"), std::string::npos) << stores.refusal;
}

TEST(VendorFiles, StrimziPkcs12AndItsOauth) {
  const Loaded tls = Load("strimzi_tls.properties");
  EXPECT_EQ(tls.refusal, "");
  EXPECT_EQ(tls.properties.at("ssl.ca.pem").find("-----BEGIN CERTIFICATE-----"), 0U);
  EXPECT_EQ(tls.properties.at("ssl.endpoint.identification.algorithm"), "none");
  const Loaded scram = Load("strimzi_scram.properties");
  EXPECT_EQ(scram.properties.at("sasl.password"), "sCr4m\"secret");
  const Loaded oauth = Load("strimzi_oauth.properties");
  EXPECT_EQ(oauth.refusal, "");
  EXPECT_EQ(oauth.properties.at("sasl.oauthbearer.method"), "oidc");
  EXPECT_EQ(oauth.properties.at("sasl.oauthbearer.client.id"), "team-a-producer");
}

TEST(VendorFiles, AmazonMsk) {
  for (const char* name : {"msk_iam.properties", "msk_iam_oauth.properties"}) {
    const Loaded iam = Load(name);
    EXPECT_NE(iam.refusal.find("AWS_MSK_IAM"), std::string::npos) << iam.refusal;
    EXPECT_NE(iam.refusal.find("SCRAM-SHA-512"), std::string::npos) << "what works there instead";
  }
  ::setenv("ONCELOAD_TEST_MSK_PASSWORD", "from \"env\"", 1);
  EXPECT_EQ(Load("msk_scram.properties").properties.at("sasl.password"), "from \"env\"");
  EXPECT_NE(Load("msk_tls.properties").refusal.find("keytool"), std::string::npos);
}

TEST(VendorFiles, EventHubs) {
  const Loaded java = Load("event_hubs_java.properties");
  EXPECT_EQ(java.refusal, "");
  EXPECT_EQ(java.properties.at("sasl.username"), "$ConnectionString");
  EXPECT_EQ(java.properties.at("message.max.bytes"), "1000000");
  EXPECT_EQ(java.properties.at("message.timeout.ms"), "60000");
  const Loaded oauth = Load("event_hubs_oauth.properties");
  EXPECT_EQ(oauth.refusal, "");
  EXPECT_EQ(oauth.properties.at("sasl.oauthbearer.scope"),
            "https://demo-ns.servicebus.windows.example.net/.default");
}

TEST(VendorFiles, RedpandaWithBlanksAndAPemOfOneLine) {
  EXPECT_EQ(Load("redpanda_java.properties").refusal, "");
  const Loaded blanks = Load("redpanda_self_signed.properties",
                             "-----BEGIN CERTIFICATE----- QUJD REVG -----END CERTIFICATE-----");
  EXPECT_EQ(blanks.refusal, "");
  EXPECT_EQ(blanks.properties.at("security.protocol"), "sasl_ssl");
  EXPECT_EQ(blanks.properties.at("ssl.ca.pem"),
            "-----BEGIN CERTIFICATE-----\nQUJD\nREVG\n-----END CERTIFICATE-----\n");
}

TEST(VendorFiles, KafkasOwnOauthAndKerberos) {
  const Loaded oauth = Load("kafka_oauth_4_1.properties");
  EXPECT_EQ(oauth.refusal, "");
  EXPECT_EQ(oauth.properties.at("sasl.oauthbearer.client.secret"), "$3cr3+");
  EXPECT_EQ(oauth.properties.at("sasl.oauthbearer.method"), "oidc");
  const Loaded kerberos = Load("kerberos.properties");
  EXPECT_EQ(kerberos.refusal, "");
  EXPECT_EQ(kerberos.properties.at("sasl.kerberos.principal"), "kafka-client-1@EXAMPLE.COM");
  EXPECT_FALSE(kerberos.properties.contains("sasl.kerberos.kinit.cmd")) << "Java's is a path";
  EXPECT_EQ(Load("java_producer.properties").refusal, "");
}

TEST(Advice, ALocationInLibrdkafkasNamesStandsInThePlaceOfAStore) {
  ClientConfig config;
  config.Set("ssl.truststore.location", "/keys/trust.jks", "f:1");
  config.Set("ssl.truststore.type", "JKS", "f:2");
  config.Set("ssl.ca.location", "/keys/ca.pem", "-X");
  config.Finish();
  EXPECT_EQ(config.properties().at("ssl.ca.location"), "/keys/ca.pem");
}

std::string RefusalOf(const Properties& properties) {
  ClientConfig config;
  try {
    for (const auto& [name, value] : properties) config.Set(name, value, "f:1");
    config.Finish();
  } catch (const Error& error) {
    return error.Line();
  }
  return "";
}

TEST(Advice, AMechanismThatIsMissingOrMistypedIsSaid) {
  EXPECT_NE(RefusalOf({{"security.protocol", "SASL_SSL"}}).find("without sasl.mechanism"),
            std::string::npos);
  EXPECT_NE(RefusalOf({{"security.protocol", "SASL_SSL"}, {"sasl.mechanism", "SCRAM-SHA256"}})
                .find("did you mean SCRAM-SHA-256?"),
            std::string::npos);
  EXPECT_NE(RefusalOf({{"security.protocol", "SASL_SSL"}, {"sasl.mechanism", "OAUTHBEARER"}})
                .find("token.endpoint.url"),
            std::string::npos);
  EXPECT_NE(RefusalOf({{"security.protocol", "SASL_SSL"},
                       {"sasl.mechanism", "PLAIN"},
                       {"sasl.jaas.config", "x.PlainLoginModule required username=\"u\";"}})
                .find("password"),
            std::string::npos);
}

}  // namespace
}  // namespace onceload
