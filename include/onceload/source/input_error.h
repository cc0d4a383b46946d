// How this folder words its errors.
#pragma once

#include <optional>
#include <string>
#include <system_error>

#include "onceload/core/error.h"
#include "onceload/core/types.h"

namespace onceload {

// The system's words for an errno.
inline std::string Reason(int error) { return std::generic_category().message(error); }

inline Error InputError(const std::string& what, const std::string& path,
                        std::optional<ByteOffset> at, std::string advice) {
  std::string where = path;
  if (at) where += ", byte " + std::to_string(at->value);
  return Error(ExitCode::kInput, what, std::move(where), std::move(advice));
}

}  // namespace onceload
