#include "verify/trail.h"

#include <algorithm>

namespace onceload {

std::optional<std::size_t> PartingMark(const Trail& a, const Trail& b) {
  if (a == b) return std::nullopt;
  const std::size_t common = std::min(a.marks().size(), b.marks().size());
  std::size_t same = 0;
  while (same < common && a.marks()[same].digest == b.marks()[same].digest) ++same;
  return same;
}

}  // namespace onceload
