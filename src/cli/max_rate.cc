#include "cli/max_rate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "onceload/core/error.h"

namespace onceload {
namespace {

// More is no limit but a typing error.
constexpr std::uint64_t kPerSecondMax = 1'000'000'000'000;

struct Unit {
  std::string_view name;
  std::uint64_t bytes;  // 0: rows
};

constexpr std::array kUnits{Unit{"", 0},
                            Unit{"rows", 0},
                            Unit{"B", 1},
                            Unit{"kB", 1'000},
                            Unit{"KB", 1'000},
                            Unit{"MB", 1'000'000},
                            Unit{"GB", 1'000'000'000},
                            Unit{"KiB", std::uint64_t{1} << 10},
                            Unit{"MiB", std::uint64_t{1} << 20},
                            Unit{"GiB", std::uint64_t{1} << 30}};

}  // namespace

MaxRate ParseMaxRate(const std::string& text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result parsed = std::from_chars(text.data(), end, number);
  const auto* const unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) {
    return u.name == std::string_view(parsed.ptr, end);
  });
  const std::uint64_t most =
      unit == kUnits.end() ? 0 : kPerSecondMax / std::max<std::uint64_t>(unit->bytes, 1);
  if (parsed.ec != std::errc{} || number == 0 || number > most) {
    throw Error(ExitCode::kUsage, "--max-rate needs rows or bytes a second", text,
                "for example --max-rate 50000 or --max-rate 10MB");
  }
  MaxRate rate;
  (unit->bytes == 0 ? rate.rows : rate.bytes) = number * std::max<std::uint64_t>(unit->bytes, 1);
  return rate;
}

}  // namespace onceload
