// Can an address be reached from here?
#pragma once

#include <string>

#include "onceload/core/clock.h"

namespace onceload {

// Connects to it and hangs up. Empty: it can; else why not: "Connection refused".
std::string WhyUnreachable(const std::string& host, const std::string& port, Duration wait);

// Of "https://host:port/path", the port from the scheme where there is none.
struct UrlAddress {
  std::string host;
  std::string port;
};
UrlAddress AddressOf(const std::string& url);

}  // namespace onceload
