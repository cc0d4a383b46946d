// Which of the files in watched folders nobody writes to any more.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/source/folder_list.h"
#include "onceload/watch/watch_settings.h"

namespace onceload {

class ReadyFiles {
 public:
  explicit ReadyFiles(const ReadyRule& rule) : rule_(rule) {}

  // A look at `now`. Drops from `files` what is no input by its name: names that are written to,
  // and markers.
  void Note(std::vector<InputFile>& files, Duration now);

  // Of a file of the newest look.
  bool IsReady(const InputFile& file) const;

  // Its marker's path; empty: by this rule it has none, or it is not there.
  std::string MarkerOf(const std::string& path) const;

 private:
  struct Seen {
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
    Duration since{0};   // it has been so since then, as far as looks tell
    bool again = false;  // in two looks
  };

  const ReadyRule rule_;
  Duration now_{0};
  std::unordered_map<std::string, Seen> seen_;  // kAge: of the newest look
  std::unordered_set<std::string> markers_;     // kMarker: likewise
};

}  // namespace onceload
