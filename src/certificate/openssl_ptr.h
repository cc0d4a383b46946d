// Owners of OpenSSL's things.
#pragma once

#include <memory>

#include <openssl/evp.h>

#include "onceload/core/freed_by.h"

namespace onceload {

using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, FreedBy<&EVP_MD_CTX_free>>;
using PublicKeyPtr = std::unique_ptr<EVP_PKEY, FreedBy<&EVP_PKEY_free>>;

}  // namespace onceload
