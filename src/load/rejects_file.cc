#include "load/rejects_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/core/durable_file.h"
#include "onceload/core/error.h"
#include "onceload/csv/record_reader.h"
#include "onceload/rows/input_rows.h"

namespace onceload {
namespace {

constexpr std::string_view kFirstHeader = "file,row,byte,reason,column,detail,row_text\n";
// Behind the columns that were there first: who reads them by number still finds them.
constexpr std::string_view kSecondHeader =
    "file,row,byte,reason,column,detail,row_text,lines,bytes,rest,load\n";
constexpr std::size_t kLoadColumn = 10;

void AppendQuoted(std::string_view field, std::string& text) {
  text += '"';
  for (const char c : field) {
    if (c == '"') text += '"';
    text += c;
  }
  text += '"';
}

Error Failure(const std::string& what, const std::string& path) {
  return {ExitCode::kUsage, what + ": " + std::strerror(errno), path,
          "name a file that can be written with --rejects"};
}

// What stands in quotes at a row's end: the load, whose id has none itself.
std::string LastOf(std::string_view raw) {
  if (raw.size() < 2 || raw.back() != '"') return "";
  raw.remove_suffix(1);
  const std::size_t begin = raw.rfind(",\"");
  return begin == std::string_view::npos ? "" : std::string(raw.substr(begin + 2));
}

// The load whose row is the file's first; nullopt: no row of it is whole, so there is none to lose.
std::optional<std::string> OwnerOf(const std::string& path) {
  const SourceFile file(path);
  ReaderStart start;
  start.rules = Rules::kFirst;  // a row's text may be anything
  start.record_bytes_max = kRecordBytesMaxMost;
  RecordReader reader(file, start);
  if (reader.Next() != ReadStatus::kRecord) return std::nullopt;  // the header
  const bool tells_load = reader.record().fields.size() > kLoadColumn;
  const ReadStatus status = reader.Next();
  const bool good = status == ReadStatus::kRecord;
  if (status == ReadStatus::kEnd) return std::nullopt;
  // Without its line end it is torn: its writer was killed, and will write it again.
  if (!(good ? reader.record().ended() : reader.bad_row().ended())) return std::nullopt;
  if (!good && reader.bad_row().fault == RowFault::kOpenQuote) return std::nullopt;
  // Of what a row's text may hold the reader takes all but NUL and what is no UTF-8.
  if (!good && tells_load) return LastOf(reader.bad_row().raw);
  if (!good || reader.record().fields.size() <= kLoadColumn) return "";
  return std::string(reader.record().fields[kLoadColumn]);
}

}  // namespace

std::string_view RejectsHeader(RejectsFormat format) {
  return format == RejectsFormat::kFirst ? kFirstHeader : kSecondHeader;
}

void AppendRejectsLine(const RejectedRow& row, const InputFile& input, const std::string& load_id,
                       std::string_view raw, RejectsFormat format, std::string& text) {
  AppendQuoted(input.path, text);
  text.append(",").append(std::to_string(row.row.value));
  text.append(",").append(std::to_string(row.begin.value));
  for (const std::string_view field : {std::string_view(row.reason), std::string_view(row.column),
                                       std::string_view(row.detail), raw}) {
    text += ',';
    AppendQuoted(field, text);
  }
  if (format == RejectsFormat::kSecond) {
    text.append(",").append(std::to_string(row.lines));
    text.append(",").append(std::to_string(row.text_bytes)).append(",");
    AppendQuoted(RestOf(row, raw.size(), NameOfInput(input)), text);
    text += ',';
    AppendQuoted(load_id, text);
  }
  text += '\n';
}

RejectsFile::RejectsFile(const std::string& path, std::uint64_t committed,
                         const std::string& load_id)
    : path_(path),
      descriptor_(open(path.c_str(), O_RDWR | O_CLOEXEC | (committed == 0 ? O_CREAT : 0), 0666)) {
  const int file = descriptor_.value();
  if (file < 0 && errno == ENOENT && committed > 0) CheckOwner(0, committed, load_id);
  if (file < 0) throw Failure("the file of rejected rows cannot be opened", path);
  if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw Error(ExitCode::kUsage, "another load is writing to the file of rejected rows", path,
                "give each load a file of its own with --rejects");
  }
  struct stat facts {};
  if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    throw Error(ExitCode::kUsage, "the file of rejected rows is no regular file", path,
                "name a file that can be written with --rejects");
  }
  CheckOwner(static_cast<std::uint64_t>(facts.st_size), committed, load_id);
  if (ftruncate(file, static_cast<off_t>(committed)) != 0 || lseek(file, 0, SEEK_END) < 0) {
    throw Failure("the file of rejected rows cannot be cut", path);
  }
}

void RejectsFile::CheckOwner(std::uint64_t size, std::uint64_t committed,
                             const std::string& load_id) {
  if (size < committed) {
    throw Error(
        ExitCode::kDisagreement,
        "the file of rejected rows has " + std::to_string(size) + " bytes, this load has " +
            "written " + std::to_string(committed),
        path_,
        "name the file the load was begun with, or restore it; --no-rejects goes on without "
        "one, and onceload status tells the rejected rows");
  }
  std::string head(std::min<std::uint64_t>(size, kSecondHeader.size()), '\0');
  const ssize_t got = pread(descriptor_.value(), head.data(), head.size(), 0);
  const auto begins_as = [&](std::string_view header) {
    return got == static_cast<ssize_t>(head.size()) &&
           head.substr(0, header.size()) == header.substr(0, head.size());
  };
  const bool first = begins_as(kFirstHeader) && !begins_as(kSecondHeader);
  if (!first && !begins_as(kSecondHeader)) {
    throw Error(ExitCode::kUsage, "the file of rejected rows holds something else", path_,
                "name another file with --rejects");
  }
  // What version 0.1.0 wrote does not say whose it is: the load's own count has to do.
  if (first && committed > 0) {
    format_ = RejectsFormat::kFirst;
    return;
  }
  const std::optional<std::string> owner = OwnerOf(path_);
  if (!owner || *owner == load_id) return;
  throw Error(committed > 0 ? ExitCode::kDisagreement : ExitCode::kUsage,
              "the file of rejected rows has rows of another load" +
                  (owner->empty() ? std::string() : " (id " + *owner + ")"),
              path_, "name another file with --rejects, or move this one away");
}

void RejectsFile::Append(std::string_view text) {
  if (text.empty()) return;
  dirty_ = true;
  if (!WriteAll(descriptor_.value(), text)) {
    throw Failure("the file of rejected rows cannot be written", path_);
  }
}

void RejectsFile::Sync() {
  if (!dirty_) return;
  if (fdatasync(descriptor_.value()) != 0) {
    throw Failure("the file of rejected rows cannot be written", path_);
  }
  // Not every file system can; those that cannot need not.
  if (!name_synced_) static_cast<void>(SyncFolder(FolderOf(path_)));
  name_synced_ = true;
  dirty_ = false;
}

}  // namespace onceload
