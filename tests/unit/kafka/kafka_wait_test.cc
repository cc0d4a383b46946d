#include "onceload/kafka/kafka_wait.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_broker.h"
#include "onceload/core/error.h"

namespace onceload {
namespace {

TEST(KafkaWait, OneLineSaysWhatIsWaitedForAndForHowLongAtMost) {
  ManualClock clock;
  std::vector<std::string> lines;
  KafkaWait wait(clock, Duration{60'000}, "localhost:9092",
                 [&](const std::string& line) { lines.push_back(line); });
  const Duration begun = clock.Now();
  EXPECT_THROW(wait.Until("answer",
                          [&](Duration slice) {
                            clock.Sleep(slice);
                            return Outcome{Verdict::kPending, "timed out"};
                          }),
               Error);
  EXPECT_EQ(lines, std::vector<std::string>{"waiting for answer (timed out); giving up in 57 s"});
  EXPECT_LT(clock.Now() - begun, Duration{61'000});
}

}  // namespace
}  // namespace onceload
