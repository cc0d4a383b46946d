// The audit that trusts nobody: the topic against the file itself.
#pragma once

#include <cstddef>
#include <optional>

#include "onceload/kafka/committed_scan.h"
#include "verify/source_rows.h"
#include "verify/verifier.h"

namespace onceload {

// Rows, and as many records, that may be kept to name differences: about 200 MB when all are.
inline constexpr std::size_t kSightingsMax = std::size_t{2} << 20;

// Every row in its partition, once, in input order. Of `load` only the place of its records in the
// topic and the row it has come to are used: no count and no digest.
// nullopt: the whole topic is compared with the whole input.
//
// One pass over input and topic, at the same time, proves or finds the partitions that differ; only
// those are read again, from the last thousand records that are the same, to name the differences.
// A topic that begins and ends where the load does holds nothing else there: any other producer's
// record in between is a finding. `dead_letters` reads the load's dead letter topic; nullptr: it
// has none. Throws as KafkaWait, CheckPlace and SourceRows do.
AuditReport AuditSource(const std::optional<ProgressRecord>& load, const AuditedSource& source,
                        const AuditedTopic& topic, CommittedScan& scan, CommittedScan* dead_letters,
                        KafkaWait& wait, std::size_t sightings_max = kSightingsMax);

}  // namespace onceload
