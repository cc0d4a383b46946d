#include "verify/joint_audit.h"

#include <gtest/gtest.h>

#include "onceload/rows/frozen_encoding.h"
#include "unit/verify/verify_testing.h"
#include "verify/shard_set.h"

namespace onceload {
namespace {

std::string IdHeader(const std::string& id) {
  ByteArena arena;
  AppendHeader(arena, "onceload.load", id);
  return std::string(arena.view());
}

// Loads that put records into a topic of kPartitions partitions by turns.
class JointAuditTest : public testing::Test {
 protected:
  // `share`: of keys; all: it takes any.
  std::size_t Begin(const std::string& name, KeyShare share = {}, bool headers = false) {
    FrozenEncoding encoding;
    encoding.columns = {"id"};
    encoding.encode.key_columns = {"id"};
    encoding.encode.headers = headers;
    encoding.keys = share;
    JointLoad& load = loads_.emplace_back();
    load.record.load_name = name;
    load.record.load_id = "id of " + name;
    load.record.topic = "t";
    load.record.cluster_id = "c";
    load.record.rules = Rules::kSecond;
    load.record.chunk = ChunkNumber{1};
    load.record.complete = true;
    load.record.options = Freeze(encoding);
    load.record.partitions.resize(kPartitions);
    headers_.push_back(headers);
    return loads_.size() - 1;
  }

  void Put(std::size_t load, std::size_t partition, const std::string& key) {
    ProgressRecord& record = loads_[load].record;
    const std::string value = key + " of " + std::to_string(++made_);
    const std::string headers = headers_[load] ? IdHeader(record.load_id) : "";
    auto& log = scan_.partitions[partition];
    const auto offset = static_cast<std::int64_t>(10 + 2 * log.size());
    log.push_back({offset, key, value, headers});
    PartitionProgress& progress = record.partitions[partition];
    if (progress.rows == 0) progress.first = KafkaOffset{offset};
    progress.Add(RecordDigest(record.digest_rule(), {key, value, headers, kNoTime}));
    progress.end = KafkaOffset{offset + 1};
  }

  // Each load has rows in each partition, among those of all others.
  void PutByTurns(int rounds) {
    for (int n = 0; n < rounds; ++n) {
      for (std::size_t load = 0; load < loads_.size(); ++load) {
        for (std::size_t p = 0; p < kPartitions; ++p) Put(load, p, KeyFor(load, n));
      }
    }
  }

  // One that the load's share has.
  std::string KeyFor(std::size_t load, int n) const {
    const KeyShare share = FrozenEncodingOf(loads_[load].record).keys;
    for (int i = n;; ++i) {
      std::string key = "key " + std::to_string(i);
      if (share.Has(key)) return key;
    }
  }

  JointReport Audit(AuditLevel level = AuditLevel::kDigest) {
    for (JointLoad& load : loads_) load.expected = load.record.partitions;
    AuditedTopic topic{"t", "", "c", kPartitions, {}, {}};
    topic.ends.assign(kPartitions, KafkaOffset{1'000'000});
    SleepingClock clock;
    KafkaWait wait(clock, Duration{1000}, "b", [](const std::string&) {});
    return AuditJoint(loads_, topic, scan_, wait, level);
  }

  std::vector<ProgressRecord> Records() const {
    std::vector<ProgressRecord> records;
    for (const JointLoad& load : loads_) records.push_back(load.record);
    return records;
  }

  std::vector<JointLoad> loads_;
  std::vector<bool> headers_;
  FakeScan scan_;
  int made_ = 0;
};

TEST_F(JointAuditTest, LoadsThatRecordsDoNotTellApartAreProvenTogether) {
  for (const char* name : {"a", "b", "c"}) Begin(name);
  PutByTurns(5);
  const JointReport report = Audit();
  EXPECT_TRUE(report.together.proven());
  EXPECT_TRUE(report.together.by_sums);
  EXPECT_EQ(report.together.loads, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(report.together.partitions[0].found, 15U);
  EXPECT_EQ(report.told, (std::vector<bool>{false, false, false}));
}

TEST_F(JointAuditTest, ARowThatIsAnotherIsFoundBySums) {
  for (const char* name : {"a", "b"}) Begin(name);
  PutByTurns(5);
  scan_.partitions[1][3].value = "another";
  const JointReport report = Audit();
  EXPECT_FALSE(report.together.proven());
  EXPECT_TRUE(report.together.partitions[0].equal);
  EXPECT_FALSE(report.together.partitions[1].equal);
  EXPECT_EQ(report.together.partitions[1].found, report.together.partitions[1].expected);
  EXPECT_TRUE(Audit(AuditLevel::kCounts).together.proven());
}

TEST_F(JointAuditTest, ARowThatIsThereTwiceIsFound) {
  for (const char* name : {"a", "b"}) Begin(name);
  PutByTurns(5);
  StoredRecord twice = scan_.partitions[2][4];
  ++twice.offset;
  scan_.partitions[2].insert(scan_.partitions[2].begin() + 5, twice);
  for (const AuditLevel level : {AuditLevel::kCounts, AuditLevel::kDigest}) {
    EXPECT_FALSE(Audit(level).together.proven());
  }
}

TEST_F(JointAuditTest, WithoutSumsTheNumberAloneIsNoProofOfDigests) {
  for (const char* name : {"a", "b"}) Begin(name);
  PutByTurns(5);
  loads_[1].record.partitions[0].sum.reset();
  EXPECT_FALSE(Audit().together.by_sums);
  EXPECT_FALSE(Audit().together.proven());
  EXPECT_TRUE(Audit(AuditLevel::kCounts).together.proven());
}

TEST_F(JointAuditTest, HeadersTellLoadsApartInTheirOrder) {
  for (const char* name : {"a", "b"}) Begin(name, {}, /*headers=*/true);
  Begin("c");
  PutByTurns(5);
  JointReport report = Audit();
  EXPECT_TRUE(report.loads[0].proven() && report.loads[1].proven());
  EXPECT_EQ(report.together.loads, std::vector<std::string>{"c"});
  EXPECT_TRUE(report.together.proven());
  // Two of "b" change places: its order is broken, the others' is not.
  std::swap(scan_.partitions[0][1].value, scan_.partitions[0][4].value);
  std::swap(scan_.partitions[0][1].key, scan_.partitions[0][4].key);
  report = Audit();
  EXPECT_TRUE(report.loads[0].proven());
  EXPECT_FALSE(report.loads[1].proven());
  EXPECT_TRUE(report.together.proven());
}

TEST_F(JointAuditTest, SharesOfKeysAreToldApartInTheirOrder) {
  for (std::uint32_t i = 0; i < 3; ++i) Begin("x." + std::to_string(i) + "-of-3", {i, 3});
  PutByTurns(5);
  JointReport report = Audit();
  EXPECT_TRUE(report.together.loads.empty() && report.together.proven());
  for (const AuditReport& load : report.loads) EXPECT_TRUE(load.proven());
  std::swap(scan_.partitions[0][1].value, scan_.partitions[0][4].value);
  report = Audit();
  EXPECT_TRUE(report.loads[0].proven() && report.loads[2].proven());
  EXPECT_FALSE(report.loads[1].proven());
}

TEST_F(JointAuditTest, KeysSayNothingAmongLoadsOfAnyKey) {
  Begin("x.0-of-2", {0, 2});
  Begin("x.1-of-2", {1, 2});
  Begin("y");
  PutByTurns(5);
  const JointReport report = Audit();
  EXPECT_EQ(report.together.loads.size(), 3U);
  EXPECT_TRUE(report.together.proven());
}

TEST_F(JointAuditTest, ARecordOfNobodyIsForeign) {
  for (const char* name : {"a", "b"}) Begin(name, {}, /*headers=*/true);
  PutByTurns(5);
  scan_.partitions[0][3].headers.clear();
  const JointReport report = Audit();
  EXPECT_EQ(report.together.findings.Count(FindingKind::kForeign), 1U);
  EXPECT_FALSE(report.together.proven());
  EXPECT_FALSE(report.loads[1].proven());  // it misses one
}

TEST_F(JointAuditTest, RecordsBetweenLoadsAreNobodysMatter) {
  for (const char* name : {"a", "b"}) Begin(name);
  for (std::size_t n = 0; n < 3; ++n) Put(0, 0, "k");
  scan_.partitions[0].push_back({17, "k", "foreign"});
  for (std::size_t n = 0; n < 3; ++n) Put(1, 0, "k");
  EXPECT_TRUE(Audit().together.proven());
}

TEST_F(JointAuditTest, LoadsOneAfterTheOtherAreNotMingled) {
  for (const char* name : {"a", "b", "c"}) Begin(name);
  using Groups = std::vector<std::vector<std::size_t>>;
  for (std::size_t n = 0; n < 3; ++n) Put(0, 0, "k");
  for (std::size_t n = 0; n < 3; ++n) Put(1, 0, "k");
  EXPECT_EQ(MingledIn(Records()), (Groups{{0}, {1}, {2}}));
  for (const std::size_t load : {2, 0}) Put(load, 1, "k");
  EXPECT_EQ(MingledIn(Records()), (Groups{{0}, {1}, {2}}));
  Put(2, 1, "k");  // around that of "a"
  EXPECT_EQ(MingledIn(Records()), (Groups{{0, 2}, {1}}));
  for (const std::size_t load : {1, 2, 1}) Put(load, 2, "k");
  EXPECT_EQ(MingledIn(Records()), (Groups{{0, 1, 2}}));
}

TEST(ShardSetTest, NamesThoseThatAreMissing) {
  EXPECT_FALSE(ShardNameOf("x.2-of-2"));
  EXPECT_FALSE(ShardNameOf("x.2-of-"));
  EXPECT_FALSE(ShardNameOf("2-of-8"));
  EXPECT_EQ(ShardNameOf("a.b.2-of-8")->base, "a.b");
  std::vector<std::string> names;
  for (const ShardName& missing : MissingAmong({"x.0-of-3", "x.2-of-3", "y", "z.0-of-1"})) {
    names.push_back(missing.base + "." + missing.shard.Name());
  }
  EXPECT_EQ(names, std::vector<std::string>{"x.1-of-3"});
}

TEST(ShardSetTest, SharesOfKeysAreToHaveReadTheSame) {
  ProgressRecord a;
  a.complete = true;
  a.options = {{"columns", "[]"}, {"keys", "0/2"}};
  a.inputs.resize(1);
  a.inputs[0].end = InputPosition{.file = 0, .byte = ByteOffset{100}, .row = RowNumber{3}};
  ProgressRecord b = a;
  b.options[1].second = "1/2";
  b.inputs[0].end->row = RowNumber{7};
  EXPECT_EQ(Unlike(a, b), "");
  b.inputs[0].end->byte = ByteOffset{101};
  EXPECT_EQ(Unlike(a, b), "have read other files");
  // Without a row of its own, a file that has grown is a further input.
  b.inputs[0].path = "f";
  b.inputs[0].end->row = RowNumber{0};
  b.inputs.push_back(b.inputs[0]);
  b.inputs[0].end->byte = ByteOffset{60};
  b.inputs[1].end->byte = ByteOffset{100};
  b.inputs[1].size = 100;
  EXPECT_EQ(Unlike(a, b), "");
  b = a;
  b.options[0].second = "[1]";
  EXPECT_EQ(Unlike(a, b), "were given other options");
}

}  // namespace
}  // namespace onceload
