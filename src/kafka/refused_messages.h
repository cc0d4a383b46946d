// Which messages of a request a broker has refused, from what librdkafka reports of each.
//
// Since KIP-467 (Kafka 2.4) a broker names the records that are at fault; the others of the request
// come back with an error of their own. (Its words about each record are not to be had: librdkafka
// 2.14.2 frees them before it reports the messages that point to them.) Before that, or where a
// service does not name them, the whole request has one error: then all its messages are suspects,
// and are sent in smaller requests until one alone is refused.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "onceload/core/types.h"
#include "onceload/kafka/transactional_producer.h"

namespace onceload {

class RefusedMessages {
 public:
  void Clear() { lanes_.clear(); }

  // A message of the target topic that has failed because of its row, or beside one of them, in the
  // order in which a partition's were sent.
  void AtFault(PartitionId partition, RowNumber row, int code);
  void Beside(PartitionId partition);

  bool any() const { return !lanes_.empty(); }
  // `request_code`: of the request as a whole; several records of one that are named have another.
  RefusedOfTransaction Judged(int request_code, const std::string& timestamp_column) const;

 private:
  struct Fault {
    RowNumber row;
    int code = 0;
  };
  struct Lane {
    std::vector<Fault> faults;
    std::size_t messages = 0;
  };

  std::map<PartitionId, Lane> lanes_;
};

}  // namespace onceload
