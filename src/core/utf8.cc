#include "onceload/core/utf8.h"

#include <cstdint>
#include <cstring>

namespace onceload {
namespace {

// What may follow a lead byte. Only the second byte has bounds of its own: they shut out overlong
// forms, surrogates and what lies above U+10FFFF.
struct Lead {
  std::size_t length = 0;  // 0: begins no character
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xbf;
  std::string_view bounds_reason{};  // why a continuation byte outside the bounds is wrong
};

constexpr std::string_view kOverlong = "overlong form";

constexpr Lead LeadOf(unsigned char byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {.length = 2};
  if (byte == 0xe0) return {.length = 3, .second_min = 0xa0, .bounds_reason = kOverlong};
  if (byte == 0xed) return {.length = 3, .second_max = 0x9f, .bounds_reason = "surrogate"};
  if (byte >= 0xe1 && byte <= 0xef) return {.length = 3};
  if (byte == 0xf0) return {.length = 4, .second_min = 0x90, .bounds_reason = kOverlong};
  if (byte >= 0xf1 && byte <= 0xf3) return {.length = 4};
  if (byte == 0xf4) return {.length = 4, .second_max = 0x8f, .bounds_reason = "above U+10FFFF"};
  return {};
}

std::string_view WhyNoLead(unsigned char byte) {
  if (byte < 0xc0) return "continuation byte without a lead byte";
  if (byte < 0xc2) return kOverlong;
  return "above U+10FFFF";
}

constexpr bool IsContinuation(unsigned char byte) { return (byte & 0xc0U) == 0x80; }

// The sequence at `at`, whose first byte is not ASCII. Returns its length, or sets `fault`.
std::size_t Check(std::string_view text, std::size_t at, std::optional<Utf8Fault>& fault) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const Lead lead = LeadOf(byte(0));
  if (lead.length == 0) {
    fault = Utf8Fault{at, WhyNoLead(byte(0))};
    return 0;
  }
  for (std::size_t i = 1; i < lead.length; ++i) {
    const bool cut = at + i == text.size();
    if (cut || !IsContinuation(byte(i))) {
      fault = Utf8Fault{at, "truncated character", cut};
      return 0;
    }
    if (i == 1 && (byte(1) < lead.second_min || byte(1) > lead.second_max)) {
      fault = Utf8Fault{at, lead.bounds_reason};
      return 0;
    }
  }
  return lead.length;
}

bool IsAscii8(const char* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return (word & 0x8080808080808080) == 0;
}

}  // namespace

std::optional<Utf8Fault> FindUtf8Fault(std::string_view text) {
  std::optional<Utf8Fault> fault;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= 8 && IsAscii8(text.data() + at)) {
      at += 8;
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
    } else {
      at += Check(text, at, fault);
      if (fault) return fault;
    }
  }
  return std::nullopt;
}

}  // namespace onceload
