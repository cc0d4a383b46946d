#include "onceload/core/text.h"

namespace onceload {

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string Seconds(Duration duration) {
  return std::to_string((duration.count() + 500) / 1000) + " s";
}

}  // namespace onceload
