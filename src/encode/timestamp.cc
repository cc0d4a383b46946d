#include "encode/timestamp.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include "encode/column_names.h"
#include "encode/zone.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Years of four digits, as ISO 8601 writes them.
constexpr std::int64_t kEarliest = -62'167'219'200'000;  // 0000-01-01T00:00:00.000Z
constexpr std::int64_t kLatest = 253'402'300'799'999;    // 9999-12-31T23:59:59.999Z

constexpr std::size_t kZoneShownBytes = 60;

std::optional<std::int64_t> InRange(std::optional<std::int64_t> time) {
  if (!time || *time < kEarliest || *time > kLatest) return std::nullopt;
  return time;
}

void Check(const std::string& pattern, TimeKind kind) {
  if (kind != TimeKind::kTimestamp || !IsEpoch(pattern)) CheckTimePattern(pattern, kind);
}

std::vector<std::string> Split(const std::string& patterns) {
  std::vector<std::string> split(1);
  for (const char c : patterns) {
    if (c == '|') {
      split.emplace_back();
    } else {
      split.back() += c;
    }
  }
  return split;
}

bool IsPattern(const std::string& pattern, TimeKind kind) {
  try {
    Check(pattern, kind);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// Those between bars, if each is a pattern by itself; else the whole is one, with bars in it.
std::vector<std::string> PatternsOf(const std::string& text, TimeKind kind) {
  std::vector<std::string> patterns = Split(text);
  const bool several =
      std::all_of(patterns.begin(), patterns.end(),
                  [&](const std::string& pattern) { return IsPattern(pattern, kind); });
  if (several) return patterns;
  Check(text, kind);
  return {text};
}

}  // namespace

class TimestampParser::Impl {
 public:
  Impl(const TimestampFormat& format, TimeKind kind)
      : patterns_(PatternsOf(format.pattern, kind)), kind_(kind) {
    if (format.zone == "UTC") return;
    bool needs_zone = false;
    for (const std::string& pattern : patterns_) {
      needs_zone = needs_zone || (!IsEpoch(pattern) && !TellsOffset(pattern));
    }
    if (!needs_zone || kind != TimeKind::kTimestamp) {
      throw Error(ExitCode::kUsage, "a timestamp whose cells tell their offset takes no zone",
                  Quoted(format.zone, kZoneShownBytes), "leave it out");
    }
    SetZone(format.zone);
  }

  std::optional<std::int64_t> Parse(std::string_view cell) const {
    for (const std::string& pattern : patterns_) {
      if (const std::optional<std::int64_t> time = ParseBy(pattern, cell)) return time;
    }
    return std::nullopt;
  }

 private:
  void SetZone(const std::string& name) {
    if (const std::optional<seconds> offset = OffsetFrom(name)) {
      fixed_ = *offset;
      return;
    }
    zone_ = FindZone(name);
    if (!zone_) throw NoSuchZone(name);
  }

  std::optional<std::int64_t> ParseBy(const std::string& pattern, std::string_view cell) const {
    if (kind_ == TimeKind::kTimestamp && IsEpoch(pattern)) return InRange(EpochFrom(cell, pattern));
    const std::optional<TimeFields> fields = TimeFieldsOf(cell, pattern, kind_);
    if (!fields) return std::nullopt;
    if (kind_ == TimeKind::kTime) {
      return milliseconds(ClockOf(*fields)).count() + fields->millisecond;
    }
    const std::optional<seconds> utc = UtcOf(*fields);
    if (!utc) return std::nullopt;
    return InRange(milliseconds(*utc).count() + fields->millisecond);
  }

  static seconds ClockOf(const TimeFields& at) {
    return std::chrono::hours{at.hour} + std::chrono::minutes{at.minute} + seconds{at.second};
  }

  // Since 1970. nullopt: the zone has the local time twice or never.
  std::optional<seconds> UtcOf(const TimeFields& at) const {
    if (at.offset || !zone_) {
      const std::chrono::year_month_day day{std::chrono::year{at.year},
                                            std::chrono::month{at.month}, std::chrono::day{at.day}};
      return std::chrono::sys_days(day).time_since_epoch() + ClockOf(at) -
             at.offset.value_or(fixed_);
    }
    const absl::TimeZone::TimeInfo info =
        zone_->At(absl::CivilSecond(at.year, at.month, at.day, at.hour, at.minute, at.second));
    if (info.kind != absl::TimeZone::TimeInfo::UNIQUE) return std::nullopt;
    return seconds{absl::ToUnixSeconds(info.pre)};
  }

  const std::vector<std::string> patterns_;
  const TimeKind kind_;
  seconds fixed_{0};
  std::optional<absl::TimeZone> zone_;
};

TimestampParser::TimestampParser(const TimestampFormat& format, TimeKind kind)
    : impl_(std::make_unique<Impl>(format, kind)) {}
TimestampParser::~TimestampParser() = default;
TimestampParser::TimestampParser(TimestampParser&&) noexcept = default;

std::optional<std::int64_t> TimestampParser::Parse(std::string_view cell) const {
  return impl_->Parse(cell);
}

namespace {

char* AppendDigits(std::int64_t number, std::size_t count, char* to) {
  for (std::size_t i = count; i > 0; --i, number /= 10) {
    to[i - 1] = static_cast<char>('0' + number % 10);
  }
  return to + count;
}

std::chrono::sys_days MidnightOf(std::int64_t time_ms) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<milliseconds>(milliseconds{time_ms}));
}

char* AppendClockFields(std::int64_t since_midnight, bool fraction, char* to) {
  const std::chrono::hh_mm_ss clock{milliseconds{since_midnight}};
  to = AppendDigits(clock.hours().count(), 2, to);
  *to++ = ':';
  to = AppendDigits(clock.minutes().count(), 2, to);
  *to++ = ':';
  to = AppendDigits(clock.seconds().count(), 2, to);
  if (!fraction) return to;
  *to++ = '.';
  return AppendDigits(clock.subseconds().count(), 3, to);
}

}  // namespace

char* AppendIsoDate(std::int64_t time_ms, char* to) {
  const std::chrono::year_month_day day(MidnightOf(time_ms));
  to = AppendDigits(static_cast<int>(day.year()), 4, to);
  *to++ = '-';
  to = AppendDigits(static_cast<unsigned>(day.month()), 2, to);
  *to++ = '-';
  return AppendDigits(static_cast<unsigned>(day.day()), 2, to);
}

char* AppendIsoClock(std::int64_t since_midnight_ms, char* to) {
  return AppendClockFields(since_midnight_ms, since_midnight_ms % 1000 != 0, to);
}

char* AppendIsoTime(std::int64_t time_ms, char* to) {
  const std::int64_t midnight = milliseconds(MidnightOf(time_ms).time_since_epoch()).count();
  to = AppendIsoDate(time_ms, to);
  *to++ = 'T';
  to = AppendClockFields(time_ms - midnight, true, to);
  *to++ = 'Z';
  return to;
}

}  // namespace onceload
