#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/kafka/progress_log.h"

namespace onceload {
namespace {

// As version 0.1.0 has them: nothing in it needs a newer format.
ProgressRecord Sample() {
  ProgressRecord record;
  record.load_name = "topic/\xc3\xa4 \"file\".csv";
  record.load_id = "id";
  record.run_id = "run";
  record.writer = "pid 1 on host";
  record.tool_version = "0.1.0";
  record.chunk = ChunkNumber{7};
  record.complete = true;
  record.position = {2,
                     ByteOffset{1ULL << 40U},
                     RowNumber{123456789012},
                     3,
                     {Digest{0xfedcba9876543210}, Digest{1}}};
  record.rejected = 4;
  record.rejected_lines = 4;
  record.partitions = {{10, Digest{0xffffffffffffffff}, KafkaOffset{5}, KafkaOffset{17}}, {}};
  record.inputs = {{"/data/a.csv", 1, -5, 2, 3}};
  record.inputs[0].end = InputPosition{0, ByteOffset{9}, RowNumber{2}, 1, {Digest{3}, Digest{4}}};
  record.dead_letters = {3, Digest{5}, KafkaOffset{6}, KafkaOffset{11}};
  record.dead_letter_topic = "dead";
  record.rejects_bytes = 77;
  record.options = {{"format", "json"}, {"key", "user_id"}};
  record.topic = "topic";
  record.topic_id = "AAAA";
  record.cluster_id = "cluster";
  return record;
}

TEST(ProgressCodecTest, RecordSurvivesTheRoundTrip) {
  const ProgressRecord record = Sample();
  EXPECT_EQ(DecodeProgress(EncodeProgress(record), "here"), record);
}

TEST(ProgressCodecTest, WhatTheTopicRefusesSurvivesAndIsNeeded) {
  ProgressRecord record = Sample();
  record.refusals.keyed = true;
  record.refusals.times = {{RowNumber{3}, 0, 1'700'000'000'000}, {RowNumber{9}, 0, 0}};
  record.refusals.rows = {{RowNumber{7}, "the broker answers INVALID_RECORD: no", "due"}};
  const std::string json = EncodeProgress(record);
  EXPECT_EQ(DecodeProgress(json, "here"), record);
  EXPECT_NE(json.find("\"needs\":[\"refused\"]"), std::string::npos) << json;
  EXPECT_NE(json.find("\"format\":2"), std::string::npos) << "format 1 knows of no needs";
}

TEST(ProgressCodecTest, SchemasAreNeeded) {
  ProgressRecord record = Sample();
  record.rules = kNewestRules;
  EXPECT_EQ(EncodeProgress(record).find("needs"), std::string::npos);
  record.options.emplace_back("schemas", R"({"value":{"type":"AVRO","id":7,"schema":"\"int\""}})");
  const std::string json = EncodeProgress(record);
  EXPECT_EQ(DecodeProgress(json, "here"), record);
  EXPECT_NE(json.find("\"needs\":[\"schemas\"]"), std::string::npos) << json;
}

// A list too long for one record is put together again from its pieces.
TEST(ProgressCodecTest, LongListOfInputsSurvivesInPieces) {
  ProgressRecord record = Sample();
  while (record.inputs.size() < 2 * kInputsOfAPiece + 1) {
    record.inputs.push_back({"/data/" + std::to_string(record.inputs.size()) + ".csv", 1, 2, 3, 4});
  }
  const std::string json = EncodeProgress(record);
  EXPECT_LT(json.size(), 2'000U);
  EXPECT_EQ(InputCountOf(json), record.inputs.size());
  ProgressRecord decoded = DecodeProgress(json, "here");
  EXPECT_TRUE(decoded.inputs.empty());
  const auto pieces = EncodeInputPieces(record, {0, record.inputs.size()});
  ASSERT_EQ(pieces.size(), 3U);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(pieces[i].key, InputPieceKey(record.load_name, i));
    const std::vector<InputFile> files = DecodeInputPiece(pieces[i].json, "here");
    decoded.inputs.insert(decoded.inputs.end(), files.begin(), files.end());
  }
  EXPECT_EQ(decoded, record);
}

// Only what has changed is written again.
TEST(ProgressCodecTest, OnlyPiecesThatChangedAreMade) {
  ProgressRecord record = Sample();
  record.inputs.resize(3 * kInputsOfAPiece, record.inputs[0]);
  const auto pieces = EncodeInputPieces(record, {kInputsOfAPiece, kInputsOfAPiece + 1});
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].key, InputPieceKey(record.load_name, 1));
  EXPECT_TRUE(EncodeInputPieces(record, {0, 0}).empty());
  const std::size_t behind = 4 * kInputsOfAPiece;
  EXPECT_EQ(EncodeInputPieces(record, {0, behind}).size(), 3U) << "an empty piece is none";
  record.inputs.resize(kInputsOfAPiece);
  EXPECT_TRUE(EncodeInputPieces(record, {0, kInputsOfAPiece}).empty()) << "they fit the record";
  EXPECT_EQ(DecodeProgress(EncodeProgress(record), "here"), record);
}

ProgressRecord SecondSample() {
  ProgressRecord record = Sample();
  record.rules = Rules::kSecond;
  record.begun_ms = 1'700'000'000'123;
  record.times = true;
  record.limits = {4'096, 1'000'012, 2'000'000};
  record.rejected_lines = 900'000;
  record.packed_done = 77;
  record.long_cell = {201, 0, RowNumber{5}, "text"};
  record.inputs[0].name = "b.csv";
  record.inputs[0].coding = "gzip";
  record.inputs[0].head = HeadKey{Digest{9}};
  return record;
}

TEST(ProgressCodecTest, ARecordOfTheSecondRulesSurvivesTheRoundTrip) {
  const ProgressRecord record = SecondSample();
  const std::string json = EncodeProgress(record);
  EXPECT_NE(json.find("\"format\":2"), std::string::npos);
  EXPECT_EQ(DecodeProgress(json, "here"), record);
}

// An older program reads what a newer one has gone on with, as long as it can.
TEST(ProgressCodecTest, AnOldLoadStaysInItsFormat) {
  ProgressRecord record = Sample();
  record.rejected_lines = 17;
  record.inputs[0].head = HeadKey{Digest{9}};
  EXPECT_NE(EncodeProgress(record).find("\"format\":1"), std::string::npos);
  EXPECT_EQ(DecodeProgress(EncodeProgress(record), "here"), record);
}

// Of a file that is shorter than a head it says how much that was. Builds that know of full ones
// alone pass over it.
TEST(ProgressCodecTest, AShortHeadSurvivesTheRoundTrip) {
  ProgressRecord record = SecondSample();
  record.inputs[0].head = HeadKey{Digest{9}, 77};
  const std::string json = EncodeProgress(record);
  EXPECT_EQ(DecodeProgress(json, "here"), record);
  EXPECT_EQ(json.find("\"head\""), std::string::npos) << json;
}

// A path is what the file system has; a program that knows of no bytes must not take the readable
// form for it.
TEST(ProgressCodecTest, APathThatIsNotUtf8KeepsItsBytes) {
  ProgressRecord record = Sample();
  std::string all;
  for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
  for (const std::string& path : {std::string("/data/caf\xe9.csv"), std::string("\xff"),
                                  std::string("\xef\xbf\xbd"), std::string("%e9\\xe9"), all}) {
    record.inputs[0].path = path;
    record.inputs[0].name = path;
    const std::string json = EncodeProgress(record);
    EXPECT_EQ(DecodeProgress(json, "here"), record) << json;
    const bool utf8 = path[0] == '%' || path == "\xef\xbf\xbd";
    EXPECT_EQ(json.find("\"format\":1") != std::string::npos, utf8) << json;
  }
  record.inputs.resize(kInputsOfAPiece + 1, record.inputs[0]);
  EXPECT_NE(EncodeProgress(record).find("\"format\":2"), std::string::npos);
  const auto pieces = EncodeInputPieces(record, {0, record.inputs.size()});
  EXPECT_EQ(DecodeInputPiece(pieces[1].json, "here"), std::vector{record.inputs[0]});
}

TEST(ProgressCodecTest, ANameThatIsNotUtf8IsNotWritten) {
  ProgressRecord record = Sample();
  record.load_name = "caf\xe9";
  EXPECT_THROW(static_cast<void>(EncodeProgress(record)), Error);
}

TEST(ProgressCodecTest, WhatALaterVersionNeedsIsRefused) {
  std::string json = EncodeProgress(SecondSample());
  json.insert(1, R"("needs":["expected"],)");
  try {
    DecodeProgress(json, "here");
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kDisagreement);
    EXPECT_NE(error.Line().find("\"expected\""), std::string::npos) << error.Line();
  }
  std::string none = EncodeProgress(SecondSample());
  none.insert(1, R"("needs":[],)");
  EXPECT_EQ(DecodeProgress(none, "here"), SecondSample());
}

TEST(ProgressCodecTest, UnknownRulesAreRefused) {
  for (const char* rules : {"0", "3", "-1", "\"2\""}) {
    std::string json = EncodeProgress(SecondSample());
    json.replace(json.find("\"rules\":2") + 8, 1, rules);
    EXPECT_THROW(DecodeProgress(json, "here"), Error) << rules;
  }
}

TEST(ProgressCodecTest, NewerFormatIsRefused) {
  std::string json = EncodeProgress(SecondSample());
  json.replace(json.find("\"format\":2"), 10, "\"format\":4");
  EXPECT_THROW(
      {
        try {
          DecodeProgress(json, "partition 3");
        } catch (const Error& error) {
          EXPECT_EQ(error.code(), ExitCode::kDisagreement);
          EXPECT_EQ(error.where(), "partition 3");
          throw;
        }
      },
      Error);
}

TEST(ProgressCodecTest, EveryCutRecordIsRefused) {
  const std::string json = EncodeProgress(Sample());
  for (std::size_t size = 0; size < json.size(); ++size) {
    EXPECT_THROW(DecodeProgress(json.substr(0, size), "here"), Error) << size;
  }
}

TEST(ProgressCodecTest, ACountThatIsNoneIsRefused) {
  const std::string json = EncodeProgress(Sample());
  const std::string member = "\"empty_lines\":";
  const std::size_t begin = json.find(member) + member.size();
  const std::size_t size = json.find_first_of(",}", begin) - begin;
  for (const char* text : {"-1", "1.5", "1e24", "18446744073709551616", "true", "\"1\"", "null"}) {
    std::string other = json;
    EXPECT_THROW(DecodeProgress(other.replace(begin, size, text), "here"), Error) << text;
  }
  std::string most = json;
  most.replace(begin, size, "18446744073709551615");
  EXPECT_EQ(DecodeProgress(most, "here").position.empty_lines, ~std::uint64_t{0});
}

TEST(ProgressCodecTest, StrangersRecordIsRefused) {
  for (const char* text :
       {"", "[]", "{}", "null", "{\"format\":1}", "{\"format\":\"1\"}", "\xff"}) {
    EXPECT_THROW(DecodeProgress(text, "here"), Error) << text;
  }
}

// Sums are compared only where both are known: here it counts that they are there at all.
TEST(ProgressCodecTest, SumsOfAllPartitionsThatHaveRowsAreKept) {
  ProgressRecord record = Sample();
  record.partitions[0].sum = Digest{7};
  record.partitions.push_back({3, Digest{2}, KafkaOffset{1}, KafkaOffset{4}, Digest{~0ULL}});
  const std::string json = EncodeProgress(record);
  const std::string sums = "000000000000000700000000000000" + std::string("00ffffffffffffffff");
  const std::size_t at = json.find(sums);
  ASSERT_NE(at, std::string::npos) << json;
  const ProgressRecord decoded = DecodeProgress(json, "here");
  EXPECT_EQ(decoded.partitions[0].sum, Digest{7});
  EXPECT_FALSE(decoded.partitions[1].sum) << "it has no rows";
  EXPECT_EQ(decoded.partitions[2].sum, Digest{~0ULL});
  EXPECT_THROW(DecodeProgress(std::string(json).erase(at, 16), "here"), Error) << "one too few";
  record.partitions[2].sum.reset();
  EXPECT_EQ(EncodeProgress(record).find("\"sums\""), std::string::npos) << "one is not known";
}

// A record that says nothing beside what it has to is as the first version wrote it.
TEST(ProgressCodecTest, WhatSaysNothingIsNotWritten) {
  ProgressRecord record = Sample();
  const std::string json = EncodeProgress(record);
  for (const char* name :
       {"sums", "packed", "lines\"", "long_cell", "finished", "needs", "rules"}) {
    EXPECT_EQ(json.find("\"" + std::string(name)), std::string::npos) << name;
  }
  for (PartitionProgress& p : record.partitions) p = {};
  EXPECT_EQ(EncodeProgress(record).find("\"sums\""), std::string::npos) << "no rows, no sums";
}

// People read it in the topic: what it is of comes first, the long list last.
TEST(ProgressCodecTest, MembersComeInTheirOrder) {
  ProgressRecord record = Sample();
  record.rules = Rules::kSecond;
  record.long_cell = {201, 0, RowNumber{5}, "text"};
  record.partitions[0].sum = Digest{7};
  record.finished.count = kKeysOfAPage;
  record.refusals.keyed = true;
  const std::string json = EncodeProgress(record);
  std::size_t last = 0;
  for (const char* name :
       {"format",   "load",       "run",         "chunk",   "complete", "position",
        "rejected", "partitions", "input_count", "options", "topic",    "cluster",
        "rules",    "begun_ms",   "times",       "limits",  "sums",     "long_cell",
        "finished", "needs",      "refused",     "inputs"}) {
    const std::size_t at = json.find("\"" + std::string(name) + "\":", last);
    EXPECT_NE(at, std::string::npos) << name << " is not behind the one before: " << json;
    if (at != std::string::npos) last = at;
  }
}

// An older program would take an index into the list for one into all inputs.
TEST(ProgressCodecTest, InputsThatAreFinishedSurviveAsTheirSums) {
  ProgressRecord record = SecondSample();
  record.finished.count = kKeysOfAPage;
  record.finished.rows = 1'000;
  record.finished.empty_lines = 3;
  record.finished.bytes = 70'000;
  const std::string json = EncodeProgress(record);
  EXPECT_NE(json.find("\"format\":3"), std::string::npos) << json;
  EXPECT_EQ(DecodeProgress(json, "here"), record);
}

TEST(ProgressCodecTest, APieceOfAGrownFileKeepsWhereItBegins) {
  ProgressRecord record = Sample();
  record.inputs.push_back({"/data/a.csv", 8, 9, 2, 3});
  record.inputs[1].begin = record.inputs[0].end;
  const std::string json = EncodeProgress(record);
  EXPECT_NE(json.find("\"format\":2"), std::string::npos) << "format 1 would load it all again";
  EXPECT_EQ(DecodeProgress(json, "here"), record);
}

// An input is told by its path or by its text: of one without both nothing is known.
TEST(ProgressCodecTest, AnInputIsKnownByItsPathOrItsEnd) {
  const std::string end = R"("end":{"file":0,"byte":9,"row":2,"empty_lines":1,"fingerprint":)"
                          R"(["0000000000000003","0000000000000004"]})";
  EXPECT_EQ(DecodeInputPiece("[{" + end + "}]", "here").size(), 1U);
  EXPECT_EQ(DecodeInputPiece(R"([{"path":"/a"}])", "here").size(), 1U);
  EXPECT_THROW(DecodeInputPiece(R"([{"size":1}])", "here"), Error);
}

TEST(ProgressCodecTest, TheFirstRulesMayBeNamed) {
  std::string json = EncodeProgress(SecondSample());
  json.replace(json.find("\"rules\":2"), 9, "\"rules\":1");
  EXPECT_EQ(DecodeProgress(json, "here").rules, Rules::kFirst);
}

}  // namespace
}  // namespace onceload
