// The text of a time, field by field, by a pattern. No locale is asked: names are English.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace onceload {

// What a column's cells tell.
enum class TimeKind : std::uint8_t { kTimestamp, kDate, kTime };

struct TimeFields {
  int year = 0;
  unsigned month = 1;
  unsigned day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;  // what is below one is cut off
  std::optional<std::chrono::seconds> offset;
};

// Throws Error(kUsage) for a pattern that is none, or does not tell what `kind` needs. "iso" and
// "iso8601" are patterns; "epoch-s" and the like are not.
void CheckTimePattern(std::string_view pattern, TimeKind kind);

// Does `pattern` say how a cell tells its offset from UTC?
bool TellsOffset(std::string_view pattern);

// nullopt: the cell is not written so, or tells a day or an hour that there is not. An hour of 24
// is 0 of the next day. REQUIRES: CheckTimePattern().
std::optional<TimeFields> TimeFieldsOf(std::string_view cell, std::string_view pattern,
                                       TimeKind kind);

// "+02:00" and the like; nullopt: it is none.
std::optional<std::chrono::seconds> OffsetFrom(std::string_view text);

// -?[0-9]+, a fraction too where `unit` is a second, of units since 1970: milliseconds. `unit`:
// "epoch-s", "epoch-ms", "epoch-us" or "epoch-ns". nullopt: the cell is none, or out of range.
std::optional<std::int64_t> EpochFrom(std::string_view cell, std::string_view unit);
bool IsEpoch(std::string_view pattern);

}  // namespace onceload
