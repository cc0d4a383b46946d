#include "onceload/verify/committed_proof.h"

#include <gtest/gtest.h>

#include "unit/verify_stub/audit_world.h"

namespace onceload {
namespace {

class CommittedProofTest : public testing::Test {
 protected:
  CommittedProofTest() {
    world_.Begin("a", {"1", "2", "3", "4", "5"});
    for (const char* id : {"1", "2", "3"}) world_.Put("a", id);
    world_.Commit("a");
    first_ = world_.loads["a"];
    for (const char* id : {"4", "5", "6"}) world_.Put("a", id);
    world_.Commit("a");
  }

  std::string Check(const std::optional<ProgressRecord>& before) {
    world_.Settle();
    world_.stub.calls.clear();
    CommittedProof proof(world_.request.config, "rows", world_.request.retry_budget, world_.clock);
    return ErrorOf([&] {
      proof.Check(before, world_.loads["a"]);
      return 0;
    });
  }
  StubEvent& RecordOf(const std::string& id) {
    for (std::int32_t p = 0; p < AuditWorld::kRows; ++p) {
      for (StubEvent& event : world_.Events("rows", p)) {
        if (event.key == id) return event;
      }
    }
    throw std::out_of_range(id);
  }

  AuditWorld world_;
  ProgressRecord first_;
};

TEST_F(CommittedProofTest, ReadsWhatIsNewAndNoMore) {
  EXPECT_EQ(Check(std::nullopt), "nothing");
  EXPECT_EQ(world_.stub.CountOf("start rows/0@0"), 1U);
  EXPECT_EQ(Check(first_), "nothing");
  EXPECT_EQ(world_.stub.CountOf("start rows/0@0"), 0U);
  RecordOf("1").value = "another";
  EXPECT_EQ(Check(first_), "nothing") << "that was seen before";
  EXPECT_EQ(Check(world_.loads["a"]), "nothing");
  EXPECT_EQ(world_.stub.calls, std::vector<std::string>{}) << "there is nothing new";
}

TEST_F(CommittedProofTest, NamesThePartitionThatDiffers) {
  RecordOf("5").value = "another";
  EXPECT_EQ(Check(first_),
            "1 what lies in the topic is not what was committed: partition 0 has 2 rows of 2, "
            "some of them others: load a, topic rows; nothing was moved or deleted; onceload "
            "verify names the rows");
  std::erase_if(world_.Events("rows", RecordOf("5").partition),
                [](const StubEvent& event) { return event.key == "5"; });
  EXPECT_EQ(Check(std::nullopt),
            "1 what lies in the topic is not what was committed: partition 0 has 1 rows of 2: "
            "load a, topic rows; nothing was moved or deleted; onceload verify names the rows");
}

// Of a topic that has fewer partitions there nothing is known.
TEST_F(CommittedProofTest, ARecordOfAnotherWidthIsNoBegin) {
  first_.partitions.resize(1);
  EXPECT_EQ(Check(first_), "nothing");
}

TEST_F(CommittedProofTest, ALoadWithoutRowsReadsNothing) {
  world_.loads["a"].partitions.assign(3, {});
  EXPECT_EQ(Check(std::nullopt), "nothing");
  EXPECT_EQ(world_.stub.calls, std::vector<std::string>{});
}

}  // namespace
}  // namespace onceload
