// Places that a load has written down: so far it was in its files and in each partition.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/progress_record.h"

namespace onceload {

struct Waypoint {
  ChunkNumber chunk;
  InputPosition at;
  std::vector<PartitionProgress> partitions;

  std::uint64_t rows_in(std::size_t partition) const {
    return partition < partitions.size() ? partitions[partition].rows : 0;
  }
};

// Of the load `last`, ascending; the first one is its begin, the last one `last`'s own. `records`
// and `chunks` may be of another load of that name, which says nothing here.
std::vector<Waypoint> WaypointsOf(const ProgressRecord& last,
                                  const std::vector<ProgressRecord>& records,
                                  const std::vector<LedgerChunk>& chunks);

// The last waypoint before row `row` of input `file`.
std::size_t WaypointBefore(const std::vector<Waypoint>& waypoints, std::uint32_t file,
                           RowNumber row);
// The last waypoint before an offset of a partition.
std::size_t WaypointBefore(const std::vector<Waypoint>& waypoints, PartitionId partition,
                           KafkaOffset offset);

// Just past the load's records of a partition at a waypoint; before its first one, where that is.
// REQUIRES: the load has rows there.
KafkaOffset EndAt(const Waypoint& waypoint, const Waypoint& last, PartitionId partition);

}  // namespace onceload
