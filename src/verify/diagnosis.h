// Names the differences between what a file should have put into a partition and what is there.
// Pure: works on digests of rows and records that have been read before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/core/types.h"

namespace onceload {

// A row of the file, as the message it should be.
struct RowSighting {
  Digest record;
  Digest key;  // 0: null key
  RowNumber row;
  ByteOffset byte;
};

// A record of the topic.
struct RecordSighting {
  Digest record;
  Digest key;
  KafkaOffset offset;
};

// A partition from the last place where file and topic are known to be the same.
struct Window {
  PartitionId partition;
  RowNumber row_before;  // the last row before the window; 0: none
  std::vector<RowSighting> rows;
  std::vector<RecordSighting> records;
  bool cut = false;       // there was more on either side than may be kept
  bool headless = false;  // rows before the first that has a record are not missed
  std::string place{};    // where no load has rows: where that is
};

// Indices into a window's rows or records.
using Index = std::uint32_t;
inline constexpr Index kNone = 0xffffffff;

// Which row each record is. Equal ones are paired in their order.
struct Matching {
  std::vector<Index> record_of_row;  // kNone: there is none
  std::vector<Index> row_of_record;  // kNone: no row, or all equal rows have theirs already
  std::vector<Index> twin;           // of such a record: an equal row; else kNone
};
Matching Match(const Window& window);

// Row `row` where record `record` is.
struct Pair {
  Index row;
  Index record;
};

// A record behind a later row of the file.
struct Late {
  Index record;
  Index row;
  Index after;      // the later row that comes before it
  bool breaks_key;  // the two have the same key, or another row of its key is on the wrong side
};

struct PartitionDiagnosis {
  std::vector<Index> lost;     // rows
  std::vector<Index> foreign;  // records that are no row of the window
  std::vector<Pair> changed;   // a lost row and a foreign record in its place
  std::vector<Pair> doubled;   // record: the one too many
  std::vector<Late> late;
  bool order_per_key = true;  // of the rows that are there
};

// Of one partition alone, `changed` not yet paired up. In a window that was cut, what has no
// partner behind the last pair says nothing and is left out.
PartitionDiagnosis Diagnose(const Window& window, const Matching& matching);

// Pairs each run of lost rows with the run of foreign records in the same gap between matched rows.
void PairChanged(const Matching& matching, PartitionDiagnosis& diagnosis);

// A row of one window that is in another one.
struct Moved {
  std::size_t from;  // window
  Index row;
  std::size_t to;  // window
  Index record;
};

// Takes rows that are lost in one window and foreign in another one out of both.
std::vector<Moved> TakeMoved(const std::vector<Window>& windows,
                             std::vector<PartitionDiagnosis>& diagnoses);

// The row before a record in its partition: of the nearest record before it that is one.
RowNumber RowBefore(const Window& window, const Matching& matching, Index record);

}  // namespace onceload
