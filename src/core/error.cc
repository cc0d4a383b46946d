#include "onceload/core/error.h"

namespace onceload {
namespace {

// Control characters would break the promise of one line, or drive the reader's terminal.
void AppendPrintable(const std::string& text, std::string& line) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      line += c;
    } else if (c == '\n') {
      line += "\\n";
    } else {
      line += "\\x";
      line += kDigits[byte >> 4U];
      line += kDigits[byte & 15U];
    }
  }
}

}  // namespace

std::string Error::Line() const {
  std::string line;
  AppendPrintable(what(), line);
  if (!where_.empty()) {
    line += ": ";
    AppendPrintable(where_, line);
  }
  if (!advice_.empty()) {
    line += "; ";
    AppendPrintable(advice_, line);
  }
  return line;
}

}  // namespace onceload
