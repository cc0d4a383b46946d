#include "load/read_ahead.h"

#include <thread>
#include <utility>

namespace onceload {
namespace {

constexpr unsigned kCoresOfTheRest = 2;

}  // namespace

bool ReadsAhead(int threads) {
  if (threads >= 1) return threads > 1;
  return std::thread::hardware_concurrency() >= 2 + kCoresOfTheRest;
}

// A thread a batch, not one that is handed batches: it ends, throws and is waited for by the means
// of the language, and costs a hundredth of what it does.
void ReadAhead::Begin(const BatchLimits& limits) {
  if (!ahead_) return;
  next_ = std::async(std::launch::async, [this, limits, batch = std::move(spare_)]() mutable {
    fill_(limits, batch);
    return std::move(batch);
  });
}

void ReadAhead::Take(const BatchLimits& limits, EncodedBatch& batch) {
  if (!next_.valid()) return fill_(limits, batch);
  spare_ = std::exchange(batch, next_.get());
}

}  // namespace onceload
