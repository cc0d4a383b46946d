// How a librdkafka client is made and listened to; shared by producers and consumers.
#pragma once

#include <atomic>
#include <initializer_list>
#include <mutex>
#include <string>
#include <utility>

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
  void NoteLog(int level, const std::string& text);
  // What the client is made with: its secrets are kept out of what is noted here.
  void Know(const ClientConfig& config);
  // After a login was refused: by what its values refer to now. Nothing else of a client that lives
  // can be changed; the next one is made with it.
  void RenewCredentials(rd_kafka_t* kafka);

  // A broker has answered a request: our credentials have been taken.
  void NoteAnswer() { answered_ = true; }

  // Newest error, or empty.
  std::string last_error() const;
  // Broker refuses our credentials, or TLS cannot be agreed on, and none has ever answered: waiting
  // is of no use. What has been taken once and is refused by one broker now is most often on its
  // way to that one, which has just started: that is worth a wait, and the budget for waiting ends
  // it where it was taken back. Clearing this at each answer would not do: the answers of the
  // others come before, not after, the call that waits for this one.
  bool refused() const { return refused_ && !answered_; }

 private:
  mutable std::mutex mutex_;
  std::string last_error_;
  ClientConfig config_;
  std::atomic<bool> refused_{false};
  std::atomic<bool> answered_{false};
};

// As librdkafka takes a time.
inline int Milliseconds(Duration wait) { return static_cast<int>(wait.count()); }

using Properties = std::initializer_list<std::pair<const char*, const char*>>;

// `defaults`, then the user's, then `fixed`; events become the opaque and must outlive the client.
// A default that this librdkafka does not know is passed over. What the user's values refer to is
// read anew for each client.
ConfPtr MakeConf(const ClientConfig& config, Properties defaults, Properties fixed,
                 ClientEvents& events);

// Throws Error(kUsage) with librdkafka's reason.
KafkaPtr MakeClient(rd_kafka_type_t type, ConfPtr conf);

// A consumer that assigns by itself (no group, no group permission needed) at this isolation level.
KafkaPtr MakeReader(const ClientConfig& config, const char* isolation_level, ClientEvents& events);

// What a call needs, as an ACL has it: "Write on Topic clicks". Told to a user who lacks it, for
// Kafka says no more than what kind of thing it is about.
struct Rights {
  std::string on_topic;
  std::string on_transactional_id = {};
};

// One broker error code, for calls that return no rd_kafka_error_t.
Outcome Classify(rd_kafka_resp_err_t code, const std::string& detail, const Rights& needed = {});

// Takes the error; null is kDone. `kafka` may be asked for the fatal error's reason.
Outcome Classify(rd_kafka_t* kafka, rd_kafka_error_t* error, const Rights& needed = {});

}  // namespace onceload
