#include "onceload/plan/plan.h"

#include <chrono>

namespace onceload {

Plan MakePlan(RowSource& source, const ProgressRecord& begin, std::uint64_t messages) {
  Plan plan;
  plan.at = begin;
  const auto begun = std::chrono::steady_clock::now();
  do {
    source.Fill({}, plan.end);
    for (const MessageBatch::Message& message : plan.end.messages.messages()) {
      if (plan.first.size() >= messages) break;
      const auto key = plan.end.messages.key(message);
      plan.first.emplace_back(key ? std::optional(std::string(*key)) : std::nullopt,
                              std::string(plan.end.messages.value(message)));
    }
    for (const RejectedRow& row : plan.end.rejected) {
      if (plan.first_rejected.size() >= messages) break;
      plan.first_rejected.push_back(PlaceOf(row, begin.inputs[row.file].path) + ": " +
                                    Sentence(row));
    }
    for (std::string& notice : plan.end.notices) plan.notices.push_back(std::move(notice));
    for (const auto& [index, file] : plan.end.ended) plan.at.inputs[index] = file;
  } while (!plan.end.stops());
  plan.end.after.PutInto(plan.at);
  plan.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  return plan;
}

}  // namespace onceload
