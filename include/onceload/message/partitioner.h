// Which partition a key belongs to: as Kafka's Java client has it, so that readers who join by key
// (Kafka Streams, ksqlDB, another Java producer's topic) find co-partitioned rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "onceload/core/types.h"

namespace onceload {

// MurmurHash2, 32 bits, seed 0x9747b28c: org.apache.kafka.common.utils.Utils.murmur2.
std::uint32_t Murmur2(std::string_view bytes);

// toPositive(murmur2(key)) % partitions, toPositive being & 0x7fffffff (BuiltInPartitioner). A null
// key is spread by row number, (row - 1) % partitions: so a row's partition is the same in every
// run. REQUIRES: partitions > 0, row >= 1.
PartitionId PartitionOf(std::optional<std::string_view> key, RowNumber row,
                        std::int32_t partitions);

}  // namespace onceload
