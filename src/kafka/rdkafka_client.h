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
#include "kafka/client_events.h"
#include "kafka/rdkafka_ptr.h"
#include "onceload/core/clock.h"
#include "onceload/kafka/client_config.h"
#include "onceload/kafka/outcome.h"

namespace onceload {

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

// Begins to connect, and waits for it up to `wait`. rd_kafka_init_transactions() asks for the
// coordinator at once, and where no broker is connected yet only half a second later again
// (rd_kafka_txn_coord_query), which was most of what a load's start took. Asking for metadata, of
// any topic, connects; what the answer is does not matter.
void Connect(rd_kafka_t* kafka, rd_kafka_topic_t* topic, Duration wait);

// When a client is to be made anew. Its brokers may all have other addresses by now, or its
// connections may be dead without a word; a new one begins with the addresses that were given, as a
// new process would.
class Staleness {
 public:
  Staleness() = default;
  // `now`: of a clock that never goes back.
  explicit Staleness(Duration (*now)()) : now_(now) {}

  // Of each call; takes it through.
  Outcome Noted(Outcome outcome);
  // No call has come through for long, or it is Due(). Once: the next client is given as much time.
  bool IsTime();
  void Due() { due_ = true; }

 private:
  static Duration SteadyNow();

  Duration (*now_)() = SteadyNow;
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
