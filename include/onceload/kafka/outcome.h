// What a call to Kafka came to: a verdict for the program and a sentence for the person.
#pragma once

#include <cstdint>
#include <string>

namespace onceload {

// librdkafka flags an error as fatal, abortable or retriable; one without a flag is fatal too
// (rdkafka.h, "Transactional producer API"). Classified once, where librdkafka returns it.
enum class Verdict : std::uint8_t {
  kDone,     // it happened
  kPending,  // not yet; the same call again goes on with it
  kAbort,    // this transaction cannot be committed any more
  kFenced,   // a newer producer of this transactional id exists, or the broker timed us out
  kDenied,   // permissions, credentials or configuration: trying again changes nothing
  kFatal,    // this producer is of no use any more
};

struct [[nodiscard]] Outcome {
  Verdict verdict = Verdict::kDone;
  std::string detail;  // empty when done

  bool done() const { return verdict == Verdict::kDone; }
  // Neither done nor to be: what it was asked of cannot go on.
  bool failed() const { return !done() && verdict != Verdict::kPending; }
};

}  // namespace onceload
