// Each way to log in, as Java's properties say it.
#include "kafka/sasl_login.h"

#include <fstream>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

using Properties = std::map<std::string, std::string>;

// What is added, a line each; or why it is refused.
std::string Login(Properties properties, const Properties& java,
                  const std::string& protocol = "sasl_ssl") {
  properties["security.protocol"] = protocol;
  SaidValues said;
  for (const auto& [name, value] : java) said[name] = {value, "p:1"};
  try {
    std::string text;
    for (const auto& [name, value] : LoginOf({properties, said})) {
      text += name + "=" + value.text + " <" + value.source + ">\n";
    }
    return text;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    return error.Line();
  }
}

Properties Jaas(const std::string& config, const std::string& mechanism) {
  return {{"sasl.jaas.config", config}, {"sasl.mechanisms", mechanism}};
}

const std::string kPlain = "org.apache.kafka.common.security.plain.PlainLoginModule required ";
const std::string kScram = "org.apache.kafka.common.security.scram.ScramLoginModule required ";
const std::string kOauth = "x.OAuthBearerLoginModule required ";
const std::string kKerberos = "com.sun.security.auth.module.Krb5LoginModule required ";

TEST(SaslLoginTest, AUserAndAPassword) {
  EXPECT_EQ(Login({}, Jaas(kPlain + "username=\"u\" password=\"p\";", "PLAIN")),
            "sasl.password=p <p:1>\n"
            "sasl.username=u <p:1>\n");
  EXPECT_EQ(Login({}, Jaas(kScram + "username=\"u\" password=\"p\";", "SCRAM-SHA-512")),
            "sasl.password=p <p:1>\n"
            "sasl.username=u <p:1>\n");
  EXPECT_EQ(
      Login({{"sasl.username", "mine"}}, Jaas(kPlain + "username=\"u\" password=\"p\";", "PLAIN")),
      "sasl.password=p <p:1>\n");
  EXPECT_EQ(Login({{"sasl.username", "u"}, {"sasl.password", "p"}}, {{"sasl.mechanisms", "PLAIN"}}),
            "");
}

TEST(SaslLoginTest, AUserWithoutOneOfThemIsRefused) {
  EXPECT_EQ(Login({}, Jaas(kPlain + "username=\"u\";", "PLAIN")),
            "sasl.jaas.config has no PlainLoginModule or ScramLoginModule with username and "
            "password: p:1; add password=\"...\"; or set sasl.username and sasl.password instead");
  EXPECT_EQ(Login({}, Jaas(kPlain + "password=\"p\";", "PLAIN")),
            "sasl.jaas.config has no PlainLoginModule or ScramLoginModule with username and "
            "password: p:1; add username=\"...\"; or set sasl.username and sasl.password instead");
  EXPECT_EQ(Login({}, Jaas(kScram + "username=u password=p tokenauth=true;", "SCRAM-SHA-256")),
            "sasl.jaas.config logs in by a delegation token, which librdkafka cannot: p:1; use "
            "the user's own password");
  EXPECT_EQ(Login({{"sasl.username", "u"}}, {{"sasl.mechanisms", "SCRAM-SHA-256"}}),
            "sasl.mechanism=SCRAM-SHA-256 without sasl.password; set sasl.username and "
            "sasl.password, or sasl.jaas.config");
  EXPECT_EQ(Login({{"sasl.password", "p"}}, {{"sasl.mechanisms", "PLAIN"}}),
            "sasl.mechanism=PLAIN without sasl.username; set sasl.username and sasl.password, or "
            "sasl.jaas.config");
}

TEST(SaslLoginTest, OtherModulesAreRefused) {
  EXPECT_EQ(Login({}, Jaas("x.MyLoginModule required;", "PLAIN")),
            "sasl.jaas.config has the login module \"x.MyLoginModule\", which there is no way "
            "to: p:1; use PlainLoginModule, ScramLoginModule, OAuthBearerLoginModule or "
            "Krb5LoginModule; or set sasl.username, sasl.password and whatever else the "
            "mechanism needs instead");
  EXPECT_EQ(Login({}, Jaas("software.amazon.msk.auth.iam.IAMLoginModule required;", "PLAIN")),
            "AWS_MSK_IAM signs each login with AWS credentials, by a class of Amazon's that runs "
            "in Java only: p:1; use another way into the same cluster: SASL/SCRAM (port 9096; "
            "security.protocol=SASL_SSL, sasl.mechanism=SCRAM-SHA-512 and a user kept in AWS "
            "Secrets Manager) or mutual TLS (port 9094; security.protocol=SSL and ssl.keystore.*)");
  EXPECT_EQ(
      Login({}, Jaas("software.amazon.msk.auth.iam.IAMLoginModule required;", "PLAIN"), "ssl"), "");
}

TEST(SaslLoginTest, MechanismsThatThereAreNot) {
  EXPECT_EQ(Login({}, {}),
            "security.protocol=sasl_ssl without sasl.mechanism; say which: PLAIN, SCRAM-SHA-256, "
            "SCRAM-SHA-512, OAUTHBEARER or GSSAPI (Kerberos)");
  EXPECT_EQ(Login({}, {{"sasl.mechanisms", "AWS_MSK_IAM"}}),
            "AWS_MSK_IAM signs each login with AWS credentials, by a class of Amazon's that runs "
            "in Java only: p:1; use another way into the same cluster: SASL/SCRAM (port 9096; "
            "security.protocol=SASL_SSL, sasl.mechanism=SCRAM-SHA-512 and a user kept in AWS "
            "Secrets Manager) or mutual TLS (port 9094; security.protocol=SSL and ssl.keystore.*)");
  EXPECT_EQ(Login({}, {{"sasl.mechanisms", "SCRAM-SHA-265"}}),
            "there is no sasl.mechanism SCRAM-SHA-265: p:1; did you mean SCRAM-SHA-256?");
  EXPECT_EQ(Login({}, {{"sasl.mechanisms", "somewhat else altogether"}}),
            "there is no sasl.mechanism somewhat else altogether: p:1; use PLAIN, SCRAM-SHA-256, "
            "SCRAM-SHA-512, OAUTHBEARER or GSSAPI");
  EXPECT_EQ(Login({}, {}, "ssl"), "");
}

TEST(SaslLoginTest, TokensOfAnEndpoint) {
  const Properties url{{"sasl.oauthbearer.token.endpoint.url", "https://t"}};
  EXPECT_EQ(Login(url, Jaas(kOauth + "clientId=i clientSecret=s scope=c;", "OAUTHBEARER")),
            "sasl.oauthbearer.client.id=i <p:1>\n"
            "sasl.oauthbearer.client.secret=s <p:1>\n"
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n"
            "sasl.oauthbearer.scope=c <p:1>\n");
  EXPECT_EQ(Login({}, Jaas(kOauth + "oauth.client.id=i oauth.client.secret=s oauth.scope=\"\" "
                                    "oauth.token.endpoint.uri=\"https://t\" "
                                    "oauth.ssl.truststore.location=\"/ca.pem\";",
                           "OAUTHBEARER")),
            "sasl.oauthbearer.client.id=i <p:1>\n"
            "sasl.oauthbearer.client.secret=s <p:1>\n"
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n"
            "sasl.oauthbearer.token.endpoint.url=https://t <p:1>\n");
  EXPECT_EQ(Login(url, Jaas(kOauth + "extension_b=2 extension_a=1 "
                                     "ssl.truststore.location=\"/ca.jks\";",
                            "OAUTHBEARER")),
            "sasl.oauthbearer.extensions=a=1,b=2 <p:1>\n"
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n");
  EXPECT_EQ(Login(url, Jaas(kOauth + "ssl.truststore.location=\"/ca.crt\";", "OAUTHBEARER")),
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n");
  EXPECT_EQ(Login({}, {{"sasl.mechanisms", "OAUTHBEARER"}}),
            "sasl.mechanism=OAUTHBEARER without a token endpoint; set "
            "sasl.oauthbearer.token.endpoint.url, sasl.oauthbearer.client.id and "
            "sasl.oauthbearer.client.secret");
  EXPECT_EQ(Login({{"sasl.oauthbearer.token.endpoint.url", "file:///t"}},
                  {{"sasl.mechanisms", "OAUTHBEARER"}}),
            "a token in a file cannot be used: it would not be renewed; give a token endpoint "
            "that is asked for tokens, https://...");
  EXPECT_EQ(Login({{"sasl.oauthbearer.metadata.authentication.type", "azure_imds"}},
                  {{"sasl.mechanisms", "OAUTHBEARER"}}),
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n");
}

// Java's trust store of the endpoint, where libcurl can read it.
TEST(SaslLoginTest, TheEndpointsCertificatesArePem) {
  TempDir directory;
  std::ofstream(directory / "ca.crt") << "-----BEGIN CERTIFICATE-----\n";
  for (const std::string prefix : {"", "oauth."}) {
    EXPECT_EQ(
        Login({{"sasl.oauthbearer.token.endpoint.url", "https://t"}},
              Jaas(kOauth + prefix + "ssl.truststore.location=\"" + (directory / "ca.crt") + "\";",
                   "OAUTHBEARER")),
        "https.ca.location=" + (directory / "ca.crt") +
            " <p:1>\n"
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n");
  }
}

TEST(SaslLoginTest, TokensWithoutASignature) {
  EXPECT_EQ(Login({}, Jaas(kOauth + "unsecuredLoginStringClaim_sub=me;", "OAUTHBEARER")),
            "enable.sasl.oauthbearer.unsecure.jwt=true <p:1>\n"
            "sasl.oauthbearer.config=principal=me <p:1>\n");
}

TEST(SaslLoginTest, ClassesThatFetchTokens) {
  const auto with = [](const std::string& retriever) {
    return Login(
        {{"sasl.oauthbearer.token.endpoint.url", "https://t"}},
        {{"sasl.mechanisms", "OAUTHBEARER"}, {"sasl.oauthbearer.jwt.retriever.class", retriever}});
  };
  EXPECT_EQ(with("x.JwtBearerJwtRetriever"),
            "sasl.oauthbearer.grant.type=urn:ietf:params:oauth:grant-type:jwt-bearer <p:1>\n"
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n");
  EXPECT_EQ(with("x.ClientCredentialsJwtRetriever"),
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n");
  EXPECT_EQ(with("x.DefaultJwtRetriever"),
            "sasl.oauthbearer.method=oidc <sasl.oauthbearer.token.endpoint.url>\n");
  EXPECT_EQ(with("x.FileJwtRetriever"),
            "sasl.oauthbearer.jwt.retriever.class is a Java class that cannot be run here: p:1 "
            "x.FileJwtRetriever; a token endpoint with a client's id and secret works: "
            "sasl.oauthbearer.token.endpoint.url");
}

TEST(SaslLoginTest, ClassesThatAreCalledBack) {
  const auto with = [](const std::string& handler) {
    return Login({}, {{"sasl.login.callback.handler.class", handler}}, "ssl");
  };
  EXPECT_EQ(with("x.OAuthBearerLoginCallbackHandler"), "");
  EXPECT_EQ(with("io.strimzi.JaasClientOauthLoginCallbackHandler"), "");
  EXPECT_EQ(with("software.amazon.msk.IAMClientCallbackHandler"),
            "AWS_MSK_IAM signs each login with AWS credentials, by a class of Amazon's that runs "
            "in Java only: p:1; use another way into the same cluster: SASL/SCRAM (port 9096; "
            "security.protocol=SASL_SSL, sasl.mechanism=SCRAM-SHA-512 and a user kept in AWS "
            "Secrets Manager) or mutual TLS (port 9094; security.protocol=SSL and ssl.keystore.*)");
  EXPECT_EQ(with("x.MyHandler"),
            "sasl.login.callback.handler.class is a Java class that cannot be run here: p:1 "
            "x.MyHandler; OAuth needs sasl.oauthbearer.token.endpoint.url with a client's id and "
            "secret; leave the class out");
}

TEST(SaslLoginTest, Kerberos) {
  EXPECT_EQ(Login({}, Jaas(kKerberos + "keyTab=\"/k\" principal=\"p@R\" serviceName=s;", "GSSAPI")),
            "sasl.kerberos.keytab=/k <p:1>\n"
            "sasl.kerberos.principal=p@R <p:1>\n"
            "sasl.kerberos.service.name=s <p:1>\n");
  EXPECT_EQ(Login({}, Jaas(kKerberos + "useTicketCache=true;", "GSSAPI")),
            "sasl.kerberos.min.time.before.relogin=0 <p:1>\n");
  EXPECT_EQ(Login({}, Jaas(kKerberos + "useTicketCache=false;", "GSSAPI")),
            "sasl.mechanism=GSSAPI without a keytab; set sasl.kerberos.keytab and "
            "sasl.kerberos.principal; with a ticket that is kept fresh by somebody else, "
            "sasl.kerberos.min.time.before.relogin=0");
  EXPECT_EQ(Login({}, {{"sasl.mechanisms", "GSSAPI"}}),
            "sasl.mechanism=GSSAPI without a keytab; set sasl.kerberos.keytab and "
            "sasl.kerberos.principal; with a ticket that is kept fresh by somebody else, "
            "sasl.kerberos.min.time.before.relogin=0");
}

// librdkafka's command has all its arguments; Java's path of a program is none.
TEST(SaslLoginTest, KerberosWithoutSayingSo) {
  EXPECT_EQ(Login({{"sasl.kerberos.keytab", "/k"}}, {}), "");
  EXPECT_EQ(Login({{"sasl.kerberos.min.time.before.relogin", "0"}}, {}), "");
  EXPECT_EQ(Login({{"sasl.kerberos.min.time.before.relogin", "7"}}, {}),
            "security.protocol=sasl_ssl without sasl.mechanism; say which: PLAIN, SCRAM-SHA-256, "
            "SCRAM-SHA-512, OAUTHBEARER or GSSAPI (Kerberos)");
  EXPECT_EQ(Login({}, {{"sasl.kerberos.kinit.cmd", "kinit -k me"}}),
            "sasl.kerberos.kinit.cmd=kinit -k me <p:1>\n");
  EXPECT_EQ(Login({}, {{"sasl.kerberos.kinit.cmd", "/usr/bin/kinit"}}),
            "sasl.mechanism=GSSAPI without a keytab; set sasl.kerberos.keytab and "
            "sasl.kerberos.principal; with a ticket that is kept fresh by somebody else, "
            "sasl.kerberos.min.time.before.relogin=0");
}

}  // namespace
}  // namespace onceload
