#include "checkpoint/kept_chunks.h"

namespace onceload {

void PruneChunks(Connection& db, std::int64_t load, std::uint64_t newest) {
  for (std::uint64_t age = kAllKept; age < newest; age *= 2) {
    const std::uint64_t number = newest - age;
    if (IsKept(number, newest)) continue;
    // By the index live_chunks, whose WHERE has to stand here word for word.
    db.Use(
          "DELETE FROM chunk_partitions WHERE chunk = (SELECT id FROM chunks WHERE load = ?1 AND "
          "number = ?2 AND state <> 'discarded')")
        .Run(load, number);
    db.Use("DELETE FROM chunks WHERE load = ?1 AND number = ?2 AND state <> 'discarded'")
        .Run(load, number);
  }
}

void SweepChunks(Connection& db, std::int64_t load, std::uint64_t newest) {
  for (std::uint64_t step = 2, age = kAllKept; age < newest; step *= 2, age *= 2) {
    db.Use(
          "DELETE FROM chunk_partitions WHERE chunk IN (SELECT id FROM chunks WHERE load = ?1 AND "
          "number > 0 AND number <= ?2 AND number % ?3 <> 0 AND state <> 'discarded')")
        .Run(load, newest - age, step);
    db.Use(
          "DELETE FROM chunks WHERE load = ?1 AND number > 0 AND number <= ?2 AND "
          "number % ?3 <> 0 AND state <> 'discarded'")
        .Run(load, newest - age, step);
  }
}

}  // namespace onceload
