#include "onceload/core/error.h"

#include "onceload/core/printable.h"

namespace onceload {
std::string Error::Line() const {
  std::string line = Printable(what());
  if (!where_.empty()) line += ": " + Printable(where_);
  if (!advice_.empty()) line += "; " + Printable(advice_);
  return line;
}

}  // namespace onceload
