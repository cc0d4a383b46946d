// How folders are watched.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "onceload/core/clock.h"

namespace onceload {

// How it is told that nobody writes to a file any more.
struct ReadyRule {
  enum class Kind : std::uint8_t {
    kRename,  // it is written under another name and renamed: what has its name is whole
    kAge,     // size and time have stayed for so long, by this process's own clock
    kMarker,  // a file of its name and an ending lies beside it
  };
  Kind kind = Kind::kRename;
  Duration age{0};
  std::string marker;  // the ending: ".done"
};

// What is done with a file once all of its rows are committed.
struct AfterRule {
  enum class Kind : std::uint8_t { kKeep, kMove, kDelete };
  Kind kind = Kind::kKeep;
  std::string folder;  // kMove: where to
};

struct WatchSettings {
  ReadyRule ready;
  AfterRule after;
  std::string failed;     // the folder for files that cannot be loaded; empty: one ends the run
  Duration poll{10'000};  // between two looks
  bool standby = false;   // wait while another watcher holds the load
  bool verify_each = false;
};

// Endings of names that are written to, of browsers, rsync and file servers; whatever the rule.
inline constexpr std::string_view kUnreadyEndings[] = {".tmp", ".part", ".filepart"};

// In a round, before the files loaded are seen to: by then none of them is older than the time that
// so much takes.
inline constexpr std::size_t kRoundFilesMax = 256;
inline constexpr std::uint64_t kRoundBytesMax = std::uint64_t{1} << 30;

}  // namespace onceload
