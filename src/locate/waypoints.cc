#include "locate/waypoints.h"

#include <map>
#include <tuple>
#include <utility>

namespace onceload {

std::vector<Waypoint> WaypointsOf(const ProgressRecord& last,
                                  const std::vector<ProgressRecord>& records,
                                  const std::vector<LedgerChunk>& chunks) {
  std::map<ChunkNumber, Waypoint> known;
  for (const LedgerChunk& chunk : chunks) {
    if (chunk.chunk >= last.chunk || chunk.partitions.size() != last.partitions.size()) continue;
    // The ledger counts files from the load's first.
    if (chunk.end.file < last.finished.count) continue;
    InputPosition end = chunk.end;
    end.file -= static_cast<std::uint32_t>(last.finished.count);
    known[chunk.chunk] = {chunk.chunk, end, chunk.partitions};
  }
  for (const ProgressRecord& record : records) {
    // Indices of inputs count from behind those that are keys: they must be the same ones.
    if (record.load_id != last.load_id || record.chunk >= last.chunk) continue;
    if (record.partitions.size() != last.partitions.size()) continue;
    if (record.finished.count != last.finished.count) continue;
    known[record.chunk] = {record.chunk, record.position, record.partitions};
  }
  known.erase(ChunkNumber{0});
  std::vector<Waypoint> waypoints;
  waypoints.push_back({ChunkNumber{0}, InputPosition{}, {}});
  for (auto& [chunk, waypoint] : known) waypoints.push_back(std::move(waypoint));
  waypoints.push_back({last.chunk, last.position, last.partitions});
  return waypoints;
}

std::size_t WaypointBefore(const std::vector<Waypoint>& waypoints, std::uint32_t file,
                           RowNumber row) {
  std::size_t at = 0;
  while (at + 1 < waypoints.size() &&
         std::tie(waypoints[at + 1].at.file, waypoints[at + 1].at.row) < std::tie(file, row)) {
    ++at;
  }
  return at;
}

std::size_t WaypointBefore(const std::vector<Waypoint>& waypoints, PartitionId partition,
                           KafkaOffset offset) {
  const auto p = static_cast<std::size_t>(partition.value);
  std::size_t at = 0;
  while (at + 1 < waypoints.size() && waypoints[at + 1].partitions[p].end <= offset) ++at;
  return at;
}

KafkaOffset EndAt(const Waypoint& waypoint, const Waypoint& last, PartitionId partition) {
  const auto p = static_cast<std::size_t>(partition.value);
  return waypoint.rows_in(p) == 0 ? last.partitions[p].first : waypoint.partitions[p].end;
}

}  // namespace onceload
