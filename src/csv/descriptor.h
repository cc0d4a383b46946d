// A file descriptor, closed at the end of its scope.
#pragma once

#include <unistd.h>

namespace onceload {

class Descriptor {
 public:
  // Takes ownership; below 0: of nothing.
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int value() const { return value_; }

 private:
  int value_;
};

}  // namespace onceload
