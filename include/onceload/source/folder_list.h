// What folders hold now, for somebody who looks at them again and again.
#pragma once

#include <string>
#include <vector>

#include "onceload/core/progress_record.h"
#include "onceload/source/input_list.h"

namespace onceload {

struct FolderListing {
  // As the file system has them, by path; a file that has several names by one of them.
  std::vector<InputFile> files;
  std::vector<std::string> folders;  // that are in them, and are not looked into
  // Folders that cannot be read, and files that cannot be looked at.
  struct Unreadable {
    std::string path;
    std::string reason;
    bool folder = false;
  };
  std::vector<Unreadable> unreadable;
};

// Lists the folders that `wishes.words` names. Names that begin with "." or "_", the command's own
// files, what `wishes.includes` leaves out, and all that is in `left_out` (folders) are no news and
// in none of the lists; what vanishes meanwhile is not there. Throws nothing but std::bad_alloc.
FolderListing ListFolders(const InputWishes& wishes, const std::vector<std::string>& left_out);

}  // namespace onceload
