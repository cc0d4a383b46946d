#include "kafka/sasl_login.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "kafka/java_properties.h"
#include "onceload/core/error.h"
#include "onceload/core/nearest_name.h"
#include "onceload/kafka/key_stores.h"
#include "onceload/kafka/secrets.h"

namespace onceload {
namespace {

constexpr std::array<std::string_view, 5> kMechanisms{"GSSAPI", "OAUTHBEARER", "PLAIN",
                                                      "SCRAM-SHA-256", "SCRAM-SHA-512"};
constexpr std::string_view kTokenUrl = "sasl.oauthbearer.token.endpoint.url";

[[noreturn]] void Refuse(const std::string& what, const std::string& where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, where, advice);
}

[[noreturn]] void RefuseIam(const std::string& where) {
  Refuse(
      "AWS_MSK_IAM signs each login with AWS credentials, by a class of Amazon's that runs in "
      "Java only",
      where,
      "use another way into the same cluster: SASL/SCRAM (port 9096; "
      "security.protocol=SASL_SSL, sasl.mechanism=SCRAM-SHA-512 and a user kept in AWS Secrets "
      "Manager) or mutual TLS (port 9094; security.protocol=SSL and ssl.keystore.*)");
}

// Which of a login module's options is which property. Of Java's, and of Strimzi's OAuth client.
struct JaasOption {
  std::string_view option;
  std::string_view property;
};
constexpr std::array kUserOptions{JaasOption{"username", "sasl.username"},
                                  JaasOption{"password", "sasl.password"}};
constexpr std::array kOauthOptions{
    JaasOption{"clientId", "sasl.oauthbearer.client.id"},
    JaasOption{"clientSecret", "sasl.oauthbearer.client.secret"},
    JaasOption{"scope", "sasl.oauthbearer.scope"},
    JaasOption{"oauth.client.id", "sasl.oauthbearer.client.id"},
    JaasOption{"oauth.client.secret", "sasl.oauthbearer.client.secret"},
    JaasOption{"oauth.scope", "sasl.oauthbearer.scope"},
    JaasOption{"oauth.token.endpoint.uri", kTokenUrl}};
constexpr std::array kKerberosOptions{JaasOption{"keyTab", "sasl.kerberos.keytab"},
                                      JaasOption{"principal", "sasl.kerberos.principal"},
                                      JaasOption{"serviceName", "sasl.kerberos.service.name"}};

class Login {
 public:
  explicit Login(const LoginWishes& wishes) : wishes_(wishes) {}

  SaidValues Translate() {
    if (const SaidValue* config = Java("sasl.jaas.config")) TakeJaas(*config);
    if (const SaidValue* handler = Java("sasl.login.callback.handler.class")) TakeHandler(*handler);
    TakeKinit();
    if (!Uses("sasl_")) return std::move(added_);
    const std::string mechanism = Mechanism();
    if (mechanism == "OAUTHBEARER") TakeOauth();
    if (mechanism == "GSSAPI") CheckKerberos();
    if (mechanism == "PLAIN" || mechanism.starts_with("SCRAM")) RequireUser(mechanism);
    return std::move(added_);
  }

 private:
  const SaidValue* Java(const std::string& name) const {
    const auto found = wishes_.java.find(name);
    return found == wishes_.java.end() ? nullptr : &found->second;
  }

  std::string Value(std::string_view name) const {
    const std::string key(name);
    const auto said = wishes_.properties.find(key);
    if (said != wishes_.properties.end()) return said->second;
    const auto added = added_.find(key);
    return added == added_.end() ? std::string() : added->second.text;
  }

  bool Uses(std::string_view protocol) const {
    return Value("security.protocol").starts_with(protocol);
  }

  void Add(std::string_view name, const std::string& text, const std::string& source) {
    if (Value(name).empty()) added_[std::string(name)] = {text, source};
  }

  template <typename Options>
  void AddOptions(const Options& options, const JaasLogin& login, const std::string& source) {
    for (const JaasOption& option : options) {
      const auto found = login.options.find(std::string(option.option));
      if (found == login.options.end() || found->second.empty()) continue;
      Add(option.property, Expanded(found->second, source), source);
    }
  }

  void TakeJaas(const SaidValue& config) {
    const JaasLogin login = ParseJaasConfig(
        IsReference(config.text) ? ExpandedValue(config.text, config.source) : config.text);
    const auto is = [&](std::string_view module) {
      return login.module.find(module) != std::string::npos;
    };
    if (is("IAMLoginModule")) {
      if (Uses("sasl_")) RefuseIam(config.source);
    } else if (is("PlainLoginModule") || is("ScramLoginModule")) {
      TakeUser(login, config.source);
    } else if (is("OAuthBearerLoginModule")) {
      AddOptions(kOauthOptions, login, config.source);
      TakeOauthExtras(login, config.source);
    } else if (is("Krb5LoginModule")) {
      TakeKerberos(login, config.source);
    } else {
      Refuse(
          "sasl.jaas.config has the login module \"" + login.module +
              "\", which there is no way to",
          config.source,
          "use PlainLoginModule, ScramLoginModule, OAuthBearerLoginModule or Krb5LoginModule; or "
          "set sasl.username, sasl.password and whatever else the mechanism needs instead");
    }
  }

  void TakeUser(const JaasLogin& login, const std::string& source) {
    if (login.options.contains("tokenauth")) {
      Refuse("sasl.jaas.config logs in by a delegation token, which librdkafka cannot", source,
             "use the user's own password");
    }
    for (const JaasOption& option : kUserOptions) {
      if (login.options.contains(std::string(option.option))) continue;
      Refuse(
          "sasl.jaas.config has no PlainLoginModule or ScramLoginModule with username and "
          "password",
          source,
          "add " + std::string(option.option) +
              "=\"...\"; or set sasl.username and "
              "sasl.password instead");
    }
    AddOptions(kUserOptions, login, source);
  }

  void TakeOauthExtras(const JaasLogin& login, const std::string& source) {
    constexpr std::string_view kExtension = "extension_";
    std::string extensions;
    for (const auto& [name, value] : login.options) {
      if (!name.starts_with(kExtension)) continue;
      extensions += (extensions.empty() ? "" : ",") + name.substr(kExtension.size()) + "=" +
                    Expanded(value, source);
    }
    if (!extensions.empty()) Add("sasl.oauthbearer.extensions", extensions, source);
    // Kafka's tokens without a signature, for trying things out.
    const auto claim = login.options.find("unsecuredLoginStringClaim_sub");
    if (claim != login.options.end()) {
      Add("enable.sasl.oauthbearer.unsecure.jwt", "true", source);
      Add("sasl.oauthbearer.config", "principal=" + claim->second, source);
    }
    for (const std::string prefix : {"", "oauth."}) {
      const auto store = login.options.find(prefix + "ssl.truststore.location");
      if (store != login.options.end() && KindOfStore(store->second) == StoreKind::kPem) {
        Add("https.ca.location", store->second, source);
      }
    }
  }

  void TakeKerberos(const JaasLogin& login, const std::string& source) {
    AddOptions(kKerberosOptions, login, source);
    const auto cache = login.options.find("useTicketCache");
    // Somebody else keeps the ticket: no kinit.
    if (cache != login.options.end() && cache->second == "true") {
      Add("sasl.kerberos.min.time.before.relogin", "0", source);
    }
  }

  void TakeHandler(const SaidValue& handler) {
    const auto is = [&](std::string_view name) {
      return handler.text.find(name) != std::string::npos;
    };
    if (is("amazon")) RefuseIam(handler.source);
    if (is("OAuthBearerLoginCallbackHandler") || is("JaasClientOauthLoginCallbackHandler")) return;
    Refuse("sasl.login.callback.handler.class is a Java class that cannot be run here",
           handler.source + " " + handler.text,
           "OAuth needs sasl.oauthbearer.token.endpoint.url with a client's id and secret; leave "
           "the class out");
  }

  // Java's is the path of a program, librdkafka's a command with all its arguments.
  void TakeKinit() {
    const SaidValue* kinit = Java("sasl.kerberos.kinit.cmd");
    if (kinit != nullptr && kinit->text.find(' ') != std::string::npos) {
      Add("sasl.kerberos.kinit.cmd", kinit->text, kinit->source);
    }
  }

  std::string Mechanism() {
    const SaidValue* said = Java("sasl.mechanisms");
    if (said == nullptr) {
      if (!Value("sasl.kerberos.keytab").empty() || Java("sasl.kerberos.kinit.cmd") != nullptr ||
          Value("sasl.kerberos.min.time.before.relogin") == "0") {
        return "GSSAPI";
      }
      Refuse("security.protocol=" + Value("security.protocol") + " without sasl.mechanism", "",
             "say which: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or GSSAPI (Kerberos)");
    }
    if (said->text == "AWS_MSK_IAM") RefuseIam(said->source);
    const std::vector<std::string> known(kMechanisms.begin(), kMechanisms.end());
    if (std::find(known.begin(), known.end(), said->text) == known.end()) {
      const std::string nearest = NearestName(said->text, known);
      Refuse("there is no sasl.mechanism " + said->text, said->source,
             nearest.empty() ? "use PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER or GSSAPI"
                             : "did you mean " + nearest + "?");
    }
    return said->text;
  }

  void RequireUser(const std::string& mechanism) const {
    if (!Value("sasl.username").empty() && !Value("sasl.password").empty()) return;
    const std::string missing = Value("sasl.username").empty() ? "sasl.username" : "sasl.password";
    Refuse("sasl.mechanism=" + mechanism + " without " + missing, "",
           "set sasl.username and sasl.password, or sasl.jaas.config");
  }

  // Java has a class for each way to a token, librdkafka a method and a grant type.
  void TakeOauth() {
    if (const SaidValue* retriever = Java("sasl.oauthbearer.jwt.retriever.class")) {
      const auto is = [&](std::string_view name) { return retriever->text.ends_with(name); };
      if (is("JwtBearerJwtRetriever")) {
        Add("sasl.oauthbearer.grant.type", "urn:ietf:params:oauth:grant-type:jwt-bearer",
            retriever->source);
      } else if (!is("ClientCredentialsJwtRetriever") && !is("DefaultJwtRetriever")) {
        Refuse("sasl.oauthbearer.jwt.retriever.class is a Java class that cannot be run here",
               retriever->source + " " + retriever->text,
               "a token endpoint with a client's id and secret works: "
               "sasl.oauthbearer.token.endpoint.url");
      }
    }
    const std::string url = Value(kTokenUrl);
    if (url.starts_with("file:")) {
      Refuse("a token in a file cannot be used: it would not be renewed", "",
             "give a token endpoint that is asked for tokens, https://...");
    }
    const bool unsecured = Value("enable.sasl.oauthbearer.unsecure.jwt") == "true";
    const bool metadata = !Value("sasl.oauthbearer.metadata.authentication.type").empty();
    if (url.empty() && !unsecured && !metadata) {
      Refuse("sasl.mechanism=OAUTHBEARER without a token endpoint", "",
             "set " + std::string(kTokenUrl) +
                 ", sasl.oauthbearer.client.id and "
                 "sasl.oauthbearer.client.secret");
    }
    if (!unsecured) Add("sasl.oauthbearer.method", "oidc", std::string(kTokenUrl));
  }

  void CheckKerberos() const {
    if (!Value("sasl.kerberos.keytab").empty() || !Value("sasl.kerberos.kinit.cmd").empty() ||
        Value("sasl.kerberos.min.time.before.relogin") == "0") {
      return;
    }
    Refuse("sasl.mechanism=GSSAPI without a keytab", "",
           "set sasl.kerberos.keytab and sasl.kerberos.principal; with a ticket that is kept fresh "
           "by somebody else, sasl.kerberos.min.time.before.relogin=0");
  }

  const LoginWishes& wishes_;
  SaidValues added_;
};

}  // namespace

SaidValues LoginOf(const LoginWishes& wishes) { return Login(wishes).Translate(); }

}  // namespace onceload
