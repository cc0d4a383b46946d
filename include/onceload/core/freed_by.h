// What a handle of a C library is released by, as a type: std::unique_ptr<T, FreedBy<&t_free>>.
#pragma once

namespace onceload {

template <auto Release>
struct FreedBy {
  template <typename Handle>
  void operator()(Handle* handle) const noexcept {
    Release(handle);
  }
};

}  // namespace onceload
