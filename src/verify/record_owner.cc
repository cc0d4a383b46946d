#include "verify/record_owner.h"

#include <optional>
#include <string_view>

#include "onceload/core/error.h"
#include "onceload/message/message_batch.h"
#include "onceload/rows/frozen_encoding.h"

namespace onceload {
namespace {

constexpr std::string_view kLoadHeader = "onceload.load";

// nullopt: by options that this version cannot read.
std::optional<FrozenEncoding> EncodingIfReadable(const ProgressRecord& load) {
  try {
    return FrozenEncodingOf(load);
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

// Keys tell loads apart only where each load without headers takes another share of the same
// number: with any other load among them a key says nothing.
RecordOwner::RecordOwner(const std::vector<ProgressRecord>& loads) : tells_(loads.size(), false) {
  bool shares = true;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const std::optional<FrozenEncoding> encoding = EncodingIfReadable(loads[i]);
    if (encoding && encoding->encode.headers) {
      by_id_.emplace(loads[i].load_id, i);
      tells_[i] = true;
      continue;
    }
    const KeyShare keys = encoding ? encoding->keys : KeyShare();
    if (by_share_.empty()) by_share_.assign(keys.count, kUntold);
    shares =
        shares && !keys.all() && keys.count == by_share_.size() && by_share_[keys.index] == kUntold;
    if (shares) by_share_[keys.index] = i;
  }
  if (!shares) by_share_.clear();
  for (const std::size_t load : by_share_) {
    if (load != kUntold) tells_[load] = true;
  }
}

std::size_t RecordOwner::Of(const CommittedRecord& record) const {
  std::size_t owner = kUntold;
  if (!by_id_.empty()) {
    ForEachHeader(record.headers, [&](std::string_view name, std::string_view value) {
      if (name != kLoadHeader || owner != kUntold) return;
      const auto found = by_id_.find(value);
      if (found != by_id_.end()) owner = found->second;
    });
  }
  if (owner != kUntold || by_share_.empty()) return owner;
  return by_share_[KeyShare::IndexOf(record.key, static_cast<std::uint32_t>(by_share_.size()))];
}

}  // namespace onceload
