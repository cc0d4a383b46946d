// A file as others can name it: SHA-256 of its bytes as they lie there, packed or not.
#pragma once

#include <cstdint>
#include <string>

namespace onceload {

struct FileDigest {
  std::uint64_t bytes = 0;
  std::string sha256;  // hexadecimal, lower case
};

// Throws Error(kInput).
FileDigest DigestOfFile(const std::string& path);

}  // namespace onceload
