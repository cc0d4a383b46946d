#include "encode/zone.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "encode/column_names.h"
#include "encode/encode_limits.h"
#include "encode/zone_links.h"
#include "onceload/core/nearest_name.h"

namespace onceload {
namespace {

// Of shorter names, "GB" or "EST", nearly every mistake is as near to another one.
constexpr std::size_t kGuessedFromBytes = 4;

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

bool IsNameByte(char c) {
  return IsUpper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("_+-").find(c) != std::string_view::npos;
}

// Parts between slashes that begin with a capital, as all of IANA's do. That leaves out paths,
// "localtime", "posixrules", "posix/..." and "right/...", which are not the same everywhere;
// and those that need no file, which are the library's own.
bool IsIanaName(std::string_view name) {
  if (name == "Factory" || name == "UTC" || name == "UTC0" || name.starts_with("Fixed/")) {
    return false;
  }
  bool part_begins = true;
  for (const char c : name) {
    if (part_begins ? !IsUpper(c) : c != '/' && !IsNameByte(c)) return false;
    part_begins = c == '/';
  }
  return !part_begins;
}

// Where Abseil looks.
std::string ZoneFolder() {
  const char* folder = std::getenv("TZDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/usr/share/zoneinfo";
}

// All that are in the folder, sorted.
std::vector<std::string> ZoneNames() {
  namespace fs = std::filesystem;
  const fs::path folder = ZoneFolder();
  std::vector<std::string> names;
  std::error_code failed;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied,
                                      failed);
  while (!failed && at != fs::recursive_directory_iterator()) {
    std::error_code unknown;
    std::string name = at->path().lexically_relative(folder).string();
    if (at->is_regular_file(unknown) && IsIanaName(name)) names.push_back(std::move(name));
    at.increment(failed);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string AdviceFor(const std::string& name) {
  const std::vector<std::string> names = ZoneNames();
  const bool known = IsIanaName(name);
  if (names.empty() && known) {
    return "install tzdata: there are no time zones in " + Quoted(ZoneFolder(), kNameShownBytes);
  }
  const std::optional<ZoneLink> link = FindZoneLink(name);
  if (link && (link->present == "UTC" || FindZone(std::string(link->present)))) {
    return "install tzdata-legacy, or write " + std::string(link->present) + ", which " +
           (link->always ? "is the same zone" : "has the same time today");
  }
  // The next of the names would be hours away.
  if ((name.starts_with("GMT") || name.starts_with("UTC")) && name.size() > 4 &&
      (name[3] == '+' || name[3] == '-')) {
    return "write the offset from UTC alone, such as " + name.substr(3, 1) + "05:00";
  }
  const std::string nearest =
      name.size() < kGuessedFromBytes ? std::string() : NearestName(name, names);
  if (!nearest.empty()) return "did you mean \"" + nearest + "\"?";
  return "use UTC, an offset such as +02:00, or an IANA name such as Europe/Berlin";
}

}  // namespace

std::optional<absl::TimeZone> FindZone(const std::string& name) {
  absl::TimeZone zone;
  if (!IsIanaName(name) || !absl::LoadTimeZone(name, &zone)) return std::nullopt;
  return zone;
}

Error NoSuchZone(const std::string& name) {
  return {ExitCode::kUsage, "no time zone of that name on this machine",
          Quoted(name, kNameShownBytes), AdviceFor(name)};
}

}  // namespace onceload
