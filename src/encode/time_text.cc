#include "encode/time_text.h"

#include <algorithm>
#include <array>

#include "encode/column_names.h"
#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

using std::chrono::seconds;

constexpr std::size_t kPatternShownBytes = 60;

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::size_t kShortName = 3;

// A fraction of more digits than that is no finer.
constexpr std::size_t kFractionDigits = 9;

[[noreturn]] void Refuse(const std::string& what, std::string_view where,
                         const std::string& advice) {
  throw Error(ExitCode::kUsage, what, Quoted(where, kPatternShownBytes), advice);
}

struct Fields : TimeFields {
  std::optional<unsigned> weekday;
  std::optional<bool> afternoon;
  bool may_be_24 = false;
};

// Takes fields off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool done() const { return text_.empty(); }
  bool digit() const { return !text_.empty() && IsDigit(text_.front()); }

  bool Take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // In any case.
  bool TakeWord(std::string_view word) {
    if (text_.size() < word.size() || Lower(text_.substr(0, word.size())) != Lower(word)) {
      return false;
    }
    text_.remove_prefix(word.size());
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

  // 1 to 9 digits.
  bool Fraction(int& millisecond) {
    const std::size_t before = text_.size();
    std::int64_t number = 0;
    if (!Number(1, kFractionDigits, number)) return false;
    for (std::size_t digits = before - text_.size(); digits < kFractionDigits; ++digits) {
      number *= 10;
    }
    millisecond = static_cast<int>(number / 1'000'000);
    return true;
  }

  void SkipDigits() {
    while (digit()) text_.remove_prefix(1);
  }

  // 1-based; as they are written, of `%b` also in the case that is.
  bool Month(bool whole, unsigned& month) {
    for (month = 1; month <= kMonths.size(); ++month) {
      const std::string_view name = kMonths[month - 1];
      if (whole ? TakeWord(name) : TakeExactly(name.substr(0, kShortName))) return true;
    }
    return false;
  }

  bool Weekday(bool whole, std::optional<unsigned>& weekday) {
    for (unsigned day = 0; day < kDays.size(); ++day) {
      weekday = day;
      if (TakeWord(whole ? kDays[day] : kDays[day].substr(0, kShortName))) return true;
    }
    return false;
  }

  bool Afternoon(std::optional<bool>& afternoon) {
    afternoon = TakeWord("PM");
    return *afternoon || TakeWord("AM");
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
    if (colon || digit()) {
      if (!Number(2, 2, minutes)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    offset = seconds{(west ? -60 : 60) * (60 * hours + minutes)};
    return true;
  }

 private:
  bool TakeExactly(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  std::string_view text_;
};

// POSIX's rule for years of two digits.
bool TakeShortYear(Scanner& scanner, Fields& fields) {
  if (!scanner.Number(2, 2, fields.year)) return false;
  fields.year += fields.year < 69 ? 2000 : 1900;
  return true;
}

bool TakeHourOf12(Scanner& scanner, Fields& fields) {
  return scanner.Number(1, 2, fields.hour) && fields.hour >= 1 && fields.hour <= 12;
}

bool TakeField(char directive, Scanner& scanner, Fields& fields) {
  switch (directive) {
    case 'Y':
      return scanner.Number(4, 4, fields.year);
    case 'y':
      return TakeShortYear(scanner, fields);
    case 'm':
      return scanner.Number(1, 2, fields.month);
    case 'b':
    case 'B':
      return scanner.Month(directive == 'B', fields.month);
    case 'd':
      return scanner.Number(1, 2, fields.day);
    case 'a':
    case 'A':
      return scanner.Weekday(directive == 'A', fields.weekday);
    case 'k':
      fields.may_be_24 = true;
      return scanner.Number(1, 2, fields.hour);
    case 'H':
      return scanner.Number(1, 2, fields.hour);
    case 'I':
      return TakeHourOf12(scanner, fields);
    case 'p':
      return scanner.Afternoon(fields.afternoon);
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

// 10:30, 10:30:00, 103000, with a fraction behind a point or comma.
bool TakeClock(Scanner& scanner, Fields& fields) {
  fields.may_be_24 = true;
  if (!scanner.Number(2, 2, fields.hour)) return false;
  const bool colons = scanner.Take(':');
  if (!scanner.Number(2, 2, fields.minute)) return false;
  if (colons ? !scanner.Take(':') : !scanner.digit()) return true;
  if (!scanner.Number(2, 2, fields.second)) return false;
  if (!scanner.Take('.') && !scanner.Take(',')) return true;
  const bool fits = scanner.Fraction(fields.millisecond);
  scanner.SkipDigits();
  return fits;
}

bool TakeDay(Scanner& scanner, Fields& fields) {
  if (!scanner.Number(4, 4, fields.year)) return false;
  const bool dashes = scanner.Take('-');
  return scanner.Number(2, 2, fields.month) && (!dashes || scanner.Take('-')) &&
         scanner.Number(2, 2, fields.day);
}

// What people write for ISO 8601 and RFC 3339: without seconds or a time, `t` and `z`, a comma
// before the fraction, a blank before the offset, UTC or GMT for it, 24:00.
bool TakeIso8601(Scanner& scanner, Fields& fields) {
  if (!TakeDay(scanner, fields)) return false;
  if (scanner.done()) return true;
  if (!scanner.TakeWord("T") && !scanner.Take(' ')) return false;
  if (!TakeClock(scanner, fields)) return false;
  scanner.Take(' ');
  if (scanner.done()) return true;
  if (scanner.TakeWord("Z") || scanner.TakeWord("UTC") || scanner.TakeWord("GMT")) {
    fields.offset = seconds{0};
    return true;
  }
  return scanner.Offset(fields.offset);
}

// No second 60: neither Kafka nor the time since 1970 knows leap seconds.
bool IsClock(const Fields& fields) {
  if (fields.hour == 24) {
    return fields.may_be_24 && fields.minute + fields.second + fields.millisecond == 0;
  }
  return fields.hour <= 23 && fields.minute <= 59 && fields.second <= 59;
}

// The day's own name, and an hour of 24 on the day after.
bool SettleDay(Fields& fields) {
  std::chrono::year_month_day day{std::chrono::year{fields.year}, std::chrono::month{fields.month},
                                  std::chrono::day{fields.day}};
  if (!day.ok()) return false;
  if (fields.weekday &&
      std::chrono::weekday(std::chrono::sys_days(day)).c_encoding() != *fields.weekday) {
    return false;
  }
  if (fields.hour != 24) return true;
  fields.hour = 0;
  day = std::chrono::sys_days(day) + std::chrono::days(1);
  fields.year = static_cast<int>(day.year());
  fields.month = static_cast<unsigned>(day.month());
  fields.day = static_cast<unsigned>(day.day());
  return true;
}

bool TakeCell(std::string_view pattern, TimeKind kind, Scanner& scanner, Fields& fields) {
  if (pattern != "iso" && pattern != "iso8601") return TakePattern(pattern, scanner, fields);
  if (kind == TimeKind::kTime) return TakeClock(scanner, fields);
  if (kind == TimeKind::kDate) return TakeDay(scanner, fields);
  return pattern == "iso" ? TakeIso(scanner, fields) : TakeIso8601(scanner, fields);
}

// How often one of these stands in the pattern.
std::size_t Count(std::string_view pattern, std::string_view directives) {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    count += directives.find(pattern[++i]) != std::string_view::npos ? 1 : 0;
  }
  return count;
}

}  // namespace

void CheckTimePattern(std::string_view pattern, TimeKind kind) {
  if (pattern == "iso" || pattern == "iso8601") return;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') continue;
    if (++i == pattern.size() ||
        std::string_view("YymbBdaAHkIpMSfz%").find(pattern[i]) == std::string_view::npos) {
      Refuse("a timestamp's pattern has an unknown directive", pattern,
             "use iso, iso8601, epoch-s, epoch-ms, epoch-us, epoch-ns, or %Y %y %m %b %B %d %a %A "
             "%H %k %I %p %M %S %f %z %%");
    }
  }
  const bool day =
      Count(pattern, "Yy") == 1 && Count(pattern, "mbB") == 1 && Count(pattern, "d") == 1;
  if (kind != TimeKind::kTime && !day) {
    Refuse("a timestamp's pattern needs %Y or %y, %d and one of %m, %b and %B, each once", pattern,
           "for example %Y-%m-%d %H:%M:%S");
  }
  const std::size_t twelve = Count(pattern, "I");
  if (twelve > 1 || twelve != Count(pattern, "p") || (twelve > 0 && Count(pattern, "Hk") > 0) ||
      (kind == TimeKind::kTime && Count(pattern, "HkI") == 0)) {
    Refuse("a timestamp's pattern needs one hour: %H, %k or %I with %p", pattern,
           "for example %I:%M %p");
  }
}

bool TellsOffset(std::string_view pattern) { return Count(pattern, "z") > 0; }

std::optional<TimeFields> TimeFieldsOf(std::string_view cell, std::string_view pattern,
                                       TimeKind kind) {
  Scanner scanner(cell);
  Fields fields;
  if (!TakeCell(pattern, kind, scanner, fields) || !scanner.done()) return std::nullopt;
  if (fields.afternoon) fields.hour = fields.hour % 12 + (*fields.afternoon ? 12 : 0);
  if (!IsClock(fields)) return std::nullopt;
  if (kind != TimeKind::kTime && !SettleDay(fields)) return std::nullopt;
  // The end of a day is no time of it.
  if (fields.hour == 24) return std::nullopt;
  return fields;
}

std::optional<seconds> OffsetFrom(std::string_view text) {
  Scanner scanner(text);
  std::optional<seconds> offset;
  if (!scanner.Offset(offset) || !scanner.done()) return std::nullopt;
  return offset;
}

bool IsEpoch(std::string_view pattern) {
  return pattern == "epoch-s" || pattern == "epoch-ms" || pattern == "epoch-us" ||
         pattern == "epoch-ns";
}

std::optional<std::int64_t> EpochFrom(std::string_view cell, std::string_view unit) {
  Scanner scanner(cell);
  const bool before = scanner.Take('-');
  std::int64_t time = 0;
  int fraction = 0;
  // Up to the year 9999, and of nanoseconds to what 64 bits hold (2262).
  const std::size_t digits = unit == "epoch-us" || unit == "epoch-ns" ? 18 : 15;
  if (!scanner.Number(1, digits, time)) return std::nullopt;
  if (unit == "epoch-s") {
    if (scanner.Take('.') && !scanner.Fraction(fraction)) return std::nullopt;
    time = 1000 * time + fraction;
  } else if (unit == "epoch-us") {
    time /= 1'000;
  } else if (unit == "epoch-ns") {
    int last = 0;
    const bool more = scanner.digit();  // a nineteenth, which is below a millisecond anyway
    if (more && !scanner.Number(1, 1, last)) return std::nullopt;
    time /= more ? 100'000 : 1'000'000;
  }
  if (!scanner.done()) return std::nullopt;
  return before ? -time : time;
}

}  // namespace onceload
