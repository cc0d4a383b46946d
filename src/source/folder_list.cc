#include "onceload/source/folder_list.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include <sys/stat.h>

#include "onceload/core/path_name.h"
#include "onceload/source/source_file.h"
#include "source/input_names.h"
#include "source/own_files.h"

namespace onceload {
namespace {

namespace fs = std::filesystem;

class FolderLister {
 public:
  FolderLister(const InputWishes& wishes, const std::vector<std::string>& left_out)
      : wishes_(wishes), own_(wishes) {
    for (const std::string& folder : left_out) {
      struct stat facts {};
      if (stat(folder.c_str(), &facts) == 0) left_out_.insert(IdOf(facts));
    }
  }

  FolderListing Run() {
    for (const std::string& word : wishes_.words) open_.push_back(word);
    std::reverse(open_.begin(), open_.end());
    while (!open_.empty()) {
      const std::string folder = std::move(open_.back());
      open_.pop_back();
      Read(folder);
    }
    KeepOneName();
    return std::move(listing_);
  }

 private:
  void Read(const std::string& folder) {
    struct stat facts {};
    if (stat(folder.c_str(), &facts) == 0 && !seen_.insert(IdOf(facts)).second) return;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      Consider(it->path().string());
    }
    if (error) listing_.unreadable.push_back({folder, error.message(), true});
  }

  void Consider(const std::string& path) {
    const std::string name = NameOfPath(path);
    if (IsHiddenName(name)) return;
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) {
      const int reason = errno;
      struct stat link {};
      // Gone since it was listed; or a link that leads nowhere.
      if (reason == ENOENT && lstat(path.c_str(), &link) != 0) return;
      listing_.unreadable.push_back({path, std::strerror(reason), false});
    } else if (S_ISDIR(facts.st_mode)) {
      if (left_out_.contains(IdOf(facts))) return;
      wishes_.recursive ? open_.push_back(path) : listing_.folders.push_back(path);
    } else if (IsIncluded(name, wishes_) && !own_.Has(IdOf(facts), path) &&
               S_ISREG(facts.st_mode)) {
      if (std::optional<InputFile> file = SourceFile::IdentityOf(path)) {
        listing_.files.push_back(std::move(*file));
      }
    }
  }

  void KeepOneName() {
    std::vector<InputFile>& files = listing_.files;
    std::sort(files.begin(), files.end(),
              [](const InputFile& a, const InputFile& b) { return a.path < b.path; });
    std::set<std::pair<std::uint64_t, std::uint64_t>> ids;
    std::erase_if(
        files, [&](const InputFile& file) { return !ids.emplace(file.device, file.inode).second; });
  }

  const InputWishes& wishes_;
  const OwnFiles own_;
  std::set<FileId> left_out_;
  std::set<FileId> seen_;  // folders: a link may lead back up
  std::vector<std::string> open_;
  FolderListing listing_;
};

}  // namespace

FolderListing ListFolders(const InputWishes& wishes, const std::vector<std::string>& left_out) {
  return FolderLister(wishes, left_out).Run();
}

}  // namespace onceload
