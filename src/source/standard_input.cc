#include "source/standard_input.h"

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/core/durable_file.h"
#include "onceload/source/input_error.h"

namespace onceload {
namespace {

constexpr std::size_t kCopyBlockBytes = std::size_t{1} << 20;

Error DirectoryError(const std::string& what, const std::string& path, int error) {
  return {ExitCode::kUsage, what + " (" + Reason(error) + ")", path,
          "name a directory that this user can write"};
}

// A file name that says `name` and stays in its directory. One to one, so that two loads never
// share a file.
std::string FileName(std::string_view name) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string file_name;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool leading_dot = c == '.' && file_name.empty();  // ".", "..", temporary files
    if (byte < 0x20 || byte == 0x7f || c == '/' || c == '%' || leading_dot) {
      file_name += {'%', kHex[byte >> 4U], kHex[byte & 0xfU]};
    } else {
      file_name += c;
    }
  }
  return file_name;
}

bool Exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// A new file that goes away with its name.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string pattern)
      : path_(std::move(pattern)), descriptor_(::mkostemp(path_.data(), O_CLOEXEC)) {
    if (descriptor_.value() < 0) throw DirectoryError("cannot make a file", path_, errno);
  }
  ~TemporaryFile() {
    if (descriptor_.value() >= 0) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

  void Write(std::string_view bytes) const {
    if (!WriteAll(descriptor_.value(), bytes)) throw WriteError(errno);
  }

  void Sync() const {
    if (::fsync(descriptor_.value()) != 0) throw WriteError(errno);
  }

 private:
  Error WriteError(int error) const {
    return InputError("cannot save standard input (" + Reason(error) + ")", path_, {},
                      "make room there or name another directory, then send the input again");
  }

  std::string path_;
  Descriptor descriptor_;
};

void Copy(int from, const TemporaryFile& to) {
  std::vector<char> block(kCopyBlockBytes);
  for (;;) {
    const ssize_t n = ::read(from, block.data(), block.size());
    if (n == 0) return;
    if (n > 0) {
      to.Write({block.data(), static_cast<std::size_t>(n)});
    } else if (errno != EINTR) {
      throw InputError("cannot read standard input (" + Reason(errno) + ")", "standard input", {},
                       "nothing of it has been kept: send the input again");
    }
  }
}

// It, and those above it that hold the name of a directory that is not there yet: a power cut takes
// a new directory away, with all that is in it, until the one above it is on the disk.
std::vector<std::string> WithMissingParents(const std::string& directory) {
  std::vector<std::string> directories{directory};
  while (!directories.back().empty() && !Exists(directories.back())) {
    const std::string parent = std::filesystem::path(directories.back()).parent_path().string();
    if (parent == directories.back()) break;
    directories.push_back(parent.empty() ? "." : parent);
  }
  return directories;
}

}  // namespace

SpooledInput SpoolStandardInput(const std::string& directory, const std::string& name,
                                int descriptor) {
  const std::string file_name = FileName(name);
  const std::string path = directory + "/" + file_name;
  if (Exists(path)) return {path, true};
  if (::isatty(descriptor) == 1) {
    throw Error(ExitCode::kUsage, "standard input is a terminal", "",
                "send the input through a pipe, or name a file");
  }
  const std::vector<std::string> to_sync = WithMissingParents(directory);
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) throw DirectoryError("cannot make the directory", directory, failed.value());
  const TemporaryFile temporary(directory + "/." + file_name + ".XXXXXX");
  Copy(descriptor, temporary);
  temporary.Sync();
  // Not rename(): it would replace what another command has put there meanwhile and reads from.
  if (::link(temporary.path().c_str(), path.c_str()) != 0) {
    if (errno != EEXIST) throw DirectoryError("cannot name the file", path, errno);
    throw Error(ExitCode::kUsage, "another command has saved its standard input under this name",
                path, "give this load a name of its own");
  }
  for (const std::string& folder : to_sync) {
    if (!SyncFolder(folder)) throw DirectoryError("cannot save the directory", folder, errno);
  }
  return {path, false};
}

}  // namespace onceload
