#include "onceload/core/descriptor.h"

#include <unistd.h>

namespace onceload {

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

}  // namespace onceload
