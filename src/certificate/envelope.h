// DSSE: a text, and Ed25519 signatures over it. https://github.com/secure-systems-lab/dsse
#pragma once

#include <string>

namespace onceload {

// An in-toto statement's.
inline constexpr char kPayloadType[] = "application/vnd.in-toto+json";

// The envelope as one line of JSON. `key_path`: an Ed25519 private key, PEM. Throws Error(kUsage).
std::string Sign(const std::string& payload, const std::string& key_path);

// Whether a text is an envelope at all.
bool IsEnvelope(const std::string& text);

// The payload, if one of the envelope's signatures is by the key. `key_path`: an Ed25519 public
// key, PEM. Throws Error(kUsage): no such key; Error(kDifferences): no signature of it, the
// envelope is no envelope, or holds something else.
std::string Open(const std::string& text, const std::string& key_path);

}  // namespace onceload
