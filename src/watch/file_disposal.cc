#include "watch/file_disposal.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/core/durable_file.h"
#include "onceload/core/text.h"
#include "watch/file_mover.h"

namespace onceload {
namespace {

// Of what lies behind the loaded rows: a row of a file that is being written ends within it.
constexpr std::size_t kRestBytes = std::size_t{64} << 10;

// The text behind an input's end.
std::string RestOf(const InputFile& file, const InputPosition& end, Encoding encoding) {
  const SourceFile source(file.path, encoding);
  std::string rest(kRestBytes, '\0');
  rest.resize(source.ReadAt(end.byte, rest));
  return rest;
}

}  // namespace

void FileDisposal::Loaded(const InputFile& input, Encoding encoding) {
  const std::uint64_t rows = input.end->row.value - input.rows_before();
  try {
    // Whatever the reader said: of a file that goes away, all must be in Kafka.
    if (!Keeps() && !RestOf(input, *input.end, encoding).empty()) {
      stuck_.insert(HintOf(input));
      return;
    }
  } catch (const Error& error) {
    if (error.code() != ExitCode::kInput) throw;
    // Gone, or it cannot be read any more: its rows are loaded all the same.
    events_.On(FilePassedOver{input.path, std::string("it is loaded, but ") + error.what()});
    return;
  }
  Tell(input, rows, /*before=*/false);
}

void FileDisposal::Known(const InputFile& file, const std::optional<InputPosition>& end) {
  Tell(file, end ? std::optional(end->row.value) : std::nullopt, /*before=*/true);
}

void FileDisposal::Again(const InputFile& file, const InputFile& input, Encoding encoding) {
  const std::string rest = RestOf(file, *input.end, encoding);
  if (rest.empty()) return Tell(file, input.end->row.value, /*before=*/true);
  // Half a row is being written still. A whole one was refused by a run that was killed before it
  // could move the file away.
  if (MovesFailed() && rest.find_first_of("\r\n") != std::string::npos) {
    return Failed(file, Error(ExitCode::kInput,
                              "an earlier run could not load it behind row " +
                                  std::to_string(input.end->row.value),
                              file.path + " byte " + std::to_string(input.end->byte.value),
                              "mend it from there on and let it come again"));
  }
  stuck_.insert(HintOf(file));
}

// A line a file.
void FileDisposal::Tell(const InputFile& file, std::optional<std::uint64_t> rows, bool before) {
  try {
    events_.On(FileLoaded{file.path, rows, before, Act(file)});
  } catch (const Error& error) {
    // Loading need not end for that; it is tried again at each look.
    if (error.Line() != told_) events_.On(Notice{error.Line()});
    told_ = error.Line();
  }
}

// What was done, as a part of a sentence.
std::string FileDisposal::Act(const InputFile& file) {
  context_.failpoints.Hit("before_disposal");
  std::string to;
  switch (settings_.after.kind) {
    case AfterRule::Kind::kKeep:
      return "";
    case AfterRule::Kind::kMove:
      Move(file, settings_.after.folder, to);
      return "moved to " + to;
    case AfterRule::Kind::kDelete:
      MoveMarker(file.path, "");
      Delete(file);
      context_.failpoints.Hit("after_disposal");
      events_.On(FileDeleted{file.path});
      return "deleted";
  }
  return "";
}

void FileDisposal::Move(const InputFile& file, const std::string& folder, std::string& to) {
  MoveMarker(file.path, folder);
  context_.failpoints.Hit("after_marker");
  to = MoveInto(file, folder, context_.failpoints);
  context_.failpoints.Hit("after_disposal");
  events_.On(FileMoved{file.path, to});
}

// Before its file: a marker that stays behind would make the next file of this name ready while it
// is being written. What has no marker any more and is loaded is known by its hints.
void FileDisposal::MoveMarker(const std::string& path, const std::string& folder) {
  const std::string marker = ready_.MarkerOf(path);
  if (marker.empty()) return;
  const std::optional<InputFile> file = SourceFile::IdentityOf(marker);
  if (!file) return;
  folder.empty() ? Delete(*file) : static_cast<void>(MoveInto(*file, folder, context_.failpoints));
}

void FileDisposal::Failed(const InputFile& file, const Error& error) {
  std::string to;
  Move(file, settings_.failed, to);
  const Descriptor reason(
      ::open((to + ".reason").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  const std::string line = UtcTime(context_.clock.WallClock()) + "Z " + error.Line() + "\n";
  if (reason.value() < 0 || !WriteAll(reason.value(), line) || ::fsync(reason.value()) != 0) {
    throw Error(ExitCode::kUsage, "the reason cannot be written beside a file that failed",
                to + ".reason", "make room in the folder");
  }
  events_.On(FileFailed{file.path, to, error.Line()});
}

}  // namespace onceload
