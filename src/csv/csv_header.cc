#include "onceload/csv/csv_header.h"

#include <string_view>
#include <unordered_map>

#include "csv/file_sample.h"
#include "csv/general_scanner.h"
#include "csv/header_guess.h"
#include "onceload/core/command_words.h"
#include "onceload/core/text.h"
#include "onceload/csv/dialect_guess.h"
#include "onceload/source/input_error.h"
#include "onceload/source/prefix_hasher.h"

namespace onceload {
namespace {

Error HeaderError(const SourceFile& file, const BadRow& bad) {
  std::string advice;
  switch (bad.fault) {
    case RowFault::kNulByte:
      advice = "this is no text: give a file of CSV";
      break;
    case RowFault::kInvalidUtf8:
      advice = "convert the file to UTF-8 first, e.g. iconv -f WINDOWS-1252 -t UTF-8";
      break;
    default:
      advice = "the first line must hold the names of the columns, as CSV";
  }
  return InputError("the header is not valid: " + bad.detail, file.path(), bad.at, advice);
}

std::string Words(const std::vector<std::string>& arguments) {
  std::string words;
  for (const std::string& argument : arguments) {
    words += (words.empty() ? "" : " ") + ShellWord(argument);
  }
  return words;
}

// `text` behind its first lines.
std::string_view BehindLines(std::string_view text, std::uint64_t lines) {
  for (; lines > 0 && !text.empty(); --lines) {
    const std::size_t end = text.find_first_of("\r\n");
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return text;
}

// What loads a file whose header has columns without a name of their own.
std::string NamesAdvice(const SourceFile& file, const Dialect& dialect) {
  const std::string head = HeadTextOf(file);
  const FileSample sample =
      SampleOf(BehindLines(head, dialect.skip_lines), head.size() < kHeadBytes, dialect);
  HeaderGuess guess = sample.rows.empty() ? HeaderGuess() : GuessHeader(sample);
  guess.skip_lines += dialect.skip_lines;
  if (!guess.header || guess.usable) return "give each column a name of its own";
  return "name them yourself: " + Words(ArgumentsOf(guess));
}

void CheckNames(const SourceFile& file, const Record& header, const Dialect& dialect) {
  const char* const begin = header.raw.data();
  const auto place = [&](std::size_t column) {
    GeneralScanner scanner(dialect);
    scanner.Scan(begin, begin + header.raw.size(), true);
    return ByteOffset{header.begin.value +
                      static_cast<std::uint64_t>(scanner.begins()[column] - begin)};
  };
  std::unordered_map<std::string_view, std::size_t> seen;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string_view name = header.fields[i];
    const std::string number = std::to_string(i + 1);
    if (name.empty() || header.is_null(i)) {
      throw InputError("column " + number + " of the header has no name", file.path(), place(i),
                       NamesAdvice(file, dialect));
    }
    const auto [first, is_new] = seen.emplace(name, i);
    if (!is_new) {
      throw InputError("columns " + std::to_string(first->second + 1) + " and " + number +
                           " of the header have the same name \"" + std::string(name) + "\"",
                       file.path(), place(i), NamesAdvice(file, dialect));
    }
  }
}

// Excel's own line: `sep=;`. What follows the sign is the delimiter.
void CheckSep(const SourceFile& file, const Record& header, const Dialect& dialect) {
  constexpr std::string_view kSep = "sep=";
  std::string_view raw = header.raw;
  if (raw.starts_with('"') && raw.ends_with('"') && raw.size() > 1) {
    raw = raw.substr(1, raw.size() - 2);
  }
  if (raw.size() > kSep.size() + kDelimiterBytesMax || raw.size() <= kSep.size() ||
      Lower(raw.substr(0, kSep.size())) != kSep) {
    return;
  }
  std::string delimiter(raw.substr(kSep.size()));
  if (delimiter == "\t" || delimiter == "\\t") delimiter = "tab";
  std::vector<std::string> arguments{"--skip-lines", std::to_string(dialect.skip_lines + 1)};
  if (delimiter != dialect.delimiter && delimiter != ",") {
    arguments.insert(arguments.end(), {"--delimiter", delimiter});
  }
  throw InputError("the first line tells spreadsheets the delimiter, and is no header", file.path(),
                   header.begin, "leave it out: " + Words(arguments));
}

// `\x01` and `^A` are four characters and two: nobody's delimiter, if the header has it not.
void CheckDelimiter(const SourceFile& file, const Record& header, const Dialect& dialect) {
  const std::string& delimiter = dialect.delimiter;
  if (header.fields.size() > 1 || delimiter.size() < 2) return;
  if (delimiter[0] != '\\' && delimiter[0] != '^') return;
  throw Error(ExitCode::kUsage, "the delimiter " + delimiter + " is nowhere in the header",
              file.path(), "give the character itself, in bash for example --delimiter $'\\x01'");
}

void CheckKind(const SourceFile& file, const std::optional<FileKind>& kind, ByteOffset at) {
  if (!kind) return;
  throw InputError("this is no CSV but " + std::string(kind->name), file.path(), at,
                   std::string(kind->advice));
}

// As cheap as can be: nearly no header begins so.
void CheckMarkup(const SourceFile& file, std::string_view raw, ByteOffset begin) {
  const std::size_t text = raw.find_first_not_of(" \t");
  if (text == std::string_view::npos || std::string_view("<{[").find(raw[text]) == raw.npos) return;
  const std::string head = HeadTextOf(file);
  if (begin.value >= head.size()) return;
  CheckKind(file, MarkupKindOf(std::string_view(head).substr(begin.value)), begin);
}

}  // namespace

CsvHeader ReadHeader(const SourceFile& file, const Dialect& dialect, std::size_t record_bytes_max) {
  if (std::optional<CsvHeader> header = FindHeader(file, dialect, record_bytes_max)) {
    return std::move(*header);
  }
  throw InputError("the file is empty: it has no header", file.path(), file.read_to(),
                   "its first line must hold the names of the columns (or give --no-header "
                   "and --columns)");
}

std::optional<CsvHeader> FindHeader(const SourceFile& file, const Dialect& dialect,
                                    std::size_t record_bytes_max) {
  CheckKind(file, file.kind(), ByteOffset{0});
  // Byte 0 is the first row's boundary: a reader that begins there skips what stands before the
  // row.
  if (!dialect.columns.empty()) return CsvHeader{.names = dialect.columns, .end = {}};
  RecordReader reader(
      file,
      {.position = {}, .columns = 0, .dialect = dialect, .record_bytes_max = record_bytes_max});
  const ReadStatus status = reader.Next();
  if (status == ReadStatus::kBadRow) {
    CheckMarkup(file, reader.bad_row().raw, reader.bad_row().begin);
    throw HeaderError(file, reader.bad_row());
  }
  if (status == ReadStatus::kEnd) return std::nullopt;
  const Record& header = reader.record();
  CheckMarkup(file, header.raw, header.begin);
  CheckSep(file, header, dialect);
  CheckNames(file, header, dialect);
  CheckDelimiter(file, header, dialect);
  CsvHeader result{.names = {header.fields.begin(), header.fields.end()},
                   .end = reader.position(),
                   .line_end = reader.line_end()};
  result.end.row = RowNumber{0};  // to the reader it was a row
  return result;
}

std::string DoubtOf(const SourceFile& file, const CsvHeader& header, const Dialect& dialect) {
  if (header.names.size() != 1 || !dialect.columns.empty()) return {};
  const std::string& name = header.names[0];
  if (name.find_first_of(",;\t|\x01\x1f") != std::string::npos) {
    const std::string head = HeadTextOf(file);
    const DialectGuess guess = GuessDialect(head, head.size() < kHeadBytes);
    if (guess.columns.size() > 1 && guess.dialect.delimiter != dialect.delimiter &&
        name.find(guess.dialect.delimiter) != std::string::npos) {
      const std::string& sign = guess.dialect.delimiter;
      return "its header is one column whose name holds " + ShellWord(sign) +
             ": if that stands between columns, say --delimiter " +
             ShellWord(sign == "\t" ? "tab" : sign);
    }
  }
  if (name.find("  ") != std::string::npos || name.find('\t') != std::string::npos) {
    return "its header is one column whose name holds runs of blanks: columns that are set apart "
           "by blanks alone are no CSV";
  }
  if (dialect.delimiter == Dialect().delimiter) return {};
  return "the delimiter " + ShellWord(dialect.delimiter) +
         " is nowhere in its header: it is read as one column";
}

}  // namespace onceload
