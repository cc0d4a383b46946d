// Where a row of a file lies in the topic, and which row a record of the topic is. What a load has
// written down of its chunks, in the ledger or in Kafka, says near which place; from there at most
// a chunk of the file and of one partition is read, or as much as lies between two such places.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/types.h"
#include "onceload/kafka/client_config.h"
#include "onceload/locate/locate_report.h"

namespace onceload {

struct LocateRequest {
  ClientConfig config;
  std::string topic;
  std::string progress_topic;
  std::string name;   // of the load; empty for FindOrigin(): of whichever has rows there
  std::string state;  // the ledger; need not be there
  // Where the load's files are now; one whose path is still the load's need not be among them.
  std::vector<std::string> files;
  Duration retry_budget{0};  // without news from Kafka
  std::function<void(const std::string&)> notice;
};

// Places of a key that are listed.
inline constexpr std::size_t kPlacesMax = 100;

// All throw Error(kUsage): nothing is known of the load, there is no such row, file or offset, or
// not yet, or it was rejected; Error(kInput): the file is not there, or is another one by now;
// Error(kDifferences): the topic does not hold there what was loaded; Error(kKafka).
Located FindRow(const LocateRequest& request, RowNumber row, Clock& clock);
// Of messages with this key. REQUIRES (else Error(kUsage)): the key chooses the partition.
Located FindKey(const LocateRequest& request, const std::string& key, Clock& clock);
Located FindOrigin(const LocateRequest& request, PartitionId partition, KafkaOffset offset,
                   Clock& clock);

}  // namespace onceload
