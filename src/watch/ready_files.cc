#include "watch/ready_files.h"

#include <algorithm>
#include <utility>

namespace onceload {
namespace {

bool IsUnreadyName(const std::string& path) {
  return std::any_of(std::begin(kUnreadyEndings), std::end(kUnreadyEndings),
                     [&](std::string_view ending) { return path.ends_with(ending); });
}

}  // namespace

void ReadyFiles::Note(std::vector<InputFile>& files, Duration now) {
  now_ = now;
  markers_.clear();
  if (rule_.kind == ReadyRule::Kind::kMarker) {
    for (const InputFile& file : files) {
      if (file.path.ends_with(rule_.marker)) markers_.insert(file.path);
    }
  }
  std::erase_if(files, [&](const InputFile& file) {
    return IsUnreadyName(file.path) || markers_.contains(file.path);
  });
  if (rule_.kind != ReadyRule::Kind::kAge) return;
  std::unordered_map<std::string, Seen> seen;
  for (const InputFile& file : files) {
    Seen is{file.size, file.mtime_ns, now, false};
    const auto was = seen_.find(file.path);
    if (was != seen_.end() && was->second.size == is.size && was->second.mtime_ns == is.mtime_ns) {
      is.since = was->second.since;
      is.again = true;
    }
    seen.emplace(file.path, is);
  }
  seen_ = std::move(seen);
}

bool ReadyFiles::IsReady(const InputFile& file) const {
  switch (rule_.kind) {
    case ReadyRule::Kind::kRename:
      return true;
    case ReadyRule::Kind::kMarker:
      return markers_.contains(file.path + rule_.marker);
    case ReadyRule::Kind::kAge:
      break;
  }
  const auto seen = seen_.find(file.path);
  return seen != seen_.end() && seen->second.again && now_ - seen->second.since >= rule_.age;
}

std::string ReadyFiles::MarkerOf(const std::string& path) const {
  const std::string marker = path + rule_.marker;
  return markers_.contains(marker) ? marker : std::string();
}

}  // namespace onceload
