// Times in cells: text to milliseconds since 1970, and back to ISO 8601. No locale is asked.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "encode/time_text.h"
#include "onceload/encode/encode_options.h"

namespace onceload {

// 2019-10-01T00:00:00.000Z
inline constexpr std::size_t kIsoTimeBytes = 24;

class TimestampParser {
 public:
  // Throws Error(kUsage) for a pattern or a zone that it does not understand.
  explicit TimestampParser(const TimestampFormat& format, TimeKind kind = TimeKind::kTimestamp);
  ~TimestampParser();
  TimestampParser(TimestampParser&&) noexcept;
  TimestampParser& operator=(TimestampParser&&) = delete;

  // By the first of the patterns that the cell fits. Milliseconds since 1970, of the years 0 to
  // 9999; of a date, at its midnight; of a time, since midnight. nullopt: the cell is no such time,
  // or the zone has that local time twice or never.
  std::optional<std::int64_t> Parse(std::string_view cell) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// Each writes at most kIsoTimeBytes bytes and returns the end. REQUIRES: a time that Parse() has
// returned.
char* AppendIsoTime(std::int64_t time_ms, char* to);
char* AppendIsoDate(std::int64_t time_ms, char* to);             // 2019-10-01
char* AppendIsoClock(std::int64_t since_midnight_ms, char* to);  // 00:00:00, 00:00:00.500

}  // namespace onceload
