// Which messages of a request a broker has refused, from what librdkafka reports of each.
//
// Since KIP-467 (Kafka 2.4) a broker names the records that are at fault; the others of the request
// come back with an error of their own; but where it names one alone, librdkafka 2.14.2 gives all
// the same error, and only where its words lie differs: those of the others are one text of its
// own. The words themselves must not be read, they are freed before the message is reported. Before
// that, or where a service does not name them, the whole request has one error: then all its
// messages are suspects, and are sent in smaller requests until one alone is refused.
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
  // order in which a partition's were sent. `words`: where the broker's words about it lie.
  void AtFault(PartitionId partition, RowNumber row, int code, const void* words);
  void Beside(PartitionId partition);

  bool any() const { return !lanes_.empty(); }
  // `request_code`: of the request as a whole; several records of one that are named have another.
  RefusedOfTransaction Judged(int request_code, const std::string& timestamp_column) const;

 private:
  struct Fault {
    RowNumber row;
    int code = 0;
    const void* words = nullptr;
  };
  struct Lane {
    std::vector<Fault> faults;
    std::size_t messages = 0;
  };

  static const Fault* OddOneOut(const std::vector<Fault>& faults);

  std::map<PartitionId, Lane> lanes_;
};

}  // namespace onceload
