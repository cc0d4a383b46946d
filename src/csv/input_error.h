// How this folder words its errors.
#pragma once

#include <optional>
#include <string>

#include "onceload/core/error.h"
#include "onceload/core/types.h"

namespace onceload {

inline Error InputError(const std::string& what, const std::string& path,
                        std::optional<ByteOffset> at, std::string advice) {
  std::string where = path;
  if (at) where += ", byte " + std::to_string(at->value);
  return Error(ExitCode::kInput, what, std::move(where), std::move(advice));
}

}  // namespace onceload
