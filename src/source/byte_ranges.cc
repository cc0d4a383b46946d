#include "onceload/source/byte_ranges.h"

#include <charconv>
#include <filesystem>
#include <string_view>

namespace onceload {
namespace {

constexpr std::string_view kMark = "#bytes=";

std::optional<std::uint64_t> TakeNumber(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  return number;
}

// "0-56"
std::optional<ByteRange> TakeRange(std::string_view& text) {
  const auto first = TakeNumber(text);
  if (!first || !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  const auto last = TakeNumber(text);
  if (!last || *last < *first || *last + 1 == 0) return std::nullopt;
  return ByteRange{*first, *last + 1};
}

}  // namespace

std::string FileRanges::Name() const {
  std::string name = path + std::string(kMark);
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (i > 0) name += ",";
    name += std::to_string(ranges[i].begin) + "-" + std::to_string(ranges[i].end - 1);
  }
  return name;
}

std::optional<FileRanges> RangesOf(const std::string& name) {
  const std::size_t mark = name.rfind(kMark);
  if (mark == std::string::npos) return std::nullopt;
  FileRanges parts{name.substr(0, mark), {}};
  std::string_view text = std::string_view(name).substr(mark + kMark.size());
  for (;;) {
    const auto range = TakeRange(text);
    if (!range) return std::nullopt;
    parts.ranges.push_back(*range);
    if (text.empty()) break;
    if (!text.starts_with(',')) return std::nullopt;
    text.remove_prefix(1);
  }
  std::error_code ignored;
  if (std::filesystem::exists(name, ignored)) return std::nullopt;
  return parts;
}

}  // namespace onceload
