// What librdkafka itself says of a configuration.
#include <fstream>

#include <gtest/gtest.h>

#include "kafka/rdkafka_client.h"
#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

// Why there is no client; empty: there is one.
std::string Refusal(const ClientConfig& config, Properties defaults, Properties fixed) {
  ClientEvents events;
  try {
    const KafkaPtr client =
        MakeClient(RD_KAFKA_PRODUCER, MakeConf(config, defaults, fixed, events));
    return client ? "" : "none";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.Line();
  }
}

ClientConfig WithCa(const std::string& path) {
  ClientConfig config;
  config.Set("security.protocol", "SSL", "-X");
  config.Set("ssl.ca.location", path, "-X");
  config.Finish();
  return config;
}

// OpenSSL's words name neither.
TEST(MakeClientTest, AFileThatCannotBeReadIsNamedWithItsProperty) {
  TempDir directory;
  EXPECT_EQ(Refusal(WithCa("/none/ca.pem"), {}, {}),
            "a file of the client properties cannot be read: ssl.ca.location=/none/ca.pem; check "
            "its path and permissions");
  std::ofstream(directory / "ca.pem") << "no certificate";
  EXPECT_TRUE(Refusal(WithCa(directory / "ca.pem"), {}, {})
                  .starts_with("librdkafka cannot make a client: "));
}

TEST(MakeClientTest, ADefaultThatIsNotKnownIsPassedOver) {
  EXPECT_EQ(Refusal({}, {{"no.such.default", "1"}}, {}), "");
  EXPECT_EQ(Refusal({}, {{"linger.ms", "soon"}}, {}).find("librdkafka refuses a property: "), 0U);
  const std::string fixed = Refusal({}, {}, {{"no.such.fixed", "1"}});
  EXPECT_EQ(fixed.find("librdkafka refuses a property: no.such.fixed=1 ("), 0U) << fixed;
}

}  // namespace
}  // namespace onceload
