#include "expect/manifest.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string_view>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

using nlohmann::json;

constexpr std::size_t kHexDigits = 64;
constexpr std::string_view kKind = "sha256:";

[[noreturn]] void Refuse(const std::string& path, const std::string& what) {
  throw Error(ExitCode::kUsage, "the manifest cannot be used: " + what, path,
              "it takes lines of sha256sum, a BagIt manifest-sha256.txt, or a Frictionless "
              "datapackage.json");
}

std::string TextOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) Refuse(path, "it cannot be read");
  return {std::istreambuf_iterator<char>(file), {}};
}

bool IsSha256(const std::string& text) {
  return text.size() == kHexDigits &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A name with a line end, a CR or a backslash: the line begins with a backslash then.
std::string Unescaped(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\' || i + 1 == name.size()) {
      text.push_back(name[i]);
      continue;
    }
    const char c = name[++i];
    text.push_back(c == 'n' ? '\n' : c == 'r' ? '\r' : c);
  }
  return text;
}

// "<digits>  name" or "<digits> *name".
std::optional<ManifestEntry> EntryOfLine(std::string_view line) {
  const bool escaped = line.starts_with('\\');
  if (escaped) line.remove_prefix(1);
  if (line.size() < kHexDigits + 2 || (line[kHexDigits] != ' ' && line[kHexDigits] != '\t')) {
    return std::nullopt;
  }
  ManifestEntry entry;
  entry.sha256 = Lower(line.substr(0, kHexDigits));
  std::string_view name = line.substr(kHexDigits + 1);
  // BagIt allows any blanks between the two.
  const bool marked = name.starts_with(' ') || name.starts_with('*') || name.starts_with('\t');
  if (marked) name.remove_prefix(1);
  entry.path = escaped ? Unescaped(name) : std::string(name);
  if (!IsSha256(entry.sha256) || entry.path.empty()) return std::nullopt;
  return entry;
}

std::vector<ManifestEntry> OfLines(const std::string& path, const std::string& text) {
  std::vector<ManifestEntry> entries;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    at = end + 1;
    ++number;
    if (line.empty()) continue;
    const std::optional<ManifestEntry> entry = EntryOfLine(line);
    if (!entry) Refuse(path, "line " + std::to_string(number) + " is no SHA-256 and a name");
    entries.push_back(*entry);
  }
  return entries;
}

std::optional<std::uint64_t> CountIn(const json& resource, const char* name) {
  for (const json* from : {&resource, resource.contains("stats") ? &resource["stats"] : nullptr}) {
    if (from == nullptr || !from->is_object() || !from->contains(name)) continue;
    if ((*from)[name].is_number_unsigned()) return (*from)[name].get<std::uint64_t>();
  }
  return std::nullopt;
}

std::string HashIn(const json& resource) {
  for (const json* from : {&resource, resource.contains("stats") ? &resource["stats"] : nullptr}) {
    if (from == nullptr || !from->is_object()) continue;
    if (from->contains("sha256") && (*from)["sha256"].is_string()) return (*from)["sha256"];
    if (!from->contains("hash") || !(*from)["hash"].is_string()) continue;
    const std::string hash = (*from)["hash"];
    // Without a kind it is an MD5, which proves nothing against anybody.
    return hash.starts_with(kKind) ? hash.substr(kKind.size()) : "?";
  }
  return {};
}

ManifestEntry EntryOfResource(const std::string& path, const json& resource) {
  if (!resource.is_object() || !resource.contains("path") || !resource["path"].is_string()) {
    Refuse(path, "a resource has no path, or several");
  }
  ManifestEntry entry;
  entry.path = resource["path"];
  entry.bytes = CountIn(resource, "bytes");
  entry.rows = CountIn(resource, "rows");
  entry.sha256 = Lower(HashIn(resource));
  if (!entry.sha256.empty() && !IsSha256(entry.sha256)) {
    Refuse(path, "the hash of " + entry.path + " is no \"sha256:\" with 64 digits");
  }
  return entry;
}

std::vector<ManifestEntry> OfPackage(const std::string& path, const json& package) {
  if (!package.is_object() || !package.contains("resources") || !package["resources"].is_array()) {
    Refuse(path, "it has no resources");
  }
  std::vector<ManifestEntry> entries;
  for (const json& resource : package["resources"]) {
    entries.push_back(EntryOfResource(path, resource));
  }
  return entries;
}

}  // namespace

std::vector<ManifestEntry> ReadManifest(const std::string& path) {
  const std::string text = TextOf(path);
  const json package = json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::vector<ManifestEntry> entries =
      package.is_discarded() ? OfLines(path, text) : OfPackage(path, package);
  if (entries.empty()) Refuse(path, "it names no file");
  return entries;
}

}  // namespace onceload
