#include "expect/decimal_sum.h"

#include <algorithm>

#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr std::size_t kDigits = 9;
constexpr std::uint32_t kBase = 1'000'000'000;

bool AllDigits(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

std::uint32_t ValueOf(std::string_view digits) {
  std::uint32_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint32_t>(c - '0');
  return value;
}

std::string Padded(std::uint32_t group) {
  std::string digits = std::to_string(group);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::uint32_t At(const std::vector<std::uint32_t>& groups, std::size_t index) {
  return index < groups.size() ? groups[index] : 0;
}

// One group of a difference; `borrow` goes on to the next.
std::uint32_t Less9(std::uint32_t a, std::uint32_t b, std::uint32_t& borrow) {
  const std::uint64_t taken = std::uint64_t{b} + borrow;
  borrow = a < taken ? 1 : 0;
  return static_cast<std::uint32_t>((borrow != 0 ? std::uint64_t{kBase} : 0) + a - taken);
}

}  // namespace

void DecimalSum::Magnitude::AddToWhole(std::size_t group, std::uint64_t value) {
  for (; value > 0; ++group) {
    if (whole.size() <= group) whole.resize(group + 1);
    value += whole[group];
    whole[group] = static_cast<std::uint32_t>(value % kBase);
    value /= kBase;
  }
}

void DecimalSum::Magnitude::Add(std::string_view whole_digits, std::string_view fraction_digits) {
  const std::size_t groups = (fraction_digits.size() + kDigits - 1) / kDigits;
  if (fraction.size() < groups) fraction.resize(groups);
  std::uint64_t carry = 0;
  for (std::size_t g = groups; g-- > 0;) {
    std::string digits(fraction_digits.substr(g * kDigits, kDigits));
    digits.resize(kDigits, '0');
    carry += std::uint64_t{fraction[g]} + ValueOf(digits);
    fraction[g] = static_cast<std::uint32_t>(carry % kBase);
    carry /= kBase;
  }
  AddToWhole(0, carry);
  for (std::size_t group = 0; !whole_digits.empty(); ++group) {
    const std::size_t take = std::min(kDigits, whole_digits.size());
    AddToWhole(group, ValueOf(whole_digits.substr(whole_digits.size() - take)));
    whole_digits.remove_suffix(take);
  }
}

bool DecimalSum::Add(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
  if (whole.empty() && fraction.empty()) return false;
  if (!AllDigits(whole) || !AllDigits(fraction)) return false;
  (negative ? negative_ : positive_).Add(whole, fraction);
  return true;
}

bool DecimalSum::Less(const Magnitude& a, const Magnitude& b) {
  for (std::size_t g = std::max(a.whole.size(), b.whole.size()); g-- > 0;) {
    if (At(a.whole, g) != At(b.whole, g)) return At(a.whole, g) < At(b.whole, g);
  }
  for (std::size_t g = 0; g < std::max(a.fraction.size(), b.fraction.size()); ++g) {
    if (At(a.fraction, g) != At(b.fraction, g)) return At(a.fraction, g) < At(b.fraction, g);
  }
  return false;
}

std::string DecimalSum::Difference(const Magnitude& a, const Magnitude& b) {
  std::uint32_t borrow = 0;
  std::string fraction;
  for (std::size_t g = std::max(a.fraction.size(), b.fraction.size()); g-- > 0;) {
    fraction.insert(0, Padded(Less9(At(a.fraction, g), At(b.fraction, g), borrow)));
  }
  std::string whole;
  for (std::size_t g = 0; g < a.whole.size(); ++g) {
    whole.insert(0, Padded(Less9(a.whole[g], At(b.whole, g), borrow)));
  }
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (whole.empty()) whole.push_back('0');
  if (!fraction.empty()) whole.append(1, '.').append(fraction);
  return whole;
}

std::string DecimalSum::Text() const {
  if (!Less(positive_, negative_)) return Difference(positive_, negative_);
  std::string text(1, '-');
  return text.append(Difference(negative_, positive_));
}

}  // namespace onceload
