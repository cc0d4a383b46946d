// One request over HTTP, and its answer.
#pragma once

#include <string>

#include "onceload/core/clock.h"
#include "onceload/registry/schema_registry.h"

namespace onceload {

struct HttpAnswer {
  long status = 0;       // 0: there is none
  std::string body;      // cut at kAnswerBytesMax
  std::string failure;   // why there is none
  bool passing = false;  // of that: another try may do
};

// A registry that answers more than this is none.
inline constexpr std::size_t kAnswerBytesMax = std::size_t{16} << 20;

// `url`: with the path. `body`: JSON, which makes it a POST; empty: a GET.
HttpAnswer CallHttp(const RegistrySettings& settings, const std::string& url,
                    const std::string& body, Duration timeout);

// A segment of a path or a value of a query.
std::string UrlEscaped(const std::string& text);

}  // namespace onceload
