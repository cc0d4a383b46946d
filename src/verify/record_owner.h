// Whose a record is, where rows of several loads lie among each other.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/kafka/committed_scan.h"

namespace onceload {

class RecordOwner {
 public:
  static constexpr std::size_t kUntold = ~std::size_t{0};

  explicit RecordOwner(const std::vector<ProgressRecord>& loads);

  // By its header or its key; kUntold: neither says so.
  std::size_t Of(const CommittedRecord& record) const;
  // Whether records of this load say whose they are.
  bool Tells(std::size_t load) const { return tells_[load]; }

 private:
  std::map<std::string, std::size_t, std::less<>> by_id_;  // loads with headers
  std::vector<std::size_t> by_share_;                      // of keys; empty: keys tell nothing
  std::vector<bool> tells_;
};

}  // namespace onceload
