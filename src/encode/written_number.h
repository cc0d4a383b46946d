// Numbers and truths as people write them: told by a sample of each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace onceload {

class WrittenNumber {
 public:
  // `sample`: one thousand two hundred thirty-four and fifty-six hundredths, "1.234,56", "1
  // 234.56", "1234,56"; "1.234" where there are no fractions. Throws Error(kUsage) for another
  // number.
  explicit WrittenNumber(std::string_view sample);

  // `cell` as -?[0-9]+(.[0-9]+)?. Groups are of three digits, or not made at all. False: it is
  // written otherwise.
  bool Plain(std::string_view cell, std::string& plain) const;

 private:
  std::string group_;    // "" if digits are not grouped
  std::string decimal_;  // "" if there are no fractions
};

class WrittenBoolean {
 public:
  // "t|f": the texts of true and false. Throws Error(kUsage).
  explicit WrittenBoolean(std::string_view texts);

  std::optional<bool> From(std::string_view cell) const;

 private:
  std::string true_;
  std::string false_;
};

}  // namespace onceload
