#include "source/file_stream.h"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "onceload/source/input_error.h"

namespace onceload {

static_assert(sizeof(off_t) == 8, "files over 2 GiB: compile with -D_FILE_OFFSET_BITS=64");

void FileStream::Seek(std::uint64_t at) {
  at_ = at;
  fault_.reset();
}

std::size_t FileStream::Read(std::span<char> into) {
  const std::uint64_t left = at_ < size_ ? size_ - at_ : 0;
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), left));
  std::size_t done = 0;
  while (done < want && !fault_) {
    const ssize_t n =
        ::pread(descriptor_, into.data() + done, want - done, static_cast<off_t>(at_));
    if (n > 0) {
      done += static_cast<std::size_t>(n);
      at_ += static_cast<std::uint64_t>(n);
    } else if (n == 0) {
      // Rows that are gone must not pass for rows that are done.
      fault_ = {
          "the input became shorter while it was read: it had " + std::to_string(size_) + " bytes",
          at_, "load a file that nobody writes to"};
    } else if (errno != EINTR) {
      fault_ = {"cannot read the input (" + Reason(errno) + ")", at_,
                "once the file can be read again, the same command goes on"};
    }
  }
  return done;
}

}  // namespace onceload
