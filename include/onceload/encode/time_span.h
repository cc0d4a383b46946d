// From the earliest to the latest of a column's times, for a doubt about all of them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

namespace onceload {

struct TimeSpan {
  // Milliseconds since 1970.
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  std::int64_t most = std::numeric_limits<std::int64_t>::min();

  void Add(std::int64_t time) {
    least = std::min(least, time);
    most = std::max(most, time);
  }
  void Add(const TimeSpan& other) {
    least = std::min(least, other.least);
    most = std::max(most, other.most);
  }
  bool any() const { return least <= most; }

  // "all its times lie in January 1970, ..." or in the future, seen from `now_ms`; "": they do not.
  std::string Doubt(std::int64_t now_ms) const;
};

}  // namespace onceload
