// Owners of OpenSSL's things, and its errors as ours.
#pragma once

#include <memory>
#include <string>

#include <openssl/evp.h>

namespace onceload {

template <auto Release>
struct OpensslFreed {
  template <typename Thing>
  void operator()(Thing* thing) const noexcept {
    Release(thing);
  }
};

using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, OpensslFreed<&EVP_MD_CTX_free>>;
using PublicKeyPtr = std::unique_ptr<EVP_PKEY, OpensslFreed<&EVP_PKEY_free>>;

// Throws Error(kUsage) with OpenSSL's reason, which it takes from its queue.
[[noreturn]] void RefuseKey(const std::string& what, const std::string& path,
                            const std::string& advice);

}  // namespace onceload
