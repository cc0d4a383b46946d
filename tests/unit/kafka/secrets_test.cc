#include "onceload/kafka/secrets.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/kafka/client_config.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

class SecretsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = dir_.path() / name;
    std::ofstream(path) << text;
    return path;
  }

  TempDir dir_;
};

TEST_F(SecretsTest, ReferencesAreReplaced) {
  ::setenv("ONCELOAD_TEST_PW", "of env", 1);
  const std::string plain = Write("pw", "of file\n");
  const std::string keyed = Write("pw.properties", "user=u\npw = of key\n");
  EXPECT_EQ(Expanded("${env:ONCELOAD_TEST_PW}", ""), "of env");
  EXPECT_EQ(Expanded("${env::ONCELOAD_TEST_PW}", ""), "of env");
  EXPECT_EQ(Expanded("<${file:" + plain + "}>", ""), "<of file>");
  EXPECT_EQ(Expanded("${file:" + keyed + ":pw}", ""), "of key");
  EXPECT_EQ(Expanded("${directory:" + dir_.path().string() + ":pw}", ""), "of file");
  EXPECT_EQ(Expanded("$${env:X} $x {y}", ""), "${env:X} $x {y}");
  EXPECT_EQ(ExpandedValue("@" + plain, ""), "of file");
  EXPECT_EQ(ExpandedValue("@@home", ""), "@home");
  for (const char* text :
       {"${env:ONCELOAD_TEST_NONE}", "${vault:x:y}", "${file:/none}", "${env:X"}) {
    EXPECT_THROW(Expanded(text, "-X"), Error) << text;
  }
  EXPECT_THROW(ExpandedValue("@/none/such", "-X"), Error);
}

TEST(MaskedPropertyTest, NoSecretComesThrough) {
  for (const char* text :
       {"sasl.password=S3CRET", "sasl.password:S3CRET", "sasl.password S3CRET",
        "=sasl.password=S3CRET", "SASL.PASSWORD=S3CRET", "ssl.key.pem=-----BEGIN S3CRET",
        "ssl.keystore.key=S3CRET", "sasl.oauthbearer.assertion.private.key.pem=S3CRET",
        "sasl.oauthbearer.assertion.private.key.passphrase=S3CRET",
        "sasl.oauthbearer.config=principal=a secret=S3CRET", "sasl.passwordS3CRET",
        "sasl.oauthbearer.token.endpoint.url=http://u:S3CRET@h/t", "http.proxy=http://u:S3@CRET@h",
        "basic.auth.user.info=k:S3CRET", "-X sasl.password=S3CRET", "sasl.pasword.secret=S3CRET"}) {
    const std::string masked = MaskedProperty(text);
    EXPECT_EQ(masked.find("CRET"), std::string::npos) << masked;
  }
}

TEST(MaskedPropertyTest, TheRestIsShown) {
  for (const char* text :
       {"client.id=x", "linger.ms", "sasl.password=@/run/secrets/pw", "sasl.password=${env:PW}",
        "ssl.key.location=/k.pem", "sasl.oauthbearer.token.endpoint.url=https://h/token",
        "sasl.oauthbearer.assertion.private.key.file=/k.pem"}) {
    EXPECT_EQ(MaskedProperty(text), text);
  }
}

TEST_F(SecretsTest, ARenewedConfigHasWhatTheFileHasNow) {
  const std::string path = Write("pw", "before\n");
  ClientConfig config;
  config.Set("security.protocol", "SASL_SSL", "-X");
  config.Set("sasl.mechanism", "SCRAM-SHA-256", "-X");
  config.Set("sasl.jaas.config",
             "x.ScramLoginModule required username=\"u\" password=\"${file:" + path + "}\";", "-X");
  config.Finish();
  EXPECT_EQ(config.properties().at("sasl.password"), "before");
  Write("pw", "after\n");
  EXPECT_EQ(config.properties().at("sasl.password"), "before");
  EXPECT_EQ(config.Renewed().properties().at("sasl.password"), "after");
  std::filesystem::remove(path);
  EXPECT_EQ(config.Renewed().properties().at("sasl.password"), "before") << "while it is away";
  EXPECT_EQ(WithoutSecrets("refused before", config.secrets()), "refused ...");
}

}  // namespace
}  // namespace onceload
