#include "doctor/sample.h"

#include "onceload/message/message_limits.h"
#include "onceload/rows/look_at_inputs.h"

namespace onceload {

LongestRow LongestRowOf(const std::vector<std::string>& files, const RowRules& rules,
                        std::uint64_t record_bytes_max) {
  RowRules used = rules;
  const Inputs inputs =
      LookAtInputs(files, used.encoding, used.dialect, used.union_columns, record_bytes_max);
  used.columns = inputs.columns;
  used.limits.record_bytes = record_bytes_max;
  // Which schema it will be is not known yet; JSON is the longest of the formats.
  if (SchemaTypeOf(used.encode.format)) used.encode.format = MessageFormat::kJson;
  if (SchemaTypeOf(used.encode.key_format)) used.encode.key_format = KeyFormat::kText;
  LongestRow longest;
  for (const InputFile& input : inputs.files) {
    InputRows rows(used, input, InputPosition{}, 0);
    MessageBatch batch;
    for (;;) {
      const InputRows::Kind kind = rows.Next(batch);
      if (kind == InputRows::Kind::kEnd) break;
      ++longest.rows;
      if (kind == InputRows::Kind::kRejected) {
        if (longest.rejected++ == 0) {
          longest.first_rejected = "row " + std::to_string(rows.row().value) + " of " + input.path +
                                   ": " + Sentence(rows.rejected());
        }
        continue;
      }
      const auto bytes = static_cast<std::int64_t>(rows.message().size()) + kRecordOverheadBytes;
      if (bytes > longest.bytes) {
        longest.bytes = bytes;
        longest.row = rows.row().value;
        longest.file = input.path;
      }
      batch.Clear();
    }
  }
  return longest;
}

}  // namespace onceload
