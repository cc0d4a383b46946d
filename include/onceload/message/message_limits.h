// What fits a topic, for who sends messages and for who audits them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "onceload/core/types.h"
#include "onceload/message/message_batch.h"

namespace onceload {

// What a record adds to its key, value and headers on the wire at most, in a batch of its own
// (KIP-98, message format v2).
inline constexpr std::int64_t kRecordOverheadBytes = 512;

// The same for a dead letter, whose headers hold two names and a detail.
inline constexpr std::int64_t kDeadLetterOverheadBytes = 2'500;

// All dead letters go to this partition: so a load's keep their order, and partitions added to the
// topic later move nothing. Their key is the load's name: so loads can share a topic.
inline constexpr PartitionId kDeadLetterPartition{0};

// `topic_bytes_max`: the topic's max.message.bytes; 0: any.
inline bool Fits(const MessageBatch::Message& message, std::int64_t topic_bytes_max) {
  return topic_bytes_max == 0 ||
         static_cast<std::int64_t>(message.size()) + kRecordOverheadBytes <= topic_bytes_max;
}

// A rejected row's own bytes, cut to what the dead letter topic takes. Where the row lies in its
// file is in the headers.
inline std::string_view DeadLetterText(std::string_view raw, std::int64_t topic_bytes_max) {
  if (topic_bytes_max <= kDeadLetterOverheadBytes) return raw;
  return raw.substr(0, static_cast<std::size_t>(topic_bytes_max - kDeadLetterOverheadBytes));
}

inline bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

// At most `bytes_max` bytes of `text`, cut at a UTF-8 boundary.
inline std::string_view CutAtCharacter(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace onceload
