#include "onceload/verify/record_text.h"

#include <string_view>

#include "onceload/message/message_batch.h"

namespace onceload {
namespace {

constexpr std::size_t kTextBytesMax = 80;  // of a key or value

std::string Cut(std::string_view bytes) {
  std::string text;
  for (const char c : bytes.substr(0, kTextBytesMax)) {
    text += static_cast<unsigned char>(c) < 0x20 ? '.' : c;
  }
  return bytes.size() > kTextBytesMax ? text + "..." : text;
}

std::string HeadersText(std::string_view headers) {
  std::string text;
  ForEachHeader(headers, [&text](std::string_view name, std::string_view value) {
    text += (text.empty() ? ", headers " : ", ") + Cut(name) +
            (value.data() == nullptr ? " without value" : "=" + Cut(value));
  });
  return text;
}

}  // namespace

std::string PartitionText(PartitionId partition) {
  return "partition " + std::to_string(partition.value);
}

std::string OffsetText(KafkaOffset offset) { return "offset " + std::to_string(offset.value); }

std::string RecordText(const CommittedRecord& record, bool times) {
  return (record.key ? "key " + Cut(*record.key) : std::string("no key")) +
         (record.value ? ", value " + Cut(*record.value) : ", no value") +
         HeadersText(record.headers) +
         (times && record.time_ms != kNoTime ? ", time " + std::to_string(record.time_ms) : "");
}

}  // namespace onceload
