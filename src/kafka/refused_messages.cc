#include "kafka/refused_messages.h"

#include <algorithm>

#include "kafka/answers.h"

namespace onceload {
namespace {

// A request of 100,000 messages comes down to one in five rounds, and a round costs a second.
constexpr std::size_t kNarrowing = 16;
constexpr std::size_t kRequestNarrowing = 4;

constexpr int kTooLarge = 10;  // MSG_SIZE_TOO_LARGE
constexpr int kInvalidTimestamp = 32;

std::string DetailOf(int code) {
  return "the broker answers " + std::string(CodeName(code).value_or("unknown")) + ": " +
         std::string(CauseOf(code).what);
}

}  // namespace

void RefusedMessages::AtFault(PartitionId partition, RowNumber row, int code, const void* words) {
  Lane& lane = lanes_[partition];
  ++lane.messages;
  lane.faults.push_back({row, code, words});
}

void RefusedMessages::Beside(PartitionId partition) { ++lanes_[partition].messages; }

// The one whose words lie elsewhere than those of all others. Of two none can be told from the
// other.
const RefusedMessages::Fault* RefusedMessages::OddOneOut(const std::vector<Fault>& faults) {
  if (faults.size() < 3) return nullptr;
  const bool first_is_odd =
      faults[0].words != faults[1].words && faults[0].words != faults[2].words;
  const void* const common = first_is_odd ? faults[1].words : faults[0].words;
  const auto differs = [&](const Fault& fault) { return fault.words != common; };
  if (std::count_if(faults.begin(), faults.end(), differs) != 1) return nullptr;
  return &*std::find_if(faults.begin(), faults.end(), differs);
}

RefusedOfTransaction RefusedMessages::Judged(int request_code,
                                             const std::string& timestamp_column) const {
  RefusedOfTransaction refused;
  const bool known = request_code != 0 && CauseOf(request_code).meaning == Meaning::kRow;
  for (const auto& [partition, lane] : lanes_) {
    if (lane.faults.empty()) continue;
    const int code = known ? request_code : lane.faults.front().code;
    const bool named = lane.faults.size() < lane.messages || lane.faults.front().code != code;
    const Fault* const odd = named ? nullptr : OddOneOut(lane.faults);
    if (odd != nullptr) {
      refused.rows.push_back(
          {odd->row, DetailOf(code), code == kInvalidTimestamp ? timestamp_column : ""});
    } else if (named || lane.messages == 1) {
      for (const Fault& fault : lane.faults) {
        refused.rows.push_back(
            {fault.row, DetailOf(code), code == kInvalidTimestamp ? timestamp_column : ""});
      }
    } else if (code == kTooLarge) {
      refused.narrowing.request_divisor = kRequestNarrowing;
    } else {
      refused.narrowing.suspects.push_back({partition, lane.faults.front().row,
                                            lane.faults.back().row,
                                            std::max(std::size_t{1}, lane.messages / kNarrowing)});
    }
  }
  std::sort(refused.rows.begin(), refused.rows.end(),
            [](const RefusedRow& a, const RefusedRow& b) { return a.row < b.row; });
  return refused;
}

}  // namespace onceload
