// A sequence of records as its running digest, with marks on the way: enough to tell where two long
// sequences part, in 16 bytes per thousand records.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/core/types.h"

namespace onceload {

class Trail {
 public:
  // Records between two marks.
  static constexpr std::uint64_t kStep = 1024;

  struct Mark {
    Digest digest;
    std::int64_t place = 0;  // the record's offset or row
  };

  void Add(Digest record, std::int64_t place) {
    digest_ = Extend(digest_, record);
    if (++count_ % kStep == 0) marks_.push_back({digest_, place});
  }

  std::uint64_t count() const { return count_; }
  bool operator==(const Trail& other) const {
    return count_ == other.count_ && digest_ == other.digest_;
  }
  const std::vector<Mark>& marks() const { return marks_; }

 private:
  std::uint64_t count_ = 0;
  Digest digest_;
  std::vector<Mark> marks_;
};

// Number of marks up to which both are the same; nullopt: they are the same to the end.
std::optional<std::size_t> PartingMark(const Trail& a, const Trail& b);

}  // namespace onceload
