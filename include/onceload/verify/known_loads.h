// Which loads there are, by the progress topic alone.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/kafka/cluster.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"

namespace onceload {

// The newest record of each load, by name; of a load of many files without their list. `scan` reads
// the progress topic. What was under way when it was asked is waited for, so a load whose rows were
// seen before is among them. A record that cannot be read is told by `notice`. The newest text of
// each is held meanwhile. Throws as KafkaWait does.
std::vector<ProgressRecord> KnownLoads(const std::string& progress_topic, Cluster& cluster,
                                       CommittedScan& scan, KafkaWait& wait,
                                       const std::function<void(const std::string&)>& notice);

}  // namespace onceload
