#include "doctor/reach.h"

#include <cerrno>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "onceload/core/descriptor.h"
#include "onceload/core/freed_by.h"

namespace onceload {
namespace {

using Addresses = std::unique_ptr<addrinfo, FreedBy<&freeaddrinfo>>;

std::string Text(int code) { return std::generic_category().message(code); }

std::string WhyNot(const addrinfo& address, Duration wait) {
  const Descriptor socket(
      ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.value() < 0) return Text(errno);
  if (::connect(socket.value(), address.ai_addr, address.ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return Text(errno);
  pollfd waited{socket.value(), POLLOUT, 0};
  if (::poll(&waited, 1, static_cast<int>(wait.count())) == 0) return "no answer";
  int failed = 0;
  socklen_t size = sizeof failed;
  if (::getsockopt(socket.value(), SOL_SOCKET, SO_ERROR, &failed, &size) != 0) return Text(errno);
  return failed == 0 ? std::string() : Text(failed);
}

}  // namespace

std::string WhyUnreachable(const std::string& host, const std::string& port, Duration wait) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  const int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &raw);
  const Addresses found(raw);
  if (code != 0) return "the name cannot be resolved: " + std::string(gai_strerror(code));
  std::string reason = "no address";
  for (const addrinfo* address = found.get(); address != nullptr; address = address->ai_next) {
    reason = WhyNot(*address, wait);
    if (reason.empty()) return {};
  }
  return reason;
}

UrlAddress AddressOf(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string::npos ? 0 : scheme + 3;
  std::string place = url.substr(begin, url.find_first_of("/,?", begin) - begin);
  if (const std::size_t user = place.rfind('@'); user != std::string::npos) {
    place.erase(0, user + 1);
  }
  const std::size_t colon = place.rfind(':');
  if (colon != std::string::npos && place.find(']', colon) == std::string::npos) {
    return {place.substr(0, colon), place.substr(colon + 1)};
  }
  return {place, url.starts_with("https") ? "443" : "80"};
}

}  // namespace onceload
