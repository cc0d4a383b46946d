// Record reader, in any dialect: stopped at any record and resumed there, by blocks of any size,
// with any scanner that knows the dialect, it reads the same.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv/reader_core.h"
#include "fuzz/fuzz.h"
#include "onceload/core/error.h"
#include "onceload/csv/csv_header.h"
#include "onceload/csv/dialect.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::Parsed;
using csv_testing::ReadAll;
using csv_testing::Row;
using fuzz::Check;

// Bits of a dialect's first byte. All of them clear: one that the fast scanner knows, so that it is
// tried as often as the general one is.
enum Part : std::size_t { kQuote, kEscape, kComment, kTrim, kNull, kLong, kSkip, kColumns };

template <typename T, std::size_t kSize>
T OneOf(fuzz::Input& input, const std::array<T, kSize>& choices) {
  return choices.at(input.Choose(kSize));
}

Dialect ChooseDialect(fuzz::Input& input) {
  static const std::array<std::string, 5> kShort{",", ";", "\t", "|", "\x01"};
  static const std::array<std::string, 8> kLongs{"||",  "<>",           "aab",     " |",
                                                 ",\"", "\xe2\x86\x92", "abababa", "\"\"'"};
  static const std::array<std::string, 5> kComments{"#", "##", "//", "-", "\xc3\xa4"};
  static const std::array<std::string, 5> kNulls{"", "\\N", "NULL", "a", "\xc3\xa4"};
  const std::size_t parts = input.Choose(2) == 0 ? 0 : input.Choose(256);
  const auto has = [parts](Part part) { return (parts >> part & 1U) != 0; };
  Dialect dialect;
  dialect.delimiter = has(kLong) ? OneOf(input, kLongs) : OneOf(input, kShort);
  if (has(kQuote)) dialect.quote = OneOf<char, 3>(input, {'\'', '\0', '`'});
  if (has(kEscape)) dialect.escape = OneOf<char, 4>(input, {'\\', '^', '"', '\''});
  if (has(kComment)) dialect.comment = OneOf(input, kComments);
  dialect.trim = has(kTrim);
  if (has(kNull)) dialect.null_text = OneOf(input, kNulls);
  if (has(kSkip)) dialect.skip_lines = 1 + input.Choose(4);
  if (has(kColumns)) dialect.columns = {"a", "b"};
  return dialect;
}

bool Holds(const Dialect& dialect) {
  try {
    CheckDialect(dialect);
    return true;
  } catch (const Error& error) {
    Check(error.code() == ExitCode::kUsage, "a dialect is refused as a usage error");
    return false;
  }
}

void CheckHeader(const SourceFile& file, const Dialect& dialect) {
  try {
    const CsvHeader header = ReadHeader(file, dialect);
    Check(!header.names.empty(), "a header names columns");
  } catch (const Error& error) {
    Check(error.code() == ExitCode::kInput, "a header is refused as the input's error");
  }
}

// From `from`, which is a boundary of `all`.
void CheckResumed(const SourceFile& file, ReaderStart start, const InputPosition& from,
                  const Parsed& all) {
  start.position = from;
  Parsed rest = ReadAll(file, start);
  const std::size_t before = all.rows.size() - rest.rows.size();
  Check(rest.rows.size() <= all.rows.size() && before == from.row.value,
        "resumed at a boundary it reads as many rows as there are behind it");
  rest.rows.insert(rest.rows.begin(), all.rows.begin(),
                   all.rows.begin() + static_cast<std::ptrdiff_t>(before));
  Check(rest.rows == all.rows && rest.end == all.end, "resumed at a boundary it goes on alike");
}

std::uint64_t CountLines(std::string_view text) {
  std::uint64_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' || (text[i] == '\r' && text.substr(i, 2) != "\r\n")) ++lines;
  }
  return lines + (text.back() == '\n' || text.back() == '\r' ? 0 : 1);
}

void CheckRows(const Parsed& all, const ReaderStart& start, std::string_view bytes) {
  const bool by_marks = start.rules == Rules::kSecond && start.columns > 0;
  for (const Row& row : all.rows) {
    const std::string_view text = bytes.substr(row.begin, row.end - row.begin);
    Check(row.lines == CountLines(text), "a row has as many lines as its bytes");
    Check(row.raw == text.substr(0, row.raw.size()), "a row's text is its bytes");
    Check(row.raw.size() <= row.text_bytes && row.text_bytes <= text.size() &&
              text.substr(row.text_bytes).find_first_not_of("\r\n") == std::string_view::npos,
          "behind a row's text is its record end");
    Check((row.fault == RowFault::kByteOrderMark) == (by_marks && text.starts_with("\xef\xbb\xbf")),
          "a row is bad for its byte order mark if it has one");
  }
}

void Run(fuzz::Input input) {
  constexpr std::array<std::size_t, 4> kLimits{kRecordBytesMax, 200, 64, 5};
  ReaderStart start{.position = {}, .dialect = ChooseDialect(input)};
  start.record_bytes_max = OneOf(input, kLimits);
  start.columns = input.Choose(5);
  start.block_bytes = 8192;  // more than any input has: clearing it would take most of the time
  const std::size_t small_block = 1 + input.Choose(130);
  const std::size_t stop = input.Choose(256);
  if (stop % 4 == 0) start.rules = Rules::kFirst;
  if (!Holds(start.dialect)) return;
  Check(DecodeDialect(EncodeDialect(start.dialect)) == start.dialect, "a dialect round-trips");
  const fuzz::MemoryFile memory(input.rest());
  const SourceFile file(memory.path());
  if (!file.plain()) return;  // the source target's business

  const Parsed all = ReadAll(file, start);
  Check(all.end.byte.value == input.rest().size(), "the end is the file's");
  CheckRows(all, start, input.rest());
  Check(all.end.prefix.tail == DigestOf(input.rest()), "the fingerprint is the file's");
  if (IsPlain(start.dialect)) {
    Check(ReadAll<ReaderCore<PortableScanner>>(file, start) == all, "both byte scanners agree");
    Check(ReadAll<GeneralReaderCore>(file, start) == all, "the fast and the general scanner agree");
  }
  ReaderStart by_blocks = start;
  by_blocks.block_bytes = small_block;
  Check(ReadAll(file, by_blocks) == all, "blocks of any size give the same");
  // Seldom: clearing its block would take most of the time.
  if (stop % 16 == 0) CheckHeader(file, start.dialect);
  if (all.rows.empty()) return;
  const Row& row = all.rows[stop % all.rows.size()];
  CheckResumed(file, by_blocks, row.after, all);
  CheckResumed(file, by_blocks, row.before, all);
}

}  // namespace
}  // namespace onceload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  onceload::Run({data, size});
  return 0;
}
