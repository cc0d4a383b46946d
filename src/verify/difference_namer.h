// Reads again what differs, and adds the differences to the report by row and offset.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "onceload/kafka/committed_scan.h"
#include "onceload/kafka/kafka_wait.h"
#include "onceload/verify/audit_report.h"
#include "verify/diagnosis.h"
#include "verify/source_rows.h"
#include "verify/topic_gaps.h"

namespace onceload {

// A partition that differs, and where from.
struct Suspect {
  RowNumber row_before;  // the last row known to be the same; 0: none
  OffsetRange records;   // those behind it
  // The first rows are not missed: their records were deleted.
  bool headless = false;
};

class DifferenceNamer {
 public:
  // The input's rows, from the first one to a limit.
  using RowsMaker = std::function<SourceRows(std::optional<RowNumber>)>;

  // References outlive it. `sightings_max`: rows, and as many records, kept at a time.
  // `places` knows the files whose rows have been read.
  DifferenceNamer(const AuditedSource& source, const InputPlaces& places, const RowsMaker& rows,
                  std::optional<RowNumber> limit, CommittedScan& scan, KafkaWait& wait,
                  std::size_t sightings_max)
      : source_(source),
        places_(places),
        rows_(rows),
        limit_(limit),
        scan_(scan),
        wait_(wait),
        sightings_max_(sightings_max) {}

  // Once. REQUIRES: `suspects` is not empty.
  void Name(const std::vector<Suspect>& suspects, AuditReport& report);
  // Instead: what lies where no load has rows. A row of the file is named as such.
  void NameOutside(const std::vector<Gap>& gaps, AuditReport& report);

 private:
  struct Origin {
    bool found = false;
    PartitionId partition;
    RowNumber row;
    ByteOffset byte;
  };

  void ReadRecords(const std::vector<Suspect>& suspects);
  void ReadRows();
  void FindOrigins();
  void TakeOrigins(std::size_t index, Findings& findings);
  void AddMoved(const std::vector<Moved>& moved, Findings& findings);
  void AddOf(std::size_t index, Findings& findings);
  void AddDoubled(const Window& window, Index record, const Origin& origin, Findings& findings);
  void AddLate(const Window& window, const Late& late, bool order_per_key, Findings& findings);
  // "row 7", and of which file if there are several.
  std::string RowName(RowNumber row) const;
  std::string RowText(RowNumber row, ByteOffset byte) const;
  std::string AfterText(RowNumber row) const;
  Finding RowFinding(FindingKind kind, PartitionId partition, const RowSighting& row) const;
  // Key and value of a record, cut.
  std::string TextAt(PartitionId partition, KafkaOffset offset);

  const AuditedSource& source_;
  const InputPlaces& places_;
  const RowsMaker& rows_;
  std::optional<RowNumber> limit_;
  CommittedScan& scan_;
  KafkaWait& wait_;
  std::size_t sightings_max_;
  std::size_t share_ = 0;  // of the sightings, for one window
  std::vector<Window> windows_;
  std::vector<std::size_t> window_of_;  // by partition; windows_.size(): it has none
  std::vector<Matching> matchings_;
  std::vector<PartitionDiagnosis> diagnoses_;
  std::unordered_map<std::uint64_t, Origin> origins_;  // of foreign records, by digest
};

}  // namespace onceload
