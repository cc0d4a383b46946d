#include "rows/message_maker.h"

#include <optional>

#include "onceload/message/message_limits.h"
#include "onceload/message/partitioner.h"

namespace onceload {

MessageMaker::MessageMaker(const RowRules& rules, const std::vector<std::string>& names,
                           const std::string& path, const std::string& input_name)
    : rules_(rules),
      encoder_(rules.columns, LayoutOf(rules.columns, names, rules.union_columns, path),
               rules.encode) {
  encoder_.SetOrigin(
      {rules.load_id, input_name,
       rules.rules == Rules::kFirst || rules.begun_ms == 0 ? kNoTime : rules.begun_ms});
}

// Whose a row is is known before anything is asked that may be otherwise for another load: limits
// of the topic, times.
MessageMaker::Made MessageMaker::Make(const Record& record, RowNumber of_load,
                                      MessageBatch& batch) {
  const std::optional<MessageBatch::Message> message = encoder_.Encode(record, batch);
  if (!message) {
    why_ = encoder_.bad();
    return rules_.keys.HasBadRows() ? Made::kRejected : Made::kOthers;
  }
  if (!rules_.keys.all() && !rules_.keys.Has(batch.key(*message))) return Made::kOthers;
  if (!Fits(*message, rules_.limits.message_bytes)) {
    why_ = {RowFault::kTooLong, std::nullopt,
            "its message of " + std::to_string(message->size()) +
                " bytes does not fit the topic's max.message.bytes of " +
                std::to_string(rules_.limits.message_bytes)};
    return Made::kRejected;
  }
  message_ = *message;
  message_.row = of_load;
  message_.partition =
      PartitionOf(encoder_.partition_key(), rules_.rules == Rules::kFirst ? record.row : of_load,
                  rules_.partitions);
  digest_ = RecordDigest(rules_.digest, {batch.key(message_), batch.content(message_),
                                         batch.headers(message_), message_.timestamp_ms});
  return Made::kMessage;
}

}  // namespace onceload
