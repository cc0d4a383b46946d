// One record to one message with its partition and digest, or to why it has none.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "onceload/core/digest.h"
#include "onceload/csv/record_reader.h"
#include "onceload/encode/row_encoder.h"
#include "onceload/message/message_batch.h"
#include "onceload/rows/input_rows.h"

namespace onceload {

// What the record alone decides; what the topic does not take at the time of sending (Refusals) is
// asked by who knows the time. Used by one thread; several may share the rules, of which it uses
// what does not change.
class MessageMaker {
 public:
  // `names`: the file's columns. `input_name`: what messages call the input. `rules` must outlive
  // this. Throws Error(kUsage, kInput) as RowEncoder does.
  MessageMaker(const RowRules& rules, const std::vector<std::string>& names,
               const std::string& path, const std::string& input_name);

  enum class Made : std::uint8_t { kMessage, kRejected, kOthers };

  // Appends the message to `batch`'s arena, if there is one; the batch does not have it yet.
  // `of_load`: the record's number in the whole load. kOthers: a row of another load, by its key.
  Made Make(const Record& record, RowNumber of_load, MessageBatch& batch);

  // After kMessage.
  const MessageBatch::Message& message() const { return message_; }
  Digest digest() const { return digest_; }
  // After kRejected.
  const BadCell& why() const { return why_; }

  // As RowEncoder has them.
  std::vector<std::pair<std::string, TimeSpan>> spans() const { return encoder_.spans(); }

 private:
  const RowRules& rules_;
  RowEncoder encoder_;
  MessageBatch::Message message_;
  Digest digest_;
  BadCell why_;
};

}  // namespace onceload
