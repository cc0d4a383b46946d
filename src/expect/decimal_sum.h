// Decimals added without loss: any number of digits, no binary fractions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

class DecimalSum {
 public:
  // "-12", "+3.50", ".5", "7.": a sign, digits, one point. False, with nothing added, for any other
  // text: no exponent, no blanks, no separators of thousands.
  bool Add(std::string_view text);

  // The sum without a sign for zero, and without zeros that say nothing: "-12.5".
  std::string Text() const;

 private:
  // A number without a sign, in groups of nine digits.
  struct Magnitude {
    std::vector<std::uint32_t> whole;     // the least group first
    std::vector<std::uint32_t> fraction;  // behind the point, the greatest first

    void Add(std::string_view whole_digits, std::string_view fraction_digits);
    void AddToWhole(std::size_t group, std::uint64_t value);
  };

  static bool Less(const Magnitude& a, const Magnitude& b);
  // a - b. REQUIRES: b <= a.
  static std::string Difference(const Magnitude& a, const Magnitude& b);

  Magnitude positive_;
  Magnitude negative_;
};

}  // namespace onceload
