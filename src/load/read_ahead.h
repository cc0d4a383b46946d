// The batch behind the one that is being sent is filled meanwhile, on a thread of its own.
#pragma once

#include <functional>
#include <future>

#include "onceload/load/row_source.h"

namespace onceload {

// Whether a load of so many threads reads ahead. Below 1: it does where cores are left for it, for
// its producers' threads and the brokers' answers keep two busy.
bool ReadsAhead(int threads);

// Two batches go round: one is the caller's, the other is filled. Used by the load thread; what
// fills batches is used by one thread at a time.
class ReadAhead {
 public:
  // Writes the next rows of a source to a batch, as RowSource::Fill() does.
  using Fill = std::function<void(const BatchLimits& limits, EncodedBatch& batch)>;

  // What `fill` uses must outlive this. `ahead` false: Begin() does nothing.
  ReadAhead(Fill fill, bool ahead) : fill_(std::move(fill)), ahead_(ahead) {}
  // Waits for the batch that is being filled, and drops it.
  ~ReadAhead() = default;
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // Begins with the batch behind the one that was taken last. The limits have to be those that the
  // caller would give Take(): batches are then the same with any number of threads. REQUIRES: that
  // one does not stop(), and nothing was begun since.
  void Begin(const BatchLimits& limits);

  // `batch` becomes the next one: the one that was begun, or else one that is filled here. Throws
  // what filling it has thrown.
  void Take(const BatchLimits& limits, EncodedBatch& batch);

 private:
  Fill fill_;
  const bool ahead_;
  EncodedBatch spare_;              // kept for its memory
  std::future<EncodedBatch> next_;  // last: its thread is gone before what it uses
};

}  // namespace onceload
