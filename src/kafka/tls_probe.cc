#include "kafka/tls_probe.h"

#include <array>
#include <memory>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/core/freed_by.h"

namespace onceload {
namespace {

// TLS 1.2 (RFC 5246): a handshake record with a ClientHello of two cipher suites and no extension.
// Whoever speaks TLS answers with a handshake or an alert.
constexpr std::size_t kRandomBytes = 32;
constexpr std::array<unsigned char, 11> kHead{0x16, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3};
constexpr std::array<unsigned char, 9> kTail{0, 0, 4, 0xc0, 0x2f, 0, 0x2f, 1, 0};
constexpr unsigned char kHandshake = 0x16;
constexpr unsigned char kAlert = 0x15;

std::string ClientHello() {
  std::string bytes(kHead.begin(), kHead.end());
  bytes.append(kRandomBytes, '\0');
  bytes.append(kTail.begin(), kTail.end());
  return bytes;
}

bool Ready(int socket, short event, Duration wait) {
  pollfd waited{socket, event, 0};
  return poll(&waited, 1, static_cast<int>(wait.count())) == 1;
}

bool AnswersTls(const addrinfo& at, Duration wait) {
  const Descriptor connection(
      socket(at.ai_family, at.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at.ai_protocol));
  if (connection.value() < 0) return false;
  // In progress, or refused: the next call tells.
  static_cast<void>(connect(connection.value(), at.ai_addr, at.ai_addrlen));
  if (!Ready(connection.value(), POLLOUT, wait)) return false;
  const std::string hello = ClientHello();
  if (send(connection.value(), hello.data(), hello.size(), MSG_NOSIGNAL) < 0) return false;
  unsigned char first = 0;
  return Ready(connection.value(), POLLIN, wait) && recv(connection.value(), &first, 1, 0) == 1 &&
         (first == kHandshake || first == kAlert);
}

}  // namespace

bool SpeaksTls(const std::string& address, Duration wait) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return false;
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &raw) != 0) return false;
  const std::unique_ptr<addrinfo, FreedBy<&freeaddrinfo>> found(raw);
  return AnswersTls(*found, wait);
}

}  // namespace onceload
