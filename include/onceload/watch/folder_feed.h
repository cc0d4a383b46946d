// Inputs out of watched folders, as files come into them.
//
// What is finished with is known by a digest of its hints, so that a look at a folder of files that
// are kept costs no more than the listing; what is new is compared by its text with all that the
// load knows (recover/input_match.h).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/run_context.h"
#include "onceload/load/input_feed.h"
#include "onceload/load/row_source.h"
#include "onceload/recover/input_match.h"
#include "onceload/report/run_events.h"
#include "onceload/source/input_list.h"
#include "onceload/watch/watch_settings.h"

namespace onceload {

struct FeedParts {
  RunContext& context;
  RunListener& events;
  const CheckpointStore& store;
};

struct FeedSettings {
  std::string load_name;
  std::string topic;
  InputWishes folders;
  WatchSettings watch;
  MatchRules match;
  bool union_columns = false;
  std::uint64_t record_bytes_max = 0;
  // Throws Error unless what was committed between the two is in the topic (nullopt: since the
  // load's begin); empty: nothing is proven before a file is moved.
  std::function<void(const std::optional<ProgressRecord>& before, const ProgressRecord& at)> prove;
};

class FolderFeed : public InputFeed {
 public:
  // How the rows are read, of a load that is known: its columns, in their order.
  virtual void SetEncoding(const FrozenEncoding& encoding) = 0;

  // The columns of the first ready file, once there is one with a header; nullopt: none yet. The
  // load begins with this file.
  virtual std::optional<std::vector<std::string>> LookForFirst(const FrozenEncoding& encoding) = 0;
};

// Throws Error(kInput, kUsage): a folder that is not there, or that files would come back into. One
// that goes away later is waited for.
void CheckWatchedFolders(const InputWishes& folders, const WatchSettings& settings);

// References outlive it.
std::unique_ptr<FolderFeed> MakeFolderFeed(const FeedParts& parts, const FeedSettings& settings);

}  // namespace onceload
