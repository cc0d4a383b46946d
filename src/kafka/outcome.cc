#include "onceload/kafka/outcome.h"

namespace onceload {

Error RefusalOf(const Outcome& outcome, const std::string& where) {
  if (outcome.verdict == Verdict::kBug) {
    return {ExitCode::kBug, "Kafka does not take a request of onceload's: " + outcome.detail, where,
            "please report this"};
  }
  return {ExitCode::kUsage, "Kafka refuses: " + outcome.detail, where,
          outcome.advice.empty() ? "correct the properties, or grant what is missing: "
                                   "docs/architecture.md lists it"
                                 : outcome.advice};
}

}  // namespace onceload
