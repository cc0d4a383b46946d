// What becomes of files that are loaded, or cannot be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>

#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/run_context.h"
#include "onceload/report/run_events.h"
#include "onceload/source/source_file.h"
#include "onceload/watch/watch_settings.h"
#include "watch/ready_files.h"

namespace onceload {

class FileDisposal {
 public:
  // References outlive it.
  FileDisposal(const WatchSettings& settings, const ReadyFiles& ready, RunContext& context,
               RunListener& events)
      : settings_(settings), ready_(ready), context_(context), events_(events) {}

  bool Keeps() const { return settings_.after.kind == AfterRule::Kind::kKeep; }
  bool MovesFailed() const { return !settings_.failed.empty(); }

  // A part of it is not loaded, and it is as it was when that was found out.
  bool IsStuck(const InputFile& file) const { return stuck_.contains(HintOf(file)); }

  // All rows of `input`, which has an end, are committed.
  void Loaded(const InputFile& input, Encoding encoding);
  // `file` has the text of an input that was loaded before, and ends there if that is known.
  void Known(const InputFile& file, const std::optional<InputPosition>& end);
  // `file` is still there, though it was loaded by this run or one that was killed.
  void Again(const InputFile& file, const InputFile& input, Encoding encoding);
  // Throws what keeps it from being moved away: it would be tried again and again.
  void Failed(const InputFile& file, const Error& error);

 private:
  void Tell(const InputFile& file, std::optional<std::uint64_t> rows, bool before);
  std::string Act(const InputFile& file);
  void Move(const InputFile& file, const std::string& folder, std::string& to);
  void MoveMarker(const std::string& path, const std::string& folder);

  const WatchSettings settings_;
  const ReadyFiles& ready_;
  RunContext& context_;
  RunListener& events_;
  std::unordered_set<std::uint64_t> stuck_;
  std::string told_;  // the newest trouble with moving
};

}  // namespace onceload
