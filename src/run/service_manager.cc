#include "run/service_manager.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/core/printable.h"

namespace onceload {
namespace {

constexpr Duration kStatusEvery{1'000};
// systemd.service(5): a sign of life each half of the time after which it is missed.
constexpr std::int64_t kSignsInTime = 2;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Duration WatchdogOfEnvironment() {
  const std::string pid = Environment("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(getpid())) return Duration{0};  // another's
  const std::int64_t microseconds = std::atoll(Environment("WATCHDOG_USEC").c_str());
  return Duration{std::max<std::int64_t>(0, microseconds / 1000 / kSignsInTime)};
}

class Status final : public RunListener {
 public:
  Status(ServiceManager& manager, const Clock& clock) : manager_(manager), clock_(clock) {}

  void On(const RunEvent& event) override {
    if (std::holds_alternative<RunBegun>(event) || std::holds_alternative<StandingBy>(event) ||
        std::holds_alternative<FirstFileAwaited>(event)) {
      manager_.Ready();
    }
    if (const std::optional<std::string> status = StatusOf(event)) {
      manager_.Tell("STATUS=" + Printable(*status));
    }
  }

 private:
  std::optional<std::string> StatusOf(const RunEvent& event) {
    if (const auto* begun = std::get_if<RunBegun>(&event)) return TextOf(begun->at);
    if (const auto* waits = std::get_if<WaitBegun>(&event)) return "waiting for " + waits->what;
    if (std::holds_alternative<WaitEnded>(event)) return "going on";
    if (std::holds_alternative<StandingBy>(event)) return "standing by";
    if (std::holds_alternative<FirstFileAwaited>(event)) return "waiting for the first file";
    const auto* committed = std::get_if<ChunkCommitted>(&event);
    const bool whole = committed != nullptr && committed->at.bytes == committed->at.bytes_total;
    if (committed == nullptr || (clock_.Now() < next_ && !whole)) return std::nullopt;
    next_ = clock_.Now() + kStatusEvery;
    return TextOf(committed->at);
  }

  static std::string TextOf(const CommittedSoFar& at) {
    const std::string rows = std::to_string(at.rows) + " rows committed";
    if (at.bytes_total == 0) return rows;
    return std::to_string(at.bytes * 100 / at.bytes_total) + "%, " + rows;
  }

  ServiceManager& manager_;
  const Clock& clock_;
  Duration next_{0};
};

}  // namespace

ServiceManager::ServiceManager() : address_(Environment("NOTIFY_SOCKET")) {
  // A path, or the name of an abstract socket behind an @.
  const bool known = address_.starts_with('/') || address_.starts_with('@');
  if (!known || address_.size() >= sizeof(sockaddr_un::sun_path)) address_.clear();
  if (listens()) watchdog_ = WatchdogOfEnvironment();
}

void ServiceManager::Tell(std::string_view state) const {
  if (!listens()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  address_.copy(to.sun_path, sizeof to.sun_path - 1);
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.value() < 0) return;
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  static_cast<void>(::sendto(socket.value(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), length));
}

void ServiceManager::Ready() {
  if (!ready_.exchange(true)) Tell("READY=1");
}

void ServiceManager::Alive(Duration now) {
  if (watchdog_ == Duration{0} || now < next_) return;
  next_ = now + watchdog_;
  Tell("WATCHDOG=1");
}

std::unique_ptr<RunListener> MakeServiceStatus(ServiceManager& manager, const Clock& clock) {
  return std::make_unique<Status>(manager, clock);
}

}  // namespace onceload
