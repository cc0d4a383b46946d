#include "onceload/recover/recovery_plan.h"

namespace onceload {

std::string_view NameOf(Decision decision) {
  switch (decision) {
    case Decision::kStart:
      return "start";
    case Decision::kResume:
      return "resume";
    case Decision::kDiscardIntent:
      return "discard intent";
    case Decision::kPromoteIntent:
      return "promote intent";
    case Decision::kAdoptKafka:
      return "adopt Kafka";
    case Decision::kRefuse:
      break;
  }
  return "refuse";
}

}  // namespace onceload
