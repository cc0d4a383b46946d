#include "encode/timestamp.h"

#include <array>
#include <charconv>
#include <chrono>

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

constexpr std::size_t kPatternShownBytes = 60;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

[[noreturn]] void Refuse(const std::string& what, std::string_view where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, Quoted(where, kPatternShownBytes), advice);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// What a cell's text says, field by field.
struct Fields {
  int year = 0;
  unsigned month = 1;
  unsigned day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int millisecond = 0;
  std::optional<seconds> offset;
};

// Takes fields off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }

  bool Take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // `least` to `most` digits, as many as there are.
  template <typename Int>
  bool Number(std::size_t least, std::size_t most, Int& number) {
    number = 0;
    std::size_t count = 0;
    for (; count < most && count < text_.size() && IsDigit(text_[count]); ++count) {
      number = static_cast<Int>(10 * number + static_cast<Int>(text_[count] - '0'));
    }
    text_.remove_prefix(count);
    return count >= least;
  }

  // 1 to 9 digits; those below a millisecond are cut off.
  bool Fraction(int& millisecond) {
    const std::size_t before = text_.size();
    std::int64_t number = 0;
    if (!Number(1, 9, number)) return false;
    for (std::size_t digits = before - text_.size(); digits < 9; ++digits) number *= 10;
    millisecond = static_cast<int>(number / 1'000'000);
    return true;
  }

  bool Month(unsigned& month) {
    for (month = 1; month <= kMonths.size(); ++month) {
      if (!text_.starts_with(kMonths[month - 1])) continue;
      text_.remove_prefix(kMonths[month - 1].size());
      return true;
    }
    return false;
  }

  // Z, +02, +0200, +02:00
  bool Offset(std::optional<seconds>& offset) {
    offset = seconds{0};
    if (Take('Z')) return true;
    const bool west = Take('-');
    if (!west && !Take('+')) return false;
    int hours = 0;
    int minutes = 0;
    if (!Number(2, 2, hours)) return false;
    const bool colon = Take(':');
    if (colon || (!text_.empty() && IsDigit(text_.front()))) {
      if (!Number(2, 2, minutes)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    offset = seconds{(west ? -60 : 60) * (60 * hours + minutes)};
    return true;
  }

 private:
  std::string_view text_;
};

bool TakeField(char directive, Scanner& scanner, Fields& fields) {
  switch (directive) {
    case 'Y':
      return scanner.Number(4, 4, fields.year);
    case 'm':
      return scanner.Number(1, 2, fields.month);
    case 'b':
      return scanner.Month(fields.month);
    case 'd':
      return scanner.Number(1, 2, fields.day);
    case 'H':
      return scanner.Number(1, 2, fields.hour);
    case 'M':
      return scanner.Number(1, 2, fields.minute);
    case 'S':
      return scanner.Number(1, 2, fields.second);
    case 'f':
      return scanner.Fraction(fields.millisecond);
    case 'z':
      return scanner.Offset(fields.offset);
    default:
      return scanner.Take('%');
  }
}

bool TakePattern(std::string_view pattern, Scanner& scanner, Fields& fields) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%' ? !TakeField(pattern[++i], scanner, fields) : !scanner.Take(pattern[i])) {
      return false;
    }
  }
  return true;
}

bool TakeIso(Scanner& scanner, Fields& fields) {
  if (!TakePattern("%Y-%m-%d", scanner, fields)) return false;
  if (!scanner.Take('T') && !scanner.Take(' ')) return false;
  if (!TakePattern("%H:%M:%S", scanner, fields)) return false;
  if (scanner.Take('.') && !scanner.Fraction(fields.millisecond)) return false;
  return scanner.done() || scanner.Offset(fields.offset);
}

std::optional<std::int64_t> InRange(std::int64_t time) {
  if (time < kEarliest || time > kLatest) return std::nullopt;
  return time;
}

// -?[0-9]+, with `seconds`: and (.[0-9]+)?. The range is below 2^63 by far: 15 digits will do.
std::optional<std::int64_t> ParseEpoch(std::string_view cell, bool in_seconds) {
  Scanner scanner(cell);
  const bool before = scanner.Take('-');
  std::int64_t time = 0;
  int fraction = 0;
  if (!scanner.Number(1, 15, time)) return std::nullopt;
  if (in_seconds) {
    if (scanner.Take('.') && !scanner.Fraction(fraction)) return std::nullopt;
    time = 1000 * time + fraction;
  }
  if (!scanner.done()) return std::nullopt;
  return InRange(before ? -time : time);
}

// Is there exactly one of these?
bool Has(std::string_view pattern, std::string_view directive) {
  const std::size_t at = pattern.find(directive);
  return at != std::string_view::npos && pattern.find(directive, at + 1) == std::string_view::npos;
}

void CheckPattern(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    if (++i == pattern.size() ||
        std::string_view("YmbdHMSfz%").find(pattern[i]) == std::string_view::npos) {
      Refuse("a timestamp's pattern has an unknown directive", pattern,
             "use iso, epoch-s, epoch-ms, or %Y %m %b %d %H %M %S %f %z %%");
    }
  }
  if (!Has(pattern, "%Y") || Has(pattern, "%m") == Has(pattern, "%b") || !Has(pattern, "%d")) {
    Refuse("a timestamp's pattern needs %Y, %d and one of %m and %b, each once", pattern,
           "for example %Y-%m-%d %H:%M:%S");
  }
}

}  // namespace

class TimestampParser::Impl {
 public:
  explicit Impl(const TimestampFormat& format) : pattern_(format.pattern) {
    const bool epoch = pattern_ == "epoch-s" || pattern_ == "epoch-ms";
    if (!epoch && pattern_ != "iso") CheckPattern(pattern_);
    if (format.zone == "UTC") return;
    if (epoch || pattern_.find("%z") != std::string::npos) {
      Refuse("a timestamp whose cells tell their offset takes no zone", format.zone,
             "leave it out");
    }
    SetZone(format.zone);
  }

  std::optional<std::int64_t> Parse(std::string_view cell) const {
    if (pattern_ == "epoch-ms") return ParseEpoch(cell, false);
    if (pattern_ == "epoch-s") return ParseEpoch(cell, true);
    Scanner scanner(cell);
    Fields fields;
    const bool fits =
        pattern_ == "iso" ? TakeIso(scanner, fields) : TakePattern(pattern_, scanner, fields);
    if (!fits || !scanner.done()) return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year{fields.year},
                                          std::chrono::month{fields.month},
                                          std::chrono::day{fields.day}};
    // No second 60: neither Kafka nor the time since 1970 knows leap seconds.
    if (!day.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 59) {
      return std::nullopt;
    }
    const std::optional<seconds> utc = UtcOf(fields, day);
    if (!utc) return std::nullopt;
    return InRange(milliseconds(*utc).count() + fields.millisecond);
  }

 private:
  void SetZone(const std::string& name) {
    Scanner scanner(name);
    std::optional<seconds> offset;
    if (scanner.Offset(offset) && scanner.done()) {
      fixed_ = *offset;
      return;
    }
    zone_ = FindZone(name);
    if (!zone_) throw NoSuchZone(name);
  }

  // Since 1970. nullopt: the zone has the local time twice or never.
  std::optional<seconds> UtcOf(const Fields& at, std::chrono::year_month_day day) const {
    if (at.offset || !zone_) {
      return std::chrono::sys_days(day).time_since_epoch() + std::chrono::hours{at.hour} +
             std::chrono::minutes{at.minute} + seconds{at.second} - at.offset.value_or(fixed_);
    }
    const absl::TimeZone::TimeInfo info =
        zone_->At(absl::CivilSecond(at.year, at.month, at.day, at.hour, at.minute, at.second));
    if (info.kind != absl::TimeZone::TimeInfo::UNIQUE) return std::nullopt;
    return seconds{absl::ToUnixSeconds(info.pre)};
  }

  const std::string pattern_;
  seconds fixed_{0};
  std::optional<absl::TimeZone> zone_;
};

TimestampParser::TimestampParser(const TimestampFormat& format)
    : impl_(std::make_unique<Impl>(format)) {}
TimestampParser::~TimestampParser() = default;
TimestampParser::TimestampParser(TimestampParser&&) noexcept = default;

std::optional<std::int64_t> TimestampParser::Parse(std::string_view cell) const {
  return impl_->Parse(cell);
}

char* AppendIsoTime(std::int64_t time_ms, char* to) {
  const std::chrono::sys_time<milliseconds> at{milliseconds{time_ms}};
  const auto midnight = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss clock(at - midnight);
  const auto digits = [&to](std::int64_t number, std::size_t count) {
    for (std::size_t i = count; i > 0; --i, number /= 10) {
      to[i - 1] = static_cast<char>('0' + number % 10);
    }
    to += count;
  };
  digits(static_cast<int>(day.year()), 4);
  *to++ = '-';
  digits(static_cast<unsigned>(day.month()), 2);
  *to++ = '-';
  digits(static_cast<unsigned>(day.day()), 2);
  *to++ = 'T';
  digits(clock.hours().count(), 2);
  *to++ = ':';
  digits(clock.minutes().count(), 2);
  *to++ = ':';
  digits(clock.seconds().count(), 2);
  *to++ = '.';
  digits(clock.subseconds().count(), 3);
  *to++ = 'Z';
  return to;
}

}  // namespace onceload
