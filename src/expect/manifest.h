// Lists of files that others have made: what each of them should be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace onceload {

struct ManifestEntry {
  std::string path;  // as it stands there, relative to the manifest's folder
  std::optional<std::uint64_t> bytes;
  std::string sha256;  // lower case; empty: not said
  std::optional<std::uint64_t> rows;
};

// Lines of sha256sum(1), which are also those of a BagIt manifest-sha256.txt, or a Frictionless
// datapackage.json (bytes, hash, rows). Throws Error(kUsage): it cannot be read, or says nothing
// that can be checked (another hash than SHA-256).
std::vector<ManifestEntry> ReadManifest(const std::string& path);

}  // namespace onceload
