#include "onceload/core/failpoints.h"

#include <csignal>

#include "onceload/core/error.h"
#include "onceload/core/whole_number.h"

namespace onceload {

Failpoints::Failpoints(std::string_view spec) : Failpoints(spec, [] { std::raise(SIGKILL); }) {}

Failpoints::Failpoints(std::string_view spec, std::function<void()> crash)
    : crash_(std::move(crash)) {
  const std::size_t colon = spec.find(':');
  const bool named = colon != std::string_view::npos && colon > 0;
  const std::uint64_t passages =
      named ? WholeNumber<std::uint64_t>(spec.substr(colon + 1)).value_or(0) : 0;
  if (passages == 0) {
    throw Error(ExitCode::kUsage, "ONCELOAD_FAILPOINT is not NAME:N with N >= 1", std::string(spec),
                "unset it, or name one of docs/commit-protocol.md's failpoints");
  }
  name_ = spec.substr(0, colon);
  left_ = passages;
}

void Failpoints::Hit(std::string_view name) {
  if (name_.empty() || name != name_) return;
  if (left_.fetch_sub(1) == 1) crash_();
}

}  // namespace onceload
