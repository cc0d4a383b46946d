#include "onceload/options/registry_login.h"

#include <string>
#include <utility>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/kafka/key_stores.h"

namespace onceload {
namespace {

std::vector<std::string> UrlsIn(const std::string& text) {
  std::vector<std::string> urls;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    if (comma > begin) urls.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return urls;
}

[[noreturn]] void RefuseSource(const std::string& name, const std::string& value,
                               const std::string& known) {
  throw Error(ExitCode::kUsage, "a login to the schema registry that is not known",
              name + "=" + value, "use " + known);
}

std::string SaslLogin(const ClientConfig& config) {
  const auto& properties = config.properties();
  const auto user = properties.find("sasl.username");
  const auto password = properties.find("sasl.password");
  if (user == properties.end() || password == properties.end()) {
    throw Error(ExitCode::kUsage, "there is no SASL login for the schema registry",
                "basic.auth.credentials.source=SASL_INHERIT",
                "give sasl.username and sasl.password, or basic.auth.user.info");
  }
  return user->second + ":" + password->second;
}

void TakeLogin(const ClientConfig& config, RegistrySettings& settings) {
  const std::string basic = config.RegistryProperty("basic.auth.credentials.source");
  if (basic == "SASL_INHERIT") {
    settings.user_info = SaslLogin(config);
  } else if (basic.empty() || basic == "USER_INFO") {
    settings.user_info = config.RegistryProperty("basic.auth.user.info");
  } else if (basic != "URL") {
    RefuseSource("basic.auth.credentials.source", basic, "USER_INFO, URL or SASL_INHERIT");
  }
  const std::string bearer = config.RegistryProperty("bearer.auth.credentials.source");
  if (!bearer.empty() && bearer != "STATIC_TOKEN") {
    RefuseSource("bearer.auth.credentials.source", bearer, "STATIC_TOKEN and bearer.auth.token");
  }
  settings.token = config.RegistryProperty("bearer.auth.token");
  settings.logical_cluster = config.RegistryProperty("bearer.auth.logical.cluster");
  settings.identity_pool = config.RegistryProperty("bearer.auth.identity.pool.id");
}

// Of a file that is there; PEM is taken for granted of one that is not, for curl to say why.
bool IsPkcs12(const std::string& path, const std::string& property) {
  const StoreKind kind = KindOfStore(path).value_or(StoreKind::kPem);
  if (kind == StoreKind::kJks) {
    throw Error(ExitCode::kUsage,
                property + " is a Java keystore (JKS), which only Java reads; PKCS#12 and PEM work",
                path, ConversionOf(path, property));
  }
  return kind == StoreKind::kPkcs12;
}

void TakeTls(const ClientConfig& config, RegistrySettings& settings) {
  settings.ca_file = config.RegistryProperty("ssl.ca.location");
  settings.certificate_file = config.RegistryProperty("ssl.certificate.location");
  settings.key_file = config.RegistryProperty("ssl.key.location");
  settings.key_password = config.RegistryProperty("ssl.key.password");
  const std::string trust = config.RegistryProperty("ssl.truststore.location");
  if (!trust.empty() && IsPkcs12(trust, "ssl.truststore")) {
    settings.ca_pem = CertificatesOf(trust, config.RegistryProperty("ssl.truststore.password"));
  } else if (!trust.empty()) {
    settings.ca_file = trust;
  }
  const std::string keys = config.RegistryProperty("ssl.keystore.location");
  if (!keys.empty()) {
    settings.certificate_file = keys;
    settings.pkcs12 = IsPkcs12(keys, "ssl.keystore");
    if (settings.pkcs12) settings.key_password = config.RegistryProperty("ssl.keystore.password");
  }
  const std::string check = config.RegistryProperty("ssl.endpoint.identification.algorithm");
  settings.check_host = check.empty() || check != "none";
}

}  // namespace

RegistryMaker RegistryOf(const Request& request, ClientConfig& config) {
  RegistrySettings settings;
  const std::string& said = request.schemas.registry;
  settings.urls = UrlsIn(said.empty() ? config.RegistryProperty("url") : said);
  config.UseRegistry();
  if (settings.urls.empty()) return {};
  TakeLogin(config, settings);
  TakeTls(config, settings);
  return [settings = std::move(settings)](Duration patience) {
    return MakeHttpRegistry(settings, patience);
  };
}

SchemaSubject SubjectOf(const Request& request, const std::vector<std::string>& columns) {
  const RowRules& rows = request.load.rows;
  return {request.topics.topic.name, columns,
          rows.dialect.null_text.has_value() || rows.union_columns};
}

}  // namespace onceload
