#include "onceload/source/file_kind.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "onceload/core/text.h"
#include "onceload/core/utf8.h"
#include "source/decompressor.h"

namespace onceload {
namespace {

using namespace std::string_view_literals;  // marks with a NUL inside

constexpr std::string_view kByDuckDb =
    "write it as CSV, e.g. duckdb -c \"COPY (FROM 'FILE') TO 'FILE.csv'\"";
constexpr std::string_view kFromSpreadsheet = "save the sheet as CSV UTF-8 and load that file";
constexpr std::string_view kDecompress = "decompress it first";
constexpr std::string_view kNoCsv = "onceload loads CSV: give a file of that";

// A file that begins so. Marks of letters alone could be the name of a column: those count only
// where bytes follow that are in no text.
struct Mark {
  std::string_view bytes;
  bool letters;
  FileKind kind;
};

constexpr std::array kMarks{
    Mark{"PK\x03\x04",
         false,
         {"a zip archive",
          "unpack it, e.g. unzip -p FILE | onceload load --name NAME -; of a spreadsheet (.xlsx, "
          ".ods) save the sheet as CSV UTF-8"}},
    Mark{"PK\x05\x06", false, {"an empty zip archive", kNoCsv}},
    Mark{"PAR1", true, {"a Parquet file", kByDuckDb}},
    Mark{"PARE", true, {"an encrypted Parquet file", "write it as CSV first"}},
    Mark{"ORC", true, {"an ORC file", "write it as CSV first"}},
    Mark{"Obj\x01", false, {"an Avro file", kByDuckDb}},
    Mark{"ARROW1", true, {"an Arrow file", "write it as CSV first"}},
    Mark{"FEA1", true, {"a Feather file", "write it as CSV first"}},
    Mark{"\x89HDF\r\n\x1a\n", false, {"an HDF5 file", "write it as CSV first"}},
    Mark{"SQLite format 3\0"sv,
         false,
         {"an SQLite database", "export the table, e.g. sqlite3 -header -csv FILE 'SELECT ...'"}},
    Mark{"PGDMP",
         true,
         {"a dump of PostgreSQL", "restore it, and export the table with \\copy ... CSV HEADER"}},
    Mark{"PGCOPY\n\xff\r\n",
         false,
         {"a binary COPY of PostgreSQL", "export the table with \\copy ... CSV HEADER"}},
    Mark{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
         false,
         {"a file of an older Office (.xls, .doc)", kFromSpreadsheet}},
    Mark{"\x04\x22\x4d\x18",
         false,
         {"compressed by lz4", "decompress it, e.g. lz4 -dc FILE | onceload load --name NAME -"}},
    Mark{"\x02\x21\x4c\x18",
         false,
         {"compressed by lz4", "decompress it, e.g. lz4 -dc FILE | onceload load --name NAME -"}},
    Mark{"\xff\x06\0\0sNaPpY"sv, false, {"compressed by snappy", kDecompress}},
    Mark{"\x89LZO\0"sv, false, {"compressed by lzop", kDecompress}},
    Mark{"LZIP\x01", false, {"compressed by lzip", kDecompress}},
    Mark{"\x1f\x9d", false, {"compressed by compress (.Z)", "decompress it first: zcat"}},
    Mark{"7z\xbc\xaf\x27\x1c", false, {"a 7z archive", "unpack it first, e.g. 7z e FILE"}},
    Mark{"Rar!\x1a\x07", false, {"a rar archive", "unpack it first"}},
    Mark{"%PDF-", false, {"a PDF document", kNoCsv}},
};

bool IsNoText(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

// A header of tar says the sum of its bytes, those of the sum itself taken for blanks: so that
// archives older than the mark "ustar" are known, too.
bool IsTar(std::string_view begin) {
  constexpr std::size_t kHeaderBytes = 512;
  constexpr std::size_t kSumAt = 148;
  constexpr std::size_t kSumBytes = 8;
  if (begin.size() < kHeaderBytes || begin[0] == '\0') return false;
  std::uint64_t said = 0;
  std::size_t digits = 0;
  for (const char c : begin.substr(kSumAt, kSumBytes)) {
    if (c == ' ' && digits == 0) continue;
    if (c < '0' || c > '7') break;
    said = 8 * said + static_cast<std::uint64_t>(c - '0');
    ++digits;
  }
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kHeaderBytes; ++i) {
    const bool in_sum = i >= kSumAt && i < kSumAt + kSumBytes;
    sum += in_sum ? std::uint64_t{' '} : static_cast<unsigned char>(begin[i]);
  }
  return digits > 0 && said == sum;
}

// Where the NULs of a text of two or four bytes a character stand: in each at the same places.
struct Nuls {
  std::array<std::size_t, 4> at{};  // by position in four bytes
  std::size_t all = 0;

  explicit Nuls(std::string_view begin) {
    for (std::size_t i = 0; i < begin.size(); ++i) {
      if (begin[i] != '\0') continue;
      ++at[i % 4];
      ++all;
    }
  }
};

// The header's line end is of one byte: it is a text that has NULs in it. `low`: where in two bytes
// the one lies that ASCII has.
bool HasNarrowLineEnd(std::string_view begin, std::size_t low) {
  const std::size_t end = begin.find('\n');
  if (end == std::string_view::npos || end + 1 >= begin.size()) return false;
  const std::size_t other = low == 0 ? end + 1 : end - 1;
  return end % 2 != low || begin[other] != '\0';
}

std::optional<FileKind> WideTextOf(std::string_view begin, Encoding encoding) {
  constexpr FileKind kUtf32{"UTF-32", "convert it, e.g. iconv -f UTF-32 -t UTF-8"};
  if (begin.starts_with("\xff\xfe\0\0"sv) || begin.starts_with("\0\0\xfe\xff"sv)) return kUtf32;
  const Nuls nuls(begin);
  const std::size_t wide = begin.size() / 4;
  const auto all = [&](std::size_t i) { return nuls.at[i] >= wide && wide > 1; };
  if (all(2) && all(3) && nuls.at[0] == 0) {
    return FileKind{"UTF-32", "convert it, e.g. iconv -f UTF-32LE -t UTF-8"};
  }
  if (all(0) && all(1) && nuls.at[3] == 0) {
    return FileKind{"UTF-32", "convert it, e.g. iconv -f UTF-32BE -t UTF-8"};
  }
  const bool is_read_so = encoding == Encoding::kUtf16Le || encoding == Encoding::kUtf16Be;
  // Of a header in Cyrillic only delimiters and line ends have one. Fewer: a damaged byte.
  if (is_read_so || nuls.all < std::max<std::size_t>(2, begin.size() / 64)) return std::nullopt;
  if (nuls.at[0] + nuls.at[2] == 0 && !HasNarrowLineEnd(begin, 0)) {
    return FileKind{"UTF-16 without a byte order mark", "read it with --encoding utf-16le"};
  }
  if (nuls.at[1] + nuls.at[3] == 0 && !HasNarrowLineEnd(begin, 1)) {
    return FileKind{"UTF-16 without a byte order mark", "read it with --encoding utf-16be"};
  }
  return std::nullopt;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view WithoutBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view LineOf(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

bool IsHtml(std::string_view text) {
  const std::string lower = Lower(text.substr(0, 16));
  const std::array marks{"<!doctype html", "<html", "<head>", "<body", "<script"};
  return std::any_of(marks.begin(), marks.end(),
                     [&](const char* mark) { return lower.starts_with(mark); });
}

// `<DATE>,<TIME>` is a header: an element is closed, or the next line begins with one.
bool IsXml(std::string_view text) {
  if (text.starts_with("<?xml") || text.starts_with("<!--")) return true;
  if (!text.starts_with('<')) return false;
  const std::string_view line = LineOf(text);
  return line.find("</") != std::string_view::npos ||
         WithoutBlanks(text.substr(line.size())).starts_with('<');
}

// `[id],[name]` is a header.
bool IsJson(std::string_view text) {
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  const std::string_view inside = WithoutBlanks(text.substr(1));
  if (text[0] == '[') return inside.starts_with('{') || LineOf(text) == "[";
  const std::size_t quote = inside.find('"', 1);
  return inside.starts_with('"') && quote != std::string_view::npos &&
         WithoutBlanks(inside.substr(quote + 1)).starts_with(':');
}

}  // namespace

std::optional<FileKind> BinaryKindOf(std::string_view begin, Encoding encoding) {
  if (begin.empty()) return std::nullopt;
  const bool has_no_text = std::any_of(begin.begin(), begin.end(), &IsNoText);
  for (const Mark& mark : kMarks) {
    if (begin.starts_with(mark.bytes) && (has_no_text || !mark.letters)) return mark.kind;
  }
  const std::string_view packed = CompressionOf(begin.substr(0, kMagicBytesMax));
  if (packed == "gzip") return FileKind{"gzip inside of compressed data", "decompress it once"};
  if (!packed.empty()) return FileKind{"compressed twice", "decompress it once"};
  if (IsTar(begin)) {
    return FileKind{"a tar archive",
                    "unpack it, e.g. tar -xOf FILE MEMBER | onceload load --name NAME -"};
  }
  if (begin.find_first_not_of('\0') == std::string_view::npos) {
    return FileKind{"nothing but NUL bytes, as after a crash of the machine that wrote it",
                    "write it anew"};
  }
  return WideTextOf(begin, encoding);
}

std::optional<FileKind> MarkupKindOf(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text = WithoutBlanks(text);
  if (IsHtml(text)) {
    return FileKind{"HTML",
                    "most likely a page that says what went wrong (a login?): fetch the file anew"};
  }
  if (IsXml(text)) return FileKind{"XML", "convert it to CSV first, unless it is a server's error"};
  if (text.starts_with("{\\rtf")) return FileKind{"RTF", "save it as plain text"};
  if (IsJson(text)) {
    return FileKind{"JSON", "convert it, e.g. duckdb -c \"COPY (FROM 'FILE') TO 'FILE.csv'\""};
  }
  return std::nullopt;
}

}  // namespace onceload
