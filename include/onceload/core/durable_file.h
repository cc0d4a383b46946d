// Bytes and names that are on the disk when a call returns. Errors: false, and errno says why.
#pragma once

#include <string>
#include <string_view>

namespace onceload {

// All of them, again after a signal.
bool WriteAll(int descriptor, std::string_view bytes);

// A file's bytes. Who has not written them himself cannot know that somebody has synced them.
bool SyncFile(const std::string& path);

// The names in a folder: a new or moved file is gone after a power cut, whatever is in it, until
// they are on the disk, too.
bool SyncFolder(const std::string& folder);

// The folder of a file's name, as SyncFolder() takes it.
std::string FolderOf(const std::string& path);

}  // namespace onceload
