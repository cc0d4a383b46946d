#include "onceload/verify/committed_proof.h"

#include <vector>

#include "onceload/core/error.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"

namespace onceload {

class CommittedProof::Impl {
 public:
  Impl(const ClientConfig& config, const std::string& topic, Duration budget, Clock& clock)
      : topic_(topic),
        scan_(MakeRdkafkaScan(config, topic)),
        wait_(clock, budget, config.bootstrap(), [](const std::string&) {}) {}

  void Check(const std::optional<ProgressRecord>& before, const ProgressRecord& at) {
    std::vector<PartitionProgress> found(at.partitions.size());
    if (before && before->partitions.size() == found.size()) found = before->partitions;
    std::vector<OffsetRange> ranges;
    for (std::size_t p = 0; p < found.size(); ++p) {
      const PartitionProgress& now = at.partitions[p];
      const KafkaOffset begin = found[p].end == kNoOffset ? now.first : found[p].end;
      if (begin == kNoOffset || begin >= now.end) continue;
      ranges.push_back({PartitionId{static_cast<std::int32_t>(p)}, begin, now.end});
    }
    const DigestRule rule = at.digest_rule();
    if (!ranges.empty()) {
      wait_.Until("the rows just committed", [&](Duration slice) {
        return scan_->Run(ranges, slice, [&](const CommittedRecord& record) {
          wait_.Progressed();
          found[static_cast<std::size_t>(record.partition.value)].Add(
              RecordDigest(rule, record.parts()));
        });
      });
    }
    for (std::size_t p = 0; p < found.size(); ++p) CheckPartition(p, found[p], at);
  }

 private:
  void CheckPartition(std::size_t p, const PartitionProgress& found,
                      const ProgressRecord& at) const {
    const PartitionProgress& sent = at.partitions[p];
    if (found.rows == sent.rows && found.digest == sent.digest) return;
    throw Error(ExitCode::kDifferences,
                "what lies in the topic is not what was committed: partition " + std::to_string(p) +
                    " has " + std::to_string(found.rows) + " rows of " + std::to_string(sent.rows) +
                    (found.rows == sent.rows ? ", some of them others" : ""),
                "load " + at.load_name + ", topic " + topic_,
                "nothing was moved or deleted; onceload verify names the rows");
  }

  const std::string topic_;
  std::unique_ptr<CommittedScan> scan_;
  KafkaWait wait_;
};

CommittedProof::CommittedProof(const ClientConfig& config, const std::string& topic,
                               Duration budget, Clock& clock)
    : impl_(std::make_unique<Impl>(config, topic, budget, clock)) {}
CommittedProof::~CommittedProof() = default;

void CommittedProof::Check(const std::optional<ProgressRecord>& before, const ProgressRecord& at) {
  impl_->Check(before, at);
}

}  // namespace onceload
