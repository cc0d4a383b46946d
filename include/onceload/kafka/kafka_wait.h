// Patience with Kafka where nothing is at stake, as in an audit: one rule for all calls.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

class KafkaWait {
 public:
  using Notice = std::function<void(const std::string&)>;

  // `budget`: longest time without any news. `where` names the brokers. `notice` gets one line when
  // a wait has become noticeable. `clock` must outlive it.
  KafkaWait(Clock& clock, Duration budget, std::string where, Notice notice);

  // Calls `call` again and again until it says something other than kPending, each time with how
  // long it may wait. Throws Error(kKafka) past the budget or for what cannot be mended by waiting,
  // Error(kUsage) for kDenied. `what` is what is waited for.
  void Until(const std::string& what, const std::function<Outcome(Duration)>& call);

  // There has been news: the budget begins anew.
  void Progressed();

 private:
  [[noreturn]] void GiveUp(const std::string& what, const Outcome& outcome) const;

  Clock& clock_;
  Duration budget_;
  std::string where_;
  Notice notice_;
  Duration progressed_at_;
  bool noticed_ = false;
};

// A scan's calls, waited for. Throw as KafkaWait does.
std::vector<OffsetRange> BoundsOf(CommittedScan& scan, std::int32_t partitions, KafkaWait& wait);
void ScanRanges(CommittedScan& scan, const std::vector<OffsetRange>& ranges, KafkaWait& wait,
                const std::function<void(const CommittedRecord&)>& visit);

}  // namespace onceload
