#include "cli/expected_files.h"

#include "onceload/expect/file_expectations.h"

namespace onceload {

void CheckExpected(const Request& request, const std::vector<std::string>& given,
                   const std::vector<std::string>& readable, const FrozenEncoding* frozen,
                   const std::atomic<bool>& stop) {
  const ExpectWishes& wishes = request.expect;
  if (!wishes.any()) return;
  ExpectationTexts texts;
  if (wishes.rows >= 0) texts.rows = static_cast<std::uint64_t>(wishes.rows);
  texts.manifest = wishes.manifest;
  texts.sums = wishes.sums;
  const FileExpectations expected(texts);
  const FrozenEncoding& encoding = frozen == nullptr ? request.load.rows : *frozen;
  RowReading reading;
  reading.dialect = encoding.dialect;
  reading.encoding = encoding.encoding;
  reading.record_bytes_max = request.record_bytes_max;
  reading.skip_footer = request.load.rows.skip_footer;
  expected.CheckBytes(given);
  expected.CheckRows(readable, reading, stop);
}

}  // namespace onceload
