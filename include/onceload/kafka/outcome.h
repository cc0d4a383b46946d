// What a call to Kafka came to: a verdict for the program and a sentence for the person.
#pragma once

#include <cstdint>
#include <string>

#include "onceload/core/error.h"

namespace onceload {

// What an error code means is told by one table (docs/answers.md); what can be done with the
// producer that had it, by librdkafka's flags: fatal, abortable or retriable; one without a flag is
// fatal too (rdkafka.h, "Transactional producer API"). Classified once, where librdkafka returns
// it.
enum class Verdict : std::uint8_t {
  kDone,     // it happened
  kPending,  // not yet; the same call again goes on with it
  kAbort,    // this transaction cannot be committed any more
  kFenced,   // a newer producer of this transactional id exists, or the broker timed us out
  kDenied,   // permissions, configuration, what brokers do not offer: trying again changes nothing
  kRefused,  // records of this transaction, and no others, are what the broker does not take
  kFatal,    // this producer is of no use any more
  kBug,      // a request of ours is wrong
};

struct [[nodiscard]] Outcome {
  Verdict verdict = Verdict::kDone;
  std::string detail;       // empty when done
  std::string advice = {};  // what mends it; empty: nothing is known to

  bool done() const { return verdict == Verdict::kDone; }
  // Neither done nor to be: what it was asked of cannot go on.
  bool failed() const { return !done() && verdict != Verdict::kPending; }
  // Nor anything else of the kind, until somebody has changed something.
  bool hopeless() const { return verdict == Verdict::kDenied || verdict == Verdict::kBug; }
};

// What ends a run that has come to kDenied or kBug. `where`: what it was about.
Error RefusalOf(const Outcome& outcome, const std::string& where);

}  // namespace onceload
