// A token bucket: how much a load may send a second.
#pragma once

#include <cstdint>

#include "onceload/core/clock.h"
#include "onceload/load/load_run.h"
#include "onceload/load/row_source.h"
#include "onceload/message/message_batch.h"

namespace onceload {

// A batch is sent as a whole and may overdraw the bucket: the next one waits until that is paid.
// So batches have to be small beside the rate. Used by the load thread only.
class RateLimit {
 public:
  // Begins empty: a load that is killed often may not send more for it. `clock` must outlive it.
  RateLimit(const MaxRate& rate, const Clock& clock);

  // Makes batches small beside the rate.
  void Narrow(BatchLimits& limits) const;

  // How long nothing may be sent; 0: now.
  Duration Delay();

  // `batch` is being sent.
  void Take(const MessageBatch& batch);

 private:
  const bool counts_bytes_;
  const std::uint64_t per_second_;  // 0: no limit
  const Clock& clock_;
  Duration filled_at_;
  double level_ = 0;  // below 0: overdrawn
};

}  // namespace onceload
