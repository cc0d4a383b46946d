// A file descriptor, closed at the end of its scope.
#pragma once

#include <utility>

namespace onceload {

class Descriptor {
 public:
  // Takes ownership; below 0: of nothing.
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int value() const { return value_; }

  // Gives ownership away.
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

}  // namespace onceload
