#include "metrics/push_gateway.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include <curl/curl.h>

#include "onceload/core/error.h"
#include "onceload/core/freed_by.h"
#include "onceload/core/user_info.h"

namespace onceload {
namespace {

constexpr long kAccepted = 299;

std::size_t Drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

// The grouping key's value: a name may hold slashes, which only base64 in its URL form can say
// (Pushgateway's README, "URL").
std::string Base64Url(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    const std::size_t digits = std::min<std::size_t>(bytes.size() - i, 3) + 1;
    for (std::size_t k = 0; k < digits; ++k) text += kDigits[group >> (18 - 6 * k) & 63U];
    text.append(4 - digits, '=');
  }
  return text;
}

std::string WithoutUser(const std::string& url) {
  const auto [at, size] = UserInfoAt(url, 0);
  return size == 0 ? url : url.substr(0, at) + url.substr(at + size + 1);
}

}  // namespace

PushGateway::PushGateway(const std::string& url, const std::string& load) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    throw Error(ExitCode::kUsage, "no URL of a Pushgateway", "",
                "--push-gateway takes one such as http://gateway:9091");
  }
  shown_ = WithoutUser(url);
  target_ = url.substr(0, url.find_last_not_of('/') + 1) + "/metrics/job/onceload/load@base64/" +
            Base64Url(load);
}

std::string PushGateway::Post(const std::string& text, Duration timeout) const {
  const std::unique_ptr<CURL, FreedBy<&curl_easy_cleanup>> curl(curl_easy_init());
  const std::unique_ptr<curl_slist, FreedBy<&curl_slist_free_all>> headers(
      curl_slist_append(nullptr, "Content-Type: text/plain; version=0.0.4"));
  if (!curl || !headers) return shown_ + ": out of memory";
  curl_easy_setopt(curl.get(), CURLOPT_URL, target_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, text.data());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(text.size()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Drop);
  // Its alarm would be a signal to the load.
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) return shown_ + ": " + curl_easy_strerror(code);
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  return status <= kAccepted ? std::string() : shown_ + ": HTTP status " + std::to_string(status);
}

}  // namespace onceload
