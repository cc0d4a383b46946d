#include "onceload/verify/known_loads.h"

#include <map>
#include <utility>

#include "onceload/kafka/progress_log.h"
#include "onceload/kafka/transactional_producer.h"
#include "verify/verifier.h"

namespace onceload {

std::vector<ProgressRecord> KnownLoads(const std::string& progress_topic, Cluster& cluster,
                                       CommittedScan& scan, KafkaWait& wait,
                                       const std::function<void(const std::string&)>& notice) {
  std::vector<OffsetRange> ranges = BoundsOf(scan, kProgressPartitions, wait);
  std::vector<KafkaOffset> ends;
  wait.Until("offsets of the progress topic", [&](Duration slice) {
    return cluster.EndOffsets(progress_topic, kProgressPartitions, slice, ends);
  });
  for (std::size_t p = 0; p < ranges.size(); ++p) ranges[p].end = ends[p];
  std::map<std::string, std::string> newest;
  ScanRanges(scan, ranges, wait, [&](const CommittedRecord& record) {
    if (!record.key || record.key->find('\0') != std::string_view::npos) return;  // a part of one
    const std::string name(*record.key);
    if (record.value) {
      newest.insert_or_assign(name, *record.value);
    } else {
      newest.erase(name);
    }
  });
  std::vector<ProgressRecord> loads;
  for (const auto& [name, text] : newest) {
    try {
      loads.push_back(DecodeProgress(text, "load " + name + ", topic " + progress_topic));
    } catch (const Error& error) {
      notice("passed over: " + error.Line());
    }
  }
  return loads;
}

}  // namespace onceload
