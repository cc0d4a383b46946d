#include "onceload/core/uuid.h"

#include <cstdint>
#include <random>

namespace onceload {

std::string NewUuid() {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::random_device random;  // the kernel's
  std::string text;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    unsigned digit = random() & 15U;
    if (i == 12) digit = 4;
    if (i == 16) digit = 8U | (digit & 3U);
    text += kDigits[digit];
  }
  return text;
}

}  // namespace onceload
