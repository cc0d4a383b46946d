// How a librdkafka client is made and listened to; shared by producers and consumers.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "kafka/answers.h"
#include "kafka/rdkafka_ptr.h"
#include "onceload/core/clock.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

// What librdkafka says on the side, from its own threads. Kept, not logged: the layer that waits
// says once what it waits for, and takes the reason from here.
class ClientEvents {
 public:
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
  // transaction coordinator. librdkafka goes on asking all of them for ever.
  Outcome Explained(Outcome outcome) const;

 private:
  // Brokers say so again and again. What has been taken once and is refused by one broker now is
  // most often on its way to that one, which has just started: that is worth a wait.
  struct Refusal {
    Duration since{-1};
    Duration last{-1};
    int times = 0;
    Cause cause{};

    void Note(const Cause& why);
    // Heard of first so long ago, and last not longer than that.
    bool Lasts(Duration grace, Duration forgotten) const;
  };

  mutable std::mutex mutex_;
  std::string last_error_;
  ClientConfig config_;
  Refusal refused_;  // credentials, TLS
  Refusal hung_up_;  // on the first request behind ApiVersions
  bool tls_ = false;
  Refusal protocol_;     // another protocol, as it seems
  Refusal coordinator_;  // no transactions
  std::string no_coordinator_;
  std::shared_ptr<std::atomic<bool>> answered_ = config_.answered();
  std::atomic<bool> has_refusal_{false};
  std::atomic<std::int64_t> throttled_ms_{0};
};

// As librdkafka takes a time.
inline int Milliseconds(Duration wait) { return static_cast<int>(wait.count()); }

using Properties = std::initializer_list<std::pair<const char*, const char*>>;

// Those of every connection, `defaults`, then the user's, then `fixed`; events become the opaque
// and must outlive the client. A default that this librdkafka does not know is passed over. What
// the user's values refer to is read anew for each client.
ConfPtr MakeConf(const ClientConfig& config, Properties defaults, Properties fixed,
                 ClientEvents& events);

// Throws Error(kUsage) with librdkafka's reason.
KafkaPtr MakeClient(rd_kafka_type_t type, ConfPtr conf);

// A consumer that assigns by itself (no group, no group permission needed) at this isolation level.
KafkaPtr MakeReader(const ClientConfig& config, const char* isolation_level, ClientEvents& events);

// When a client is to be made anew. Its brokers may all have other addresses by now, or its
// connections may be dead without a word; a new one begins with the addresses that were given, as a
// new process would.
class Staleness {
 public:
  // Of each call; takes it through.
  Outcome Noted(Outcome outcome);
  // No call has come through for long, or it is Due(). Once: the next client is given as much time.
  bool IsTime();
  void Due() { due_ = true; }

 private:
  bool due_ = false;
  Duration failing_since_{-1};
};

// What a call needs, as an ACL has it: "Write on Topic clicks". Told to a user who lacks it, for
// Kafka says no more than what kind of thing it is about.
struct Rights {
  std::string on_topic;
  std::string on_transactional_id = {};
  Asked asked = Asked::kAnything;
};

// One broker error code, for calls that return no rd_kafka_error_t.
Outcome Classify(rd_kafka_resp_err_t code, const std::string& detail, const Rights& needed = {});

// Takes the error; null is kDone. `kafka` may be asked for the fatal error's reason.
Outcome Classify(rd_kafka_t* kafka, rd_kafka_error_t* error, const Rights& needed = {});

}  // namespace onceload
