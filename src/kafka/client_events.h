// What librdkafka says on the side, and what follows from it for a call that does not come through.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

#include "kafka/answers.h"
#include "onceload/core/clock.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

// Told from librdkafka's own threads, asked from the client's. Kept, not logged: the layer that
// waits says once what it waits for, and takes the reason from here.
class ClientEvents {
 public:
  ClientEvents() = default;
  // `now`: of a clock that never goes back.
  explicit ClientEvents(Duration (*now)()) : now_(now) {}

  void Note(rd_kafka_resp_err_t error, const std::string& reason);
  void NoteLog(int level, std::string_view facility, const std::string& text);
  // A broker has held back an answer, or asked for a pause, for so long: a quota.
  void NoteThrottle(Duration pause) { throttled_ms_ += pause.count(); }
  // What the client is made with: its secrets are kept out of what is noted here.
  void Know(const ClientConfig& config);
  // After a login was refused: by what its values refer to now. Nothing else of a client that lives
  // can be changed; the next one is made with it.
  void RenewCredentials(rd_kafka_t* kafka);

  // A broker has answered a request: our credentials have been taken. All clients of the same
  // configuration get to know.
  void NoteAnswer();
  bool answered() const { return *answered_; }
  // The port is one of TLS, and we have none.
  void NoteTls();

  // Newest error, or empty.
  std::string last_error() const;
  // All pauses so far.
  Duration throttled() const { return Duration{throttled_ms_}; }

  // Adds the newest error to what has not come through, and tells waiting from hopeless: brokers
  // that refuse our credentials or TLS, that do not speak what we speak, or that have no
  // transaction coordinator. librdkafka goes on asking all of them for ever. To be asked at each
  // turn of a wait: how long it has lasted counts.
  Outcome Explained(Outcome outcome);

 private:
  // Brokers say so again and again. What has been taken once and is refused by one broker now is
  // most often on its way to that one, which has just started: that is worth a wait.
  struct Refusal {
    Duration since{-1};
    Duration last{-1};
    int times = 0;
    Cause cause{};

    void Note(const Cause& why, Duration now);
    // Heard of first so long ago, and last not longer than that.
    bool Lasts(Duration now, Duration grace, Duration forgotten) const;
  };

  static Duration SteadyNow();
  void NoteRefusal(rd_kafka_resp_err_t error, const std::string& reason);
  bool IsRefused(Duration now) const;

  Duration (*now_)() = SteadyNow;
  mutable std::mutex mutex_;
  std::string last_error_;
  ClientConfig config_;
  Refusal refused_;           // credentials, TLS
  Refusal hung_up_;           // on the first request behind ApiVersions
  Duration token_until_{-1};  // none could be had, for reasons that pass: not looked at before
  bool tls_ = false;
  Refusal protocol_;     // another protocol, as it seems
  Refusal coordinator_;  // no transactions
  std::string no_coordinator_;
  // Of the wait that goes on now, its first and its newest turn; -1: none goes on.
  Duration waits_since_{-1};
  Duration waits_last_{-1};
  std::shared_ptr<std::atomic<bool>> answered_ = config_.answered();
  std::atomic<bool> has_refusal_{false};
  std::atomic<std::int64_t> throttled_ms_{0};
};

}  // namespace onceload
