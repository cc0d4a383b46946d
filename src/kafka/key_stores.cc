#include "onceload/kafka/key_stores.h"

#include <array>
#include <fstream>
#include <memory>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/freed_by.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

void FreeStack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }

using BioPtr = std::unique_ptr<BIO, FreedBy<&BIO_free_all>>;
using Pkcs12Ptr = std::unique_ptr<PKCS12, FreedBy<&PKCS12_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<&EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, FreedBy<&X509_free>>;
using CertificatesPtr = std::unique_ptr<STACK_OF(X509), FreedBy<&FreeStack>>;

constexpr std::string_view kJksMagic("\xfe\xed\xfe\xed", 4);
constexpr std::string_view kJceksMagic("\xce\xce\xce\xce", 4);
constexpr char kDerSequence = 0x30;         // PKCS#12 is one
constexpr std::size_t kHeadOfStore = 4096;  // a PEM file may begin with remarks

void Append(X509* certificate, BIO* out) { PEM_write_bio_X509(out, certificate); }

// From `at`, the end of a line or of the text.
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

void RefuseByOpenssl(const std::string& what, const std::string& path, const std::string& advice) {
  std::array<char, 256> reason{};
  const unsigned long code = ERR_get_error();
  ERR_error_string_n(code, reason.data(), reason.size());
  ERR_clear_error();
  throw Error(ExitCode::kUsage, what + (code == 0 ? "" : " (" + std::string(reason.data()) + ")"),
              path, advice);
}

std::optional<StoreKind> KindOfStore(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string head(kHeadOfStore, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  if (head.find("-----BEGIN ") != std::string::npos) return StoreKind::kPem;
  if (head.starts_with(kJksMagic) || head.starts_with(kJceksMagic)) return StoreKind::kJks;
  if (head.starts_with(kDerSequence)) return StoreKind::kPkcs12;
  return std::nullopt;
}

std::optional<StoreKind> KindOfType(std::string_view type) {
  const std::string lower = Lower(type);
  if (lower == "pem") return StoreKind::kPem;
  if (lower == "pkcs12" || lower == "p12" || lower == "pfx") return StoreKind::kPkcs12;
  if (lower == "jks" || lower == "jceks") return StoreKind::kJks;
  return std::nullopt;
}

std::string ConversionOf(const std::string& path, const std::string& property) {
  return "convert it: keytool -importkeystore -srckeystore " + path + " -destkeystore " + path +
         ".p12 -deststoretype PKCS12; then say " + property + ".location=" + path + ".p12 and " +
         property + ".type=PKCS12, with the new store's password as " + property + ".password";
}

std::string CertificatesOf(const std::string& path, const std::string& password) {
  const std::optional<std::string> bytes = TextOfFile(path);
  if (!bytes)
    RefuseByOpenssl("the trust store cannot be read", path, "check its path and permissions");
  const BioPtr in(BIO_new_mem_buf(bytes->data(), static_cast<int>(bytes->size())));
  const Pkcs12Ptr store(d2i_PKCS12_bio(in.get(), nullptr));
  if (!store) {
    RefuseByOpenssl("the trust store is no PKCS#12 file", path,
                    "give the CA's certificates as PEM: ssl.truststore.type=PEM");
  }
  EVP_PKEY* key = nullptr;
  X509* own = nullptr;
  STACK_OF(X509)* others = nullptr;
  const int parsed = PKCS12_parse(store.get(), password.c_str(), &key, &own, &others);
  const KeyPtr owned_key(key);
  const CertificatePtr owned_own(own);
  const CertificatesPtr owned_others(others);
  if (parsed != 1) {
    RefuseByOpenssl(
        "the trust store cannot be opened", path,
        "check ssl.truststore.password; or take the certificates out: openssl pkcs12 -in " + path +
            " -nokeys -out ca.pem, then -X ssl.ca.location=ca.pem (-legacy where "
            "its cipher is an old one)");
  }
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (own != nullptr) Append(own, out.get());
  for (int i = 0; i < sk_X509_num(others); ++i) Append(sk_X509_value(others, i), out.get());
  char* pem = nullptr;
  const long size = BIO_get_mem_data(out.get(), &pem);
  if (size <= 0) RefuseByOpenssl("the trust store has no certificate", path, "add the CA's to it");
  return {pem, static_cast<std::size_t>(size)};
}

std::string PemWithLines(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  constexpr std::string_view kDashes = "-----";
  std::string out;
  while (!text.empty()) {
    const std::size_t begin = text.find(kBegin);
    const std::size_t head =
        begin == std::string_view::npos ? begin : text.find(kDashes, begin + kBegin.size());
    const std::size_t body = head == std::string_view::npos ? head : head + kDashes.size();
    const std::size_t end = body == std::string_view::npos ? body : text.find("-----END ", body);
    const std::size_t foot = end == std::string_view::npos ? end : text.find(kDashes, end + 9);
    if (foot == std::string_view::npos) return out + std::string(text);
    const std::size_t after = foot + kDashes.size();
    const std::string_view inside = text.substr(body, end - body);
    if (inside.find('\n') != std::string_view::npos) {
      out += text.substr(0, after);
    } else {
      out += text.substr(begin, body - begin);
      for (const char c : inside) out += IsBlank(c) ? '\n' : c;
      if (!out.ends_with('\n')) out += '\n';
      out += text.substr(end, after - end);
      out += '\n';
    }
    text.remove_prefix(after);
    while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  }
  return out;
}

}  // namespace onceload
