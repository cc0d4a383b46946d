#include "certificate/envelope.h"

#include <cstdio>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "certificate/openssl_ptr.h"
#include "certificate/sha256.h"
#include "onceload/core/error.h"
#include "onceload/kafka/key_stores.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;
using FilePtr = std::unique_ptr<std::FILE, FreedBy<&std::fclose>>;

constexpr std::size_t kSignatureBytes = 64;

[[noreturn]] void RefuseEnvelope(const std::string& what) {
  throw Error(ExitCode::kDifferences, what, "the certificate",
              "do not trust it; ask whoever signed it for another copy");
}

// What is signed (DSSE, protocol.md): lengths in decimal, so that no two pairs look alike.
std::string PreAuthEncoding(const std::string& payload) {
  const std::string type = kPayloadType;
  return "DSSEv1 " + std::to_string(type.size()) + " " + type + " " +
         std::to_string(payload.size()) + " " + payload;
}

std::string Base64(const std::string& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a zero
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> FromBase64(const std::string& text) {
  std::string bytes(text.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0 || text.size() % 4 != 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size));
  // It counts what stands for nothing as bytes.
  for (std::size_t i = 0; i < 2 && !bytes.empty() && text[text.size() - 1 - i] == '='; ++i) {
    bytes.pop_back();
  }
  return bytes;
}

PublicKeyPtr ReadKey(const std::string& path, bool its_private) {
  const FilePtr file(std::fopen(path.c_str(), "rb"));
  if (!file) {
    throw Error(ExitCode::kUsage, "the key cannot be read", path, "check its path and its rights");
  }
  PublicKeyPtr key(its_private ? PEM_read_PrivateKey(file.get(), nullptr, nullptr, nullptr)
                               : PEM_read_PUBKEY(file.get(), nullptr, nullptr, nullptr));
  const std::string make =
      its_private ? "openssl genpkey -algorithm ed25519 -out key.pem makes one"
                  : "openssl pkey -in key.pem -pubout -out public.pem makes one of a private key";
  if (!key) RefuseByOpenssl("the key is no PEM key", path, make);
  if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519)
    RefuseByOpenssl("the key is no Ed25519 key", path, make);
  return key;
}

// Tells a signer's keys from one another: SHA-256 of the public key as DER has it.
std::string IdOf(EVP_PKEY* key) {
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key, &bytes);
  Sha256 sha256;
  if (size > 0) sha256.Add({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)});
  OPENSSL_free(bytes);
  return sha256.Hex();
}

bool IsSignedBy(EVP_PKEY* key, const std::string& message, const std::string& signature) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  const bool valid =
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(message.data()),
                       message.size()) == 1;
  ERR_clear_error();
  return valid;
}

std::string TextAt(const Json& json, const char* member) {
  const auto at = json.find(member);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

std::string Sign(const std::string& payload, const std::string& key_path) {
  const PublicKeyPtr key = ReadKey(key_path, /*its_private=*/true);
  const std::string message = PreAuthEncoding(payload);
  std::string signature(kSignatureBytes, '\0');
  std::size_t size = signature.size();
  const DigestContextPtr context(EVP_MD_CTX_new());
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) != 1) {
    RefuseByOpenssl("OpenSSL does not sign with this key", key_path, "try another one");
  }
  const Json envelope{
      {"payload", Base64(payload)},
      {"payloadType", kPayloadType},
      {"signatures", Json::array({{{"keyid", IdOf(key.get())}, {"sig", Base64(signature)}}})}};
  return envelope.dump();
}

bool IsEnvelope(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.contains("payload");
}

std::string Open(const std::string& text, const std::string& key_path) {
  const PublicKeyPtr key = ReadKey(key_path, /*its_private=*/false);
  const Json envelope = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!envelope.is_object()) RefuseEnvelope("it is no DSSE envelope");
  if (TextAt(envelope, "payloadType") != kPayloadType) {
    RefuseEnvelope("it is no envelope of an in-toto statement");
  }
  const std::optional<std::string> payload = FromBase64(TextAt(envelope, "payload"));
  if (!payload) RefuseEnvelope("its payload is no base64");
  const auto signatures = envelope.find("signatures");
  if (signatures != envelope.end() && signatures->is_array()) {
    for (const Json& one : *signatures) {
      if (!one.is_object()) continue;
      const std::optional<std::string> signature = FromBase64(TextAt(one, "sig"));
      if (signature && IsSignedBy(key.get(), PreAuthEncoding(*payload), *signature))
        return *payload;
    }
  }
  RefuseEnvelope("none of its signatures is by this key (" + key_path +
                 "): it was signed by another one, or changed since");
}

}  // namespace onceload
