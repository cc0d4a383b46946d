#include "onceload/certificate/file_digest.h"

#include <fstream>

#include "certificate/sha256.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 20;

}  // namespace

FileDigest DigestOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  FileDigest digest;
  Sha256 sha256;
  std::string block(kBlockBytes, '\0');
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    digest.bytes += count;
    sha256.Add(std::string_view(block).substr(0, count));
  }
  if (!file.eof()) {
    throw Error(ExitCode::kInput, "the file cannot be read", path, "check that it is there");
  }
  digest.sha256 = sha256.Hex();
  return digest;
}

}  // namespace onceload
