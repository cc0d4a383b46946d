// Which chunks of a load the ledger keeps.
//
// A load goes on from the newest. The older ones spare reading: `where` and `from` begin at the one
// before the place, and verify compares behind a head that retention has taken. For that the more
// of them are needed the newer they are, so that the way from one to the next grows with its age,
// and their number with the logarithm of the load's length.
#pragma once

#include <bit>
#include <cstdint>

#include "checkpoint/sqlite_db.h"

namespace onceload {

// The newest so many are all kept: of the next so many every second one, of the next twice as many
// every fourth, and so on.
inline constexpr std::uint64_t kAllKept = 256;

// Of a load whose newest chunk is `newest`. REQUIRES: number <= newest.
constexpr bool IsKept(std::uint64_t number, std::uint64_t newest) {
  const auto age = static_cast<int>(std::bit_width((newest - number) / kAllKept));
  return number % (std::uint64_t{1} << age) == 0;
}

// Of the chunks 1 to `newest`, how many.
constexpr std::uint64_t KeptOf(std::uint64_t newest) {
  std::uint64_t kept = newest < kAllKept ? newest : kAllKept;
  for (std::uint64_t step = 2, age = kAllKept; age < newest; step *= 2, age *= 2) {
    const std::uint64_t last = newest - age;
    const std::uint64_t before = newest > 2 * age ? newest - 2 * age : 0;
    kept += last / step - before / step;
  }
  return kept;
}

// Takes out the committed chunks that are of age now that `newest` has come behind the one before
// it: one for each power of two at most. REQUIRES: a write transaction.
void PruneChunks(Connection& db, std::int64_t load, std::uint64_t newest);
// All that are not kept: after an adoption numbers have been passed over, and older versions kept
// every chunk.
void SweepChunks(Connection& db, std::int64_t load, std::uint64_t newest);

}  // namespace onceload
