// Certificates and keys in the files that Java clients have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace onceload {

// Throws Error(kUsage) with OpenSSL's newest reason in brackets, which it takes from its queue.
[[noreturn]] void RefuseByOpenssl(const std::string& what, const std::string& path,
                                  const std::string& advice);

enum class StoreKind : std::uint8_t { kPem, kPkcs12, kJks };

// By its first bytes, whatever its name and type say: since Java 9 "JKS" may hold PKCS#12. nullopt:
// it cannot be read, or is none of these.
std::optional<StoreKind> KindOfStore(const std::string& path);

// By Java's ssl.keystore.type; nullopt: there is no such type.
std::optional<StoreKind> KindOfType(std::string_view type);

// How to make a PKCS#12 of it. `property`: "ssl.truststore", "ssl.keystore".
std::string ConversionOf(const std::string& path, const std::string& property);

// The certificates of a PKCS#12 trust store as PEM. Throws Error(kUsage): wrong password, no
// certificate, no such file.
std::string CertificatesOf(const std::string& path, const std::string& password);

// `text` with a line end where blanks stand between the lines of a PEM block, which is how a value
// comes out of a properties file whose lines go on. What has line ends is left alone.
std::string PemWithLines(std::string_view text);

}  // namespace onceload
