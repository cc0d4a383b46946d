// Times in cells: text to milliseconds since 1970, and back to ISO 8601. No locale is asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "onceload/encode/encode_options.h"

namespace onceload {

// 2019-10-01T00:00:00.000Z
inline constexpr std::size_t kIsoTimeBytes = 24;

class TimestampParser {
 public:
  // Throws Error(kUsage) for a pattern or a zone that it does not understand.
  explicit TimestampParser(const TimestampFormat& format);
  ~TimestampParser();
  TimestampParser(TimestampParser&&) noexcept;
  TimestampParser& operator=(TimestampParser&&) = delete;

  // Milliseconds since 1970, of the years 0 to 9999. nullopt: the cell is no such time, or the zone
  // has that local time twice or never.
  std::optional<std::int64_t> Parse(std::string_view cell) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Writes kIsoTimeBytes bytes; returns the end. REQUIRES: a time that Parse() has returned.
char* AppendIsoTime(std::int64_t time_ms, char* to);

}  // namespace onceload
