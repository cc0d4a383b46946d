#include "kafka/tls_probe.h"

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace onceload {
namespace {

constexpr Duration kWait{2'000};

// Takes one connection, answers what it is sent with `answer` and hangs up.
class Listener {
 public:
  explicit Listener(std::string answer) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    socklen_t size = sizeof at;
    EXPECT_EQ(bind(socket_, address, size), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    EXPECT_EQ(getsockname(socket_, address, &size), 0);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this, answer = std::move(answer)] {
      const int connection = accept(socket_, nullptr, nullptr);
      char heard[256];
      EXPECT_GT(recv(connection, heard, sizeof heard, 0), 40);
      EXPECT_EQ(heard[0], 0x16);
      send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      close(connection);
    });
  }
  ~Listener() {
    thread_.join();
    close(socket_);
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
  std::thread thread_;
};

TEST(TlsProbeTest, AHandshakeOrAnAlertIsTls) {
  for (const char* answer : {"\x16\x03\x03", "\x15\x03\x03"}) {
    const Listener listener(answer);
    EXPECT_TRUE(SpeaksTls(listener.address(), kWait));
  }
}

TEST(TlsProbeTest, AnythingElseIsNot) {
  for (const char* answer : {"HTTP/1.1 400", ""}) {
    const Listener listener(answer);
    EXPECT_FALSE(SpeaksTls(listener.address(), kWait));
  }
  EXPECT_FALSE(SpeaksTls("127.0.0.1:1", kWait));
  EXPECT_FALSE(SpeaksTls("nowhere", kWait));
}

}  // namespace
}  // namespace onceload
