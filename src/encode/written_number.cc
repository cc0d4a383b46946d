#include "encode/written_number.h"

#include <algorithm>

#include "encode/column_names.h"
#include "onceload/core/error.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr std::size_t kSampleShownBytes = 60;

std::size_t DigitsOf(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), &IsDigit) -
                                  text.begin());
}

bool SkipText(std::string_view& text, std::string_view begin) {
  if (!text.starts_with(begin)) return false;
  text.remove_prefix(begin.size());
  return true;
}

// What stands before the next digit.
std::string TakeSign(std::string_view& text) {
  const auto digit = std::find_if(text.begin(), text.end(), &IsDigit);
  std::string sign(text.begin(), digit);
  text.remove_prefix(sign.size());
  return sign;
}

}  // namespace

WrittenNumber::WrittenNumber(std::string_view sample) {
  std::string_view rest = sample;
  bool fits = SkipText(rest, "1");
  if (fits) group_ = TakeSign(rest);
  fits = fits && SkipText(rest, "234");
  if (fits && !rest.empty()) {
    decimal_ = TakeSign(rest);
    fits = rest == "56" && (decimal_ == "." || decimal_ == ",");
  }
  if (!fits || group_.find('-') != std::string::npos || group_.size() > 3 ||
      (!group_.empty() && group_ == decimal_)) {
    throw Error(ExitCode::kUsage, "no sample of how numbers are written",
                Quoted(sample, kSampleShownBytes),
                "write 1234.56 as the file does, for example number:1.234,56");
  }
}

bool WrittenNumber::Plain(std::string_view cell, std::string& plain) const {
  plain.clear();
  if (SkipText(cell, "-")) plain = '-';
  std::size_t digits = DigitsOf(cell);
  if (digits == 0) return false;
  plain += cell.substr(0, digits);
  cell.remove_prefix(digits);
  while (!group_.empty() && digits <= 3 && SkipText(cell, group_)) {
    if (DigitsOf(cell) != 3) return false;
    plain += cell.substr(0, 3);
    cell.remove_prefix(3);
  }
  if (cell.empty()) return true;
  if (decimal_.empty() || !SkipText(cell, decimal_)) return false;
  digits = DigitsOf(cell);
  plain += '.';
  plain += cell.substr(0, digits);
  return digits > 0 && digits == cell.size();
}

WrittenBoolean::WrittenBoolean(std::string_view texts) {
  const std::size_t bar = texts.find('|');
  true_ = texts.substr(0, bar);
  if (bar != std::string_view::npos) false_ = texts.substr(bar + 1);
  if (true_.empty() || false_.empty() || true_ == false_ || false_.find('|') != std::string::npos) {
    throw Error(ExitCode::kUsage, "a boolean has two texts, one of true and one of false",
                Quoted(texts, kSampleShownBytes), "for example boolean:t|f");
  }
}

std::optional<bool> WrittenBoolean::From(std::string_view cell) const {
  if (cell == true_) return true;
  if (cell == false_) return false;
  return std::nullopt;
}

}  // namespace onceload
