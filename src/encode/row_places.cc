#include "onceload/encode/row_places.h"

namespace onceload {

bool HasPlace(std::string_view text) {
  return text.find(kFilePlace) != std::string_view::npos ||
         text.find(kRowPlace) != std::string_view::npos;
}

}  // namespace onceload
