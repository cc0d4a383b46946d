#include "load/rejects_file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/core/error.h"

namespace onceload {
namespace {

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

}  // namespace

void AppendRejectsLine(const RejectedRow& row, const std::string& path, std::string_view raw,
                       std::string& text) {
  AppendQuoted(path, text);
  text.append(",").append(std::to_string(row.row.value));
  text.append(",").append(std::to_string(row.begin.value)).append(",");
  AppendQuoted(row.reason, text);
  text += ',';
  AppendQuoted(row.column, text);
  text += ',';
  AppendQuoted(row.detail, text);
  text += ',';
  AppendQuoted(raw, text);
  text += '\n';
}

RejectsFile::RejectsFile(const std::string& path, std::uint64_t committed)
    : path_(path), descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw Failure("the file of rejected rows cannot be opened", path);
  struct stat facts {};
  if (fstat(descriptor_, &facts) != 0) throw Failure("the file of rejected rows is no file", path);
  const auto size = static_cast<std::uint64_t>(facts.st_size);
  if (size < committed) {
    throw Error(ExitCode::kDisagreement,
                "the file of rejected rows has " + std::to_string(size) + " bytes, this load has " +
                    "written " + std::to_string(committed),
                path, "name the file the load was begun with, or restore it");
  }
  std::string head(std::min<std::uint64_t>(size, kRejectsHeader.size()), '\0');
  const ssize_t got = pread(descriptor_, head.data(), head.size(), 0);
  if (got != static_cast<ssize_t>(head.size()) || head != kRejectsHeader.substr(0, head.size())) {
    throw Error(ExitCode::kUsage, "the file of rejected rows holds something else", path,
                "name another file with --rejects");
  }
  if (ftruncate(descriptor_, static_cast<off_t>(committed)) != 0 ||
      lseek(descriptor_, 0, SEEK_END) < 0) {
    throw Failure("the file of rejected rows cannot be cut", path);
  }
}

RejectsFile::~RejectsFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void RejectsFile::Append(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw Failure("the file of rejected rows cannot be written", path_);
    text.remove_prefix(static_cast<std::size_t>(written));
    dirty_ = true;
  }
}

void RejectsFile::Sync() {
  if (!dirty_) return;
  if (fdatasync(descriptor_) != 0) {
    throw Failure("the file of rejected rows cannot be written", path_);
  }
  dirty_ = false;
}

}  // namespace onceload
