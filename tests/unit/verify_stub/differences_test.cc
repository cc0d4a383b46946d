// What is found where a topic is not what the files make of it, field by field.
#include <gtest/gtest.h>

#include "unit/verify_stub/audit_world.h"

namespace onceload {
namespace {

class DifferencesTest : public testing::Test {
 protected:
  DifferencesTest() {
    world_.request.name = "a";
    world_.request.level = AuditLevel::kSource;
    for (int id = 1; id <= 24; ++id) ids_.push_back(std::to_string(id));
  }

  void Load() {
    world_.Load("a", ids_);
    world_.request.files = {world_.loads["a"].inputs[0].path};
  }
  // kind, partition, offset, file, row, byte: text; then notes.
  std::string Found() {
    std::string text;
    const AuditReport report = world_.Audit();
    for (const Finding& f : report.findings.kept()) {
      text += std::string(NameOf(f.kind)) + ", " + std::to_string(f.partition.value) + ", " +
              std::to_string(f.offset.value) + ", " + f.file.substr(f.file.rfind('/') + 1) + ", " +
              std::to_string(f.row.value) + ", " + std::to_string(f.byte.value) + ": " + f.text +
              "\n";
    }
    for (const std::string& note : report.notes) text += "note: " + note + "\n";
    const std::string path = world_.directory / "";
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
      text.erase(at, path.size());
    }
    return text;
  }
  std::vector<StubEvent>& Partition(std::int32_t p) { return world_.Events("rows", p); }
  // Offsets from the first record on, as if they had been written so.
  void Renumber(std::int32_t p) {
    std::erase_if(Partition(p), [](const StubEvent& event) {
      return event.error == RD_KAFKA_RESP_ERR__PARTITION_EOF;
    });
    std::int64_t offset = 0;
    for (StubEvent& event : Partition(p)) {
      event.partition = p;
      event.offset = offset++;
    }
    auto& loaded = world_.loads["a"].partitions[static_cast<std::size_t>(p)];
    loaded.end = KafkaOffset{offset};
    world_.PutRecord(world_.loads["a"]);
    world_.SetEnd("rows", p, offset);
  }

  std::vector<std::string> ids_;
  AuditWorld world_;
};

TEST_F(DifferencesTest, ThereAreNone) {
  Load();
  EXPECT_EQ(Found(), "");
}

TEST_F(DifferencesTest, ARowIsLost) {
  Load();
  Partition(1).erase(Partition(1).begin() + 1);
  EXPECT_EQ(Found(), "lost, 1, -1, a.csv, 6, 13: row 6 (byte 13) is not in partition 1\n");
}

TEST_F(DifferencesTest, RowsAreOthers) {
  Load();
  Partition(0)[0].value = "another";
  Partition(2)[3].key.reset();
  EXPECT_EQ(Found(),
            "changed, 0, 0, a.csv, 1, 3: row 1 (byte 3) is another in partition 0 at offset 0: "
            "key 1, value another\n"
            "changed, 2, 3, a.csv, 16, 39: row 16 (byte 39) is another in partition 2 at offset "
            "3: no key, value {\"id\":\"16\"}\n");
}

TEST_F(DifferencesTest, ARowIsThereOnceMore) {
  Load();
  Partition(1).insert(Partition(1).begin() + 3, Partition(1)[1]);
  Renumber(1);
  EXPECT_EQ(Found(),
            "doubled, 1, 3, a.csv, 6, 13: row 6 (byte 13) is once more in partition 1 at offset "
            "3\n");
}

TEST_F(DifferencesTest, ARowIsInAnotherPartitionToo) {
  Load();
  Partition(1).insert(Partition(1).begin() + 2, Partition(0)[1]);
  Renumber(1);
  EXPECT_EQ(Found(),
            "doubled, 1, 2, a.csv, 5, 11: row 5 (byte 11) of partition 0 is also in partition 1 "
            "at offset 2\n");
}

TEST_F(DifferencesTest, ARowIsInAnotherPartition) {
  Load();
  Partition(1).insert(Partition(1).begin() + 2, Partition(0)[1]);
  Partition(0).erase(Partition(0).begin() + 1);
  Renumber(1);
  Renumber(0);
  EXPECT_EQ(Found(),
            "moved, 1, 2, a.csv, 5, 11: row 5 (byte 11) belongs to partition 0 and is in "
            "partition 1 at offset 2\n");
}

TEST_F(DifferencesTest, RecordsAreNoRows) {
  Load();
  StubEvent foreign = Partition(1)[0];
  foreign.value = "none";
  foreign.headers = {{"h", "1"}};
  Partition(1).insert(Partition(1).begin(), foreign);
  Partition(1).insert(Partition(1).begin() + 3, foreign);
  Renumber(1);
  EXPECT_EQ(Found(),
            "foreign, 1, 0, , 0, 0: the record in partition 1 at offset 0, before the first row, "
            "is no row of the file: key 4, value none, headers h=1\n"
            "foreign, 1, 3, , 0, 0: the record in partition 1 at offset 3, after row 6, is no "
            "row of the file: key 4, value none, headers h=1\n");
}

TEST_F(DifferencesTest, RowsOfOtherKeysHaveChangedPlaces) {
  Load();
  std::swap(Partition(0)[1].key, Partition(0)[3].key);
  std::swap(Partition(0)[1].value, Partition(0)[3].value);
  EXPECT_EQ(Found(),
            "order, 0, 2, a.csv, 7, 15: row 7 (byte 15) is in partition 0 at offset 2, behind "
            "row 8: the order per key holds\n"
            "order, 0, 3, a.csv, 5, 11: row 5 (byte 11) is in partition 0 at offset 3, behind "
            "row 8: the order per key holds\n");
}

TEST_F(DifferencesTest, RowsOfOneKeyHaveChangedPlaces) {
  world_.plain.columns = {"id", "n"};
  world_.Begin("a", {});
  std::ofstream out(world_.loads["a"].inputs[0].path);
  out << "id,n\n";
  for (int n = 0; n < 6; ++n) {
    out << "k" << n % 2 << "," << n << "\n";
    const std::string id = "k" + std::to_string(n % 2);
    world_.PutAs("a", id, R"({"id":")" + id + R"(","n":")" + std::to_string(n) + R"("})");
  }
  out.close();
  world_.loads["a"].inputs[0].size = 5 + 6 * 5;
  world_.Commit("a", /*complete=*/true);
  world_.request.files = {world_.loads["a"].inputs[0].path};
  for (std::int32_t p = 0; p < 3; ++p) {
    if (Partition(p).size() < 3) continue;
    std::swap(Partition(p)[0].value, Partition(p)[2].value);
    std::swap(Partition(p)[0].key, Partition(p)[2].key);
  }
  EXPECT_EQ(Found(),
            "order, 2, 1, a.csv, 2, 10: row 2 (byte 10) is in partition 2 at offset 1, behind "
            "row 3: the order of its key holds\n"
            "order, 2, 2, a.csv, 1, 5: row 1 (byte 5) is in partition 2 at offset 2, behind row "
            "3: the order of the rows of its key is broken\n");
}

TEST_F(DifferencesTest, RowsWithoutKeysHaveChangedPlaces) {
  world_.plain.encode.key_columns.clear();
  Load();
  EXPECT_EQ(Found(), "");
  std::swap(Partition(0)[1].value, Partition(0)[2].value);
  EXPECT_EQ(Found(),
            "order, 0, 2, a.csv, 4, 9: row 4 (byte 9) is in partition 0 at offset 2, behind row "
            "7: the rows have no key\n");
}

TEST_F(DifferencesTest, RowsThatTheLoadHasNotComeToAreThere) {
  world_.Begin("a", ids_);
  for (std::size_t i = 0; i < 12; ++i) world_.Put("a", ids_[i]);
  world_.Commit("a");
  ProgressRecord& load = world_.loads["a"];
  load.position.byte = ByteOffset{3 + 9 * 2 + 3 * 3};
  load.position.prefix = FingerprintOfPrefix(SourceFile(load.inputs[0].path), load.position.byte);
  world_.PutRecord(load);
  world_.request.files = {load.inputs[0].path};
  EXPECT_EQ(Found(),
            "unfinished, -1, -1, , 0, 0: the load has come to row 12, the input goes on: byte 30 "
            "of a.csv\n");
  StubEvent early = Partition(0)[0];
  early.key = "20";
  early.value = R"({"id":"20"})";
  Partition(0).push_back(early);
  Renumber(0);
  EXPECT_EQ(Found(),
            "unfinished, -1, -1, , 0, 0: the load has come to row 12, the input goes on: byte 30 "
            "of a.csv\n"
            "doubled, 0, 5, a.csv, 20, 51: row 20 (byte 51) is in partition 0 at offset 5, but "
            "the load has only come to row 12\n");
}

// Rows of the load that lie outside of where it has written down that they do.
TEST_F(DifferencesTest, RecordsOutsideOfTheLoadAreLookedFor) {
  world_.request.exclusive = true;
  world_.Append("rows", 0, "k", "before");
  world_.Append("rows", 1, "5", R"({"id":"5"})");
  Load();
  world_.Append("rows", 0, "k", "behind");
  EXPECT_EQ(Found(),
            "foreign, 0, 0, , 0, 0: the record in partition 0 at offset 0, before load a, is no "
            "row of the file: key k, value before\n"
            "foreign, 0, 12, , 0, 0: the record in partition 0 at offset 12, behind load a, is "
            "no row of the file: key k, value behind\n"
            "doubled, 1, 0, a.csv, 5, 11: row 5 (byte 11) of partition 0 is also in partition 1 "
            "at offset 0\n");
}

TEST_F(DifferencesTest, FilesAreNamedWhereThereAreSeveral) {
  world_.Begin("a", {"1", "2", "3"});
  ProgressRecord& load = world_.loads["a"];
  for (const char* id : {"1", "2", "3"}) world_.Put("a", id);
  InputPosition end = load.position;
  end.byte = ByteOffset{9};
  end.prefix = FingerprintOfPrefix(SourceFile(load.inputs[0].path), end.byte);
  load.inputs[0].end = end;
  InputFile second;
  second.path = world_.Write("second.csv", {"4", "5", "6"});
  second.size = 9;
  load.inputs.push_back(second);
  load.position.row = RowNumber{0};
  for (const char* id : {"4", "5", "6"}) world_.Put("a", id);
  load.position.file = 1;
  load.position.byte = ByteOffset{9};
  load.position.prefix = FingerprintOfPrefix(SourceFile(second.path), ByteOffset{9});
  load.inputs[1].end = load.position;
  load.complete = true;
  load.chunk = ChunkNumber{1};
  world_.PutRecord(load);
  world_.request.files = {load.inputs[0].path, second.path};
  EXPECT_EQ(Found(), "");
  for (std::int32_t p = 0; p < 3; ++p) {
    for (StubEvent& event : Partition(p)) {
      if (event.key == "5" || event.key == "2") event.value = "another";
    }
  }
  EXPECT_EQ(Found(),
            "changed, 0, 1, second.csv, 2, 5: row 2 of second.csv (byte 5) "
            "is another in partition 0 at offset 1: key 5, value another\n"
            "changed, 2, 0, a.csv, 2, 5: row 2 of a.csv (byte 5) is another "
            "in partition 2 at offset 0: key 2, value another\n");
}

}  // namespace
}  // namespace onceload
