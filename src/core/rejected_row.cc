#include "onceload/core/rejected_row.h"

namespace onceload {

std::string Sentence(const RejectedRow& row) {
  return "row " + std::to_string(row.row.value) + " cannot be loaded (" + row.reason +
         "): " + row.detail;
}

std::string PlaceOf(const RejectedRow& row, const std::string& path) {
  return path + " row " + std::to_string(row.row.value) + ", byte " + std::to_string(row.at.value) +
         " (the row begins at byte " + std::to_string(row.begin.value) + ")";
}

}  // namespace onceload
