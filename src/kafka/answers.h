// What each error code of Kafka and of librdkafka means, and to whom. The one place: whatever a
// call comes back with is judged here, so nothing that cannot pass is waited for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "onceload/kafka/outcome.h"

namespace onceload {

enum class Meaning : std::uint8_t {
  kPassing,  // the same again, a little later
  kAnew,     // passes, but this producer or its transaction is of no use any more
  kFenced,   // a newer producer, or a transaction that has timed out
  kRow,      // the record: others of its transaction would have been taken
  kSetting,  // somebody has to change a setting, grant a right, or correct a property
  kService,  // what the brokers do not offer
  kOurs,     // a bug
};

// What was asked for, where the same code means something else. The requests that a call of
// librdkafka makes are seen together: it does not tell which of them has failed.
enum class Asked : std::uint8_t {
  kAnything,
  kCoordinator,       // FindCoordinator, InitProducerId
  kEndOfTransaction,  // EndTxn
  kSendOwnTime,       // Produce, of a record with the time of sending
  kTopicToBeMade,     // CreateTopics
};

struct Cause {
  Meaning meaning = Meaning::kPassing;
  std::string_view what;    // a phrase
  std::string_view remedy;  // empty: time
};

struct Answer {
  int code = 0;           // negative: librdkafka's own
  std::string_view name;  // without RD_KAFKA_RESP_ERR_
  Cause cause;
};

// Of any code: one that is in no table is the service's, and stops the load.
const Cause& CauseOf(int code, Asked asked = Asked::kAnything);

// librdkafka's own word that a login, or TLS, has failed. Whether that passes (a broker that
// starts, a token that has run out) follows from what the client has heard before: ClientEvents.
bool IsFailedLogin(int code);

// What waiting does not mend, with what does.
Outcome Hopeless(Verdict verdict, const Cause& cause, std::string text);

// nullopt: in no table.
std::optional<std::string_view> CodeName(int code);
std::optional<int> CodeNamed(std::string_view name);

}  // namespace onceload
