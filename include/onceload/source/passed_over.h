// Files that are passed over, told in a line: how many, and the first names.
#pragma once

#include <cstddef>
#include <string>

namespace onceload {

// Names that are told one by one; of more, the first of them and their number.
constexpr std::size_t kNamesTold = 3;

// How many of a kind were passed over, and the first names.
class Passed {
 public:
  void Add(const std::string& path) {
    if (count_++ < kNamesTold) names_ += (names_.empty() ? "" : ", ") + path;
  }
  bool empty() const { return count_ == 0; }
  // "2 files (a, b)"
  std::string Text(const std::string& one, const std::string& many) const {
    return std::to_string(count_) + " " + (count_ == 1 ? one : many) + " (" + names_ +
           (count_ > kNamesTold ? ", ..." : "") + ")";
  }

 private:
  std::size_t count_ = 0;
  std::string names_;
};

}  // namespace onceload
