#include "registry/http_call.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include <curl/curl.h>

#include "onceload/core/freed_by.h"

namespace onceload {
namespace {

using Easy = std::unique_ptr<CURL, FreedBy<&curl_easy_cleanup>>;
using List = std::unique_ptr<curl_slist, FreedBy<&curl_slist_free_all>>;

// A host that does not answer must leave time for the next one.
constexpr long kConnectMillis = 3'000;

std::size_t Keep(char* bytes, std::size_t size, std::size_t count, void* body) {
  auto& kept = *static_cast<std::string*>(body);
  if (kept.size() + size * count > kAnswerBytesMax) return 0;
  kept.append(bytes, size * count);
  return size * count;
}

List Headers(const RegistrySettings& settings) {
  constexpr std::string_view kJson = "application/vnd.schemaregistry.v1+json";
  std::vector<std::string> lines{"Accept: " + std::string(kJson) + ", application/json",
                                 "Content-Type: " + std::string(kJson), "Expect:"};
  if (!settings.token.empty()) lines.push_back("Authorization: Bearer " + settings.token);
  if (!settings.logical_cluster.empty()) {
    lines.push_back("target-sr-cluster: " + settings.logical_cluster);
  }
  if (!settings.identity_pool.empty()) {
    lines.push_back("Confluent-Identity-Pool-Id: " + settings.identity_pool);
  }
  List list;
  for (const std::string& line : lines) {
    curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) return nullptr;
    static_cast<void>(list.release());
    list.reset(longer);
  }
  return list;
}

void SetText(CURL* curl, CURLoption option, const std::string& text) {
  if (!text.empty()) curl_easy_setopt(curl, option, text.c_str());
}

void SetTls(const RegistrySettings& settings, CURL* curl) {
  SetText(curl, CURLOPT_CAINFO, settings.ca_file);
  if (!settings.ca_pem.empty()) {
    curl_blob blob{};
    blob.data = const_cast<char*>(settings.ca_pem.data());  // NOLINT: copied, not written to
    blob.len = settings.ca_pem.size();
    blob.flags = CURL_BLOB_COPY;
    curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
  }
  SetText(curl, CURLOPT_SSLCERT, settings.certificate_file);
  if (settings.pkcs12) curl_easy_setopt(curl, CURLOPT_SSLCERTTYPE, "P12");
  SetText(curl, CURLOPT_SSLKEY,
          settings.key_file.empty() && !settings.pkcs12 ? settings.certificate_file
                                                        : settings.key_file);
  SetText(curl, CURLOPT_KEYPASSWD, settings.key_password);
  if (!settings.check_host) curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

// What no second try changes: names of hosts may come to be known, certificates do not change.
bool IsPassing(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_WRITE_ERROR:
      return false;
    default:
      return true;
  }
}

}  // namespace

HttpAnswer CallHttp(const RegistrySettings& settings, const std::string& url,
                    const std::string& body, Duration timeout) {
  HttpAnswer answer;
  const Easy curl(curl_easy_init());
  const List headers = Headers(settings);
  if (!curl || !headers) {
    answer.failure = "out of memory";
    return answer;
  }
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Keep);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, reason.data());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS,
                   std::min(static_cast<long>(timeout.count()), kConnectMillis));
  // Its alarm would be a signal to the load.
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  if (!body.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  }
  SetText(curl.get(), CURLOPT_USERPWD, settings.user_info);
  SetTls(settings, curl.get());
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) {
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }
  answer.failure = reason[0] != '\0' ? reason.data() : curl_easy_strerror(code);
  answer.passing = IsPassing(code);
  return answer;
}

std::string UrlEscaped(const std::string& text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  static constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      escaped += c;
    } else {
      escaped.append("%").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
    }
  }
  return escaped;
}

}  // namespace onceload
