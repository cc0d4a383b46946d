// How large a chunk may be, so that its transaction ends well within its time: a quota, or a slow
// link, carries less in a minute than a fast cluster in a second.
#pragma once

#include <cstddef>
#include <cstdint>

#include "onceload/core/clock.h"

namespace onceload {

// Begins small and grows with each chunk that was acknowledged soon: on a fast cluster that costs
// five small transactions a run. The alternative, to shrink after a transaction that was too slow,
// would cost its time-out each time.
class ChunkPace {
 public:
  // `chunk_age`: a chunk is filled for so long in any case.
  ChunkPace(std::size_t partitions, Duration transaction_timeout, Duration chunk_age);

  // Of messages, before compression.
  std::uint64_t bytes_max() const { return bytes_max_; }

  // A chunk of so many bytes took so long from its first row to its last acknowledgement.
  void Acknowledged(std::uint64_t bytes, Duration took);

 private:
  Duration aim_;
  std::uint64_t bytes_max_;
};

}  // namespace onceload
