// Audits of shards, against the files and without.
#include <gtest/gtest.h>

#include "unit/verify_stub/audit_world.h"

namespace onceload {
namespace {

using Ids = std::vector<std::string>;

const Ids kIds{"1", "2", "3", "4", "5", "6", "7", "8"};

class LoadsSourceTest : public testing::Test {
 protected:
  LoadsSourceTest() {
    world_.request.topic.clear();
    world_.request.names = "x*";
    world_.request.files_of = [this](const Shard& shard) {
      asked_ += shard.Name() + (shard.by_key ? " by key\n" : "\n");
      if (files_asked_for_) files_asked_for_();
      return files_[shard.Name()];
    };
  }

  void BySource() { world_.request.level = AuditLevel::kSource; }
  std::string Text() {
    asked_.clear();
    std::string text = TextOf(world_.AuditLoads());
    const std::string path = world_.directory / "";
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
      text.erase(at, path.size());
    }
    return text;
  }
  // Shard `index` of so many, with files of its own.
  static std::string NameOf(std::uint32_t index, std::uint32_t count) {
    return "x." + std::to_string(index) + "-of-" + std::to_string(count);
  }
  void LoadShard(std::uint32_t index, std::uint32_t count, const Ids& ids) {
    const std::string name = NameOf(index, count);
    world_.Load(name, ids);
    files_[name.substr(2)] = {world_.loads[name].inputs[0].path};
  }
  // By key: each has all rows, and takes those of its keys.
  void ShardsByKey(std::uint32_t count, const Ids& ids) {
    for (std::uint32_t i = 0; i < count; ++i) {
      FrozenEncoding encoding = world_.plain;
      encoding.keys = {i, count};
      world_.Begin(NameOf(i, count), ids, encoding);
      files_[NameOf(i, count).substr(2)] = {world_.directory / (NameOf(0, count) + ".csv")};
    }
    for (const std::string& id : ids) {
      world_.Put(NameOf(KeyShare::IndexOf(id, count), count), id);
    }
    for (std::uint32_t i = 0; i < count; ++i) world_.Commit(NameOf(i, count), /*complete=*/true);
  }

  AuditWorld world_;
  std::map<std::string, std::vector<std::string>> files_;  // by shard
  std::function<void()> files_asked_for_;
  std::string asked_;
};

TEST_F(LoadsSourceTest, EachShardIsComparedWithItsFiles) {
  LoadShard(0, 2, {"1", "2", "3"});
  LoadShard(1, 2, {"4", "5"});
  BySource();
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.0-of-2  rows      3      3      9  finished  proven\n"
            "x.1-of-2  rows      2      2      7  finished  proven\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "proven: 2 loads, 5 rows (0.0 s)\n");
  EXPECT_EQ(asked_,
            "0-of-2\n"
            "1-of-2\n");
  files_["1-of-2"] = files_["0-of-2"];
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.0-of-2  rows      3      3      9  finished  proven\n"
            "x.1-of-2  rows      2      2      7  finished  NOT proven: 1 lost, 1 changed, 1 "
            "foreign, 1 unfinished\n"
            "load x.1-of-2: \n"
            "lost: row 2 (byte 5) is not in partition 2\n"
            "changed: row 1 (byte 3) is another in partition 0 at offset 2: key 5, value "
            "{\"id\":\"5\"}\n"
            "foreign: the record in partition 1 at offset 1, before the first row, is no row of "
            "the file: key 4, value {\"id\":\"4\"}\n"
            "unfinished: was loaded up to row 2, and goes on: byte 7 of x.0-of-2.csv\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "NOT proven: 2 loads, 5 rows (0.0 s)\n");
}

TEST_F(LoadsSourceTest, AShardWithoutFilesCannotBeAudited) {
  LoadShard(0, 2, {"1", "2", "3"});
  LoadShard(1, 2, {"4", "5"});
  BySource();
  files_.erase("1-of-2");
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.0-of-2  rows      3      3      9  finished  proven\n"
            "x.1-of-2  rows      0      0      0  finished  cannot be audited\n"
            "load x.1-of-2: none of the files given is this shard's: load x.1-of-2; give the "
            "files that were loaded\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "NOT proven: 2 loads, 3 rows (0.0 s)\n");
  world_.Load("x", {"1"});  // no shard
  world_.request.names = "x";
  EXPECT_EQ(Text(),
            "load  topic  rows  found  bytes  state     verdict\n"
            "x     rows      0      0      0  finished  cannot be audited\n"
            "load x: which of the files are this load's is not known: load x; name one load with "
            "--name; files are dealt to shards alone (NAME.K-of-N)\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "NOT proven: 1 loads, 0 rows (0.0 s)\n");
}

TEST_F(LoadsSourceTest, AShardThatIsMissingIsToldWhereItHasFiles) {
  LoadShard(1, 3, {"4", "5"});
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.1-of-3  rows      2      2      7  finished  proven\n"
            "amiss: shard x.0-of-3 is missing: it has never run, or had no file, which --source "
            "and the files tell\n"
            "amiss: shard x.2-of-3 is missing: it has never run, or had no file, which --source "
            "and the files tell\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "NOT proven: 1 loads, 2 rows (0.0 s)\n");
  BySource();
  EXPECT_EQ(world_.AuditLoads().amiss, std::vector<std::string>{});
  files_["2-of-3"] = files_["1-of-3"];
  EXPECT_EQ(world_.AuditLoads().amiss,
            std::vector<std::string>{"shard x.2-of-3 is missing: it has never run"});
  world_.request.names.clear();
  EXPECT_EQ(world_.AuditLoads().amiss, std::vector<std::string>{}) << "not asked for";
}

// One that was not asked for by the pattern is there all the same.
TEST_F(LoadsSourceTest, AShardThatWasNotAskedForIsNotMissing) {
  LoadShard(0, 2, {"1"});
  LoadShard(1, 2, {"2"});
  world_.request.names = "x.0*";
  EXPECT_TRUE(world_.AuditLoads().proven());
}

TEST_F(LoadsSourceTest, ShardsByKeyAreToldApartAndHaveAllFiles) {
  ShardsByKey(2, kIds);
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.0-of-2  rows      6      6     19  finished  proven\n"
            "x.1-of-2  rows      2      2     19  finished  proven\n"
            "level digest proves the very records that were sent, each once and in order: key, "
            "value, headers, set times; not that they are the rows of the files: --level source "
            "proves that\n"
            "proven: 2 loads, 8 rows (0.0 s)\n");
  BySource();
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.0-of-2  rows      6      6     19  finished  proven\n"
            "x.1-of-2  rows      2      2     19  finished  proven\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "proven: 2 loads, 8 rows (0.0 s)\n");
  EXPECT_EQ(asked_,
            "0-of-2 by key\n"
            "1-of-2 by key\n");
}

TEST_F(LoadsSourceTest, AShardByKeyThatIsMissingIsToldWithoutFiles) {
  ShardsByKey(2, kIds);
  const PartitionId partition = PartitionOf("x.1-of-2", RowNumber{1}, kProgressPartitions);
  world_.Append("progress", partition.value, "x.1-of-2", std::nullopt);
  EXPECT_EQ(world_.AuditLoads().amiss,
            std::vector<std::string>{"shard x.1-of-2 is missing: it has never run"});
}

TEST_F(LoadsSourceTest, ShardsByKeyThatAreUnlikeAreAmiss) {
  ShardsByKey(3, kIds);
  world_.loads["x.1-of-3"].limits.record_bytes = 77;
  world_.PutRecord(world_.loads["x.1-of-3"]);
  EXPECT_EQ(
      world_.AuditLoads().amiss,
      std::vector<std::string>{
          "shards x.0-of-3 and x.1-of-3 were given another --record-bytes-max: rows may be in "
          "both, or in none"});
}

TEST_F(LoadsSourceTest, RowsAmongEachOtherAreComparedWithTheFilesOfAll) {
  for (std::uint32_t i = 0; i < 2; ++i) {
    world_.Begin(NameOf(i, 2), kIds);
    files_[NameOf(i, 2).substr(2)] = {world_.loads[NameOf(i, 2)].inputs[0].path};
  }
  for (const std::string& id : kIds) {
    for (std::uint32_t i = 0; i < 2; ++i) world_.Put(NameOf(i, 2), id);
  }
  for (std::uint32_t i = 0; i < 2; ++i) world_.Commit(NameOf(i, 2), /*complete=*/true);
  BySource();
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.0-of-2  rows      8      -     19  finished  with others, below\n"
            "x.1-of-2  rows      8      -     19  finished  with others, below\n"
            "together: 2 loads, x.0-of-2 to x.1-of-2, whose rows lie among each other in rows; "
            "records do not say whose they are\n"
            "partition  expected  found  difference  sum    offsets\n"
            "        0         8      8           0  equal  0-7\n"
            "        1         4      4           0  equal  0-3\n"
            "        2         4      4           0  equal  0-3\n"
            "      all        16     16           0\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "of loads together it proves each record, once; not in what order\n"
            "proven: 2 loads, 16 rows (0.0 s)\n");
  // Files that have gained a row, and rows that have changed, are seen.
  world_.Write("x.0-of-2.csv", {"1", "2", "3", "4", "5", "6", "7", "9", "10"});
  EXPECT_EQ(Text(),
            "load      topic  rows  found  bytes  state     verdict\n"
            "x.0-of-2  rows      8      -     19  finished  NOT proven: 1 unfinished\n"
            "x.1-of-2  rows      8      -     19  finished  with others, below\n"
            "together: 2 loads, x.0-of-2 to x.1-of-2, whose rows lie among each other in rows; "
            "records do not say whose they are\n"
            "partition  expected  found  difference  sum                     offsets\n"
            "        0         7      8           1  differs in its records  0-7\n"
            "        1         4      4           0  equal                   0-3\n"
            "        2         5      4          -1  differs in its records  0-3\n"
            "      all        16     16           0\n"
            "unnamed: partition 0 holds 8 records where 7 were loaded by these loads\n"
            "unnamed: partition 2 holds 4 records where 5 were loaded by these loads\n"
            "load x.0-of-2: \n"
            "unfinished: the files go on behind what the load has loaded: 8 rows\n"
            "level source proves each row of the files, once, in its partition and in order, as "
            "it reads today; of the load's own record only the place of its rows and its options "
            "are used\n"
            "of loads together it proves each record, once; not in what order\n"
            "NOT proven: 2 loads, 16 rows (0.0 s)\n");
}

TEST_F(LoadsSourceTest, RowsThatTheTopicIsTooSmallForAreNotExpectedAmongOthers) {
  const Ids ids{"1", std::string(3'000, '2'), "3", "4", "5"};
  for (std::uint32_t i = 0; i < 2; ++i) {
    ProgressRecord& load = world_.Begin(NameOf(i, 2), ids);
    load.limits.record_bytes = 10'000;
    load.rejected = load.rejected_lines = 1;
    ++load.position.row.value;
    files_[NameOf(i, 2).substr(2)] = {load.inputs[0].path};
  }
  for (const char* id : {"1", "3", "4", "5"}) {
    for (std::uint32_t i = 0; i < 2; ++i) world_.Put(NameOf(i, 2), id);
  }
  for (std::uint32_t i = 0; i < 2; ++i) world_.Commit(NameOf(i, 2), /*complete=*/true);
  BySource();
  for (int i = 0; i < 20; ++i) {
    world_.stub.admin["DescribeConfigs"].push_back({.settings = {{"max.message.bytes", "2000"}}});
  }
  const LoadsReport report = world_.AuditLoads();
  EXPECT_TRUE(report.proven());
  EXPECT_EQ(report.groups.size(), 1U);
}

TEST_F(LoadsSourceTest, LoadsThatGoOnMeanwhileAreToBeVerifiedAgain) {
  for (std::uint32_t i = 0; i < 2; ++i) {
    world_.Begin(NameOf(i, 2), kIds);
    files_[NameOf(i, 2).substr(2)] = {world_.loads[NameOf(i, 2)].inputs[0].path};
  }
  for (const char* id : {"1", "2", "3", "4", "5"}) {
    for (std::uint32_t i = 0; i < 2; ++i) world_.Put(NameOf(i, 2), id);
  }
  for (std::uint32_t i = 0; i < 2; ++i) world_.Commit(NameOf(i, 2));
  BySource();
  const LoadsReport standing = world_.AuditLoads();
  EXPECT_EQ(standing.amiss, std::vector<std::string>{});
  EXPECT_FALSE(standing.proven()) << "the files go on";
  asked_.clear();
  files_asked_for_ = [this] {
    if (asked_.size() > 7) return;
    world_.Commit("x.1-of-2");
    world_.Settle();
  };
  EXPECT_EQ(world_.AuditLoads().amiss,
            std::vector<std::string>{
                "loads have gone on while they were audited, and lie among each other: verify them "
                "again when they stand still"});
}

}  // namespace
}  // namespace onceload
