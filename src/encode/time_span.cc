#include "onceload/encode/time_span.h"

#include <chrono>

namespace onceload {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kMonthMs = milliseconds(std::chrono::days(31)).count();
// By default a topic takes no record whose time is an hour ahead (message.timestamp.after.max.ms).
constexpr std::int64_t kAheadMs = milliseconds(std::chrono::hours(1)).count();

}  // namespace

std::string TimeSpan::Doubt(std::int64_t now_ms) const {
  if (!any()) return {};
  if (least >= 0 && most < kMonthMs) {
    return "all times so far lie in January 1970: seconds taken for milliseconds? "
           "(timestamp:epoch-s); as record times they are what retention deletes first";
  }
  if (least > now_ms + kAheadMs) {
    return "all times so far lie in the future: another unit than the one taken? "
           "(timestamp:epoch-s, "
           "epoch-ms, epoch-us, epoch-ns); a topic takes no such record times by default";
  }
  return {};
}

}  // namespace onceload
