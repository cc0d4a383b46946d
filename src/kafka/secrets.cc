#include "onceload/kafka/secrets.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "kafka/java_properties.h"
#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/text.h"
#include "onceload/core/user_info.h"

namespace onceload {
namespace {

constexpr std::string_view kHidden = "...";

// A shorter one would be found in the midst of ordinary words.
constexpr std::size_t kSecretBytesMin = 4;

// Parts of names: librdkafka's "sensitive" properties, Java's passwords, a registry's.
constexpr std::array<std::string_view, 12> kSecretParts{
    "password", "passphrase",   "passwd",      "jaas",  "secret",    "ssl.key.pem",
    "ssl_key",  "keystore.key", "private.key", "token", "user.info", "oauthbearer.config"};

// Ends of names that hold a place or a number, whatever they are about.
constexpr std::array<std::string_view, 7> kPlainEnds{".url",  ".location", ".file",   ".class",
                                                     ".type", ".ms",       ".seconds"};

[[noreturn]] void Refuse(const std::string& what, const std::string& place,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, place, advice);
}

std::string TextOf(const std::string& path, const std::string& place) {
  std::optional<std::string> text = TextOfFile(path);
  if (!text) {
    Refuse("the file " + path + " cannot be read", place, "check its path and permissions");
  }
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return *text;
}

std::string OfEnvironment(const std::string& name, const std::string& place) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) Refuse("the variable " + name + " is not set", place, "set it");
  return value;
}

// A path may have colons: one that is a file is no PATH:KEY.
std::string OfFile(const std::string& path, const std::string& place) {
  const std::size_t colon = path.rfind(':');
  if (colon == std::string::npos || TextOfFile(path)) return TextOf(path, place);
  const std::string key = path.substr(colon + 1);
  for (const JavaProperty& property : ParseJavaProperties(TextOf(path.substr(0, colon), place))) {
    if (property.name == key) return property.value;
  }
  Refuse("the file " + path.substr(0, colon) + " has no " + key, place, "correct its name");
}

// What stands between "${" and "}".
std::string ValueOf(const std::string& reference, const std::string& place) {
  const std::size_t colon = reference.find(':');
  const std::string kind = reference.substr(0, colon);
  std::string rest = colon == std::string::npos ? "" : reference.substr(colon + 1);
  if (kind == "env" && colon != std::string::npos) {
    if (rest.starts_with(':')) rest.erase(0, 1);  // Kafka's form: an empty path before the key
    return OfEnvironment(rest, place);
  }
  if (kind == "file" && colon != std::string::npos) return OfFile(rest, place);
  if (kind == "directory" && rest.find(':') != std::string::npos) {
    rest[rest.rfind(':')] = '/';
    return TextOf(rest, place);
  }
  Refuse("${" + reference + "} is neither ${env:NAME} nor ${file:PATH}", place,
         "correct it; $${ stands for a ${ of the text");
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string WithoutUserInfo(std::string text) {
  std::size_t from = 0;
  for (;;) {
    const auto [at, size] = UserInfoAt(text, from);
    if (size == 0) return text;
    text.replace(at, size, kHidden);
    from = at + kHidden.size();
  }
}

}  // namespace

std::string Expanded(std::string_view text, const std::string& place) {
  std::string expanded;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("$${")) {
      expanded += "${";
      at += 3;
    } else if (rest.starts_with("${")) {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) Refuse("a ${ is not closed", place, "close it");
      expanded += ValueOf(std::string(rest.substr(2, end - 2)), place);
      at += end + 1;
    } else {
      expanded += text[at++];
    }
  }
  return expanded;
}

std::string ExpandedValue(std::string_view value, const std::string& place) {
  if (value.starts_with("@@")) return Expanded(value.substr(1), place);
  if (!value.starts_with('@')) return Expanded(value, place);
  const std::string path(value.substr(1));
  if (path.empty()) Refuse("@ names no file", place, "write @PATH; @@ begins a value with '@'");
  if (!TextOfFile(path)) {
    Refuse(
        "the file " + path + " cannot be read", place,
        "check its path and permissions; a value that begins with '@' itself is written with @@");
  }
  return TextOf(path, place);
}

bool IsReference(std::string_view value) {
  if (value.starts_with('@')) return value.size() > 1 && value[1] != '@';
  return value.starts_with("${") && value.find('}') == value.size() - 1;
}

bool IsSecretProperty(std::string_view name) {
  const std::string lower = Lower(name);
  const auto ends = [&](std::string_view end) { return lower.ends_with(end); };
  if (std::any_of(kPlainEnds.begin(), kPlainEnds.end(), ends)) return false;
  return std::any_of(kSecretParts.begin(), kSecretParts.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

// Behind the name may stand anything: people write "sasl.password:x", "sasl.password x" and
// "=sasl.password=x".
std::string MaskedProperty(std::string_view text) {
  const auto* const begin = std::find_if(text.begin(), text.end(), &IsNameCharacter);
  const auto* const end = std::find_if_not(begin, text.end(), &IsNameCharacter);
  const std::string_view name(begin, static_cast<std::size_t>(end - begin));
  if (end == text.end()) return IsSecretProperty(name) ? std::string(kHidden) : std::string(text);
  const std::string head(text.begin(), end + 1);
  const std::string_view value(end + 1, static_cast<std::size_t>(text.end() - end - 1));
  if (IsReference(value)) return std::string(text);
  // Without a "=" it is no assignment that one could read.
  const bool assignment = *end == '=' && begin == text.begin();
  const bool secret = IsSecretProperty(name) || (!assignment && IsSecretProperty(value));
  return secret ? head + std::string(kHidden) : WithoutUserInfo(std::string(text));
}

std::string WithoutSecrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.size() < kSecretBytesMin) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos;
         at = text.find(secret, at + kHidden.size())) {
      text.replace(at, secret.size(), kHidden);
    }
  }
  return text;
}

}  // namespace onceload
