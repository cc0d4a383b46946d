// Inputs that are kept as keys, and the list that is left.
#include "onceload/core/finished_inputs.h"

#include <gtest/gtest.h>

#include "onceload/core/progress_record.h"

namespace onceload {
namespace {

// At the end of the last of `files`, each of which has three rows.
ProgressRecord LoadOf(std::uint32_t files) {
  ProgressRecord record;
  record.partitions.resize(1);
  for (std::uint32_t i = 0; i < files; ++i) {
    InputFile input;
    input.path = std::to_string(i);
    input.size = 10;
    input.end = InputPosition{i, ByteOffset{10 + std::uint64_t{i}}, RowNumber{3}, 1,
                              PrefixFingerprint{Digest{i}, Digest{std::uint64_t{i} + 1}}};
    if (i % 2 == 0) input.head = HeadKey{Digest{i + 7ULL}};
    record.inputs.push_back(input);
  }
  record.position = *record.inputs.back().end;
  record.partitions[0] = {3ULL * files, Digest{1}, KafkaOffset{0}, KafkaOffset{1}};
  return record;
}

TEST(FinishedInputs, OldOnesBecomeKeysAndNothingIsCountedOtherwise) {
  const ProgressRecord was = LoadOf(2 * kKeysOfAPage + 1);
  ProgressRecord record = was;
  ASSERT_TRUE(KeepAsKeys(record));
  EXPECT_FALSE(KeepAsKeys(record));
  EXPECT_EQ(record.finished.count, kKeysOfAPage);
  EXPECT_TRUE(record.finished.whole());
  EXPECT_EQ(record.inputs.size(), kKeysOfAPage + 1);
  EXPECT_EQ(record.inputs[0].path, std::to_string(kKeysOfAPage));
  EXPECT_EQ(ImpossibleIn(record), "");
  EXPECT_EQ(record.input_rows(), was.input_rows());
  EXPECT_EQ(record.empty_lines(), was.empty_lines());
  EXPECT_EQ(BytesOf(record), BytesOf(was));
  EXPECT_EQ(BytesDone(record), BytesDone(was));
  EXPECT_TRUE(SameOutcome(was, record));
  EXPECT_TRUE(SameOutcome(record, was));
  const FinishedKey& key = record.finished.pages[0]->at(5);
  EXPECT_EQ(key.hint, HintOf(was.inputs[5]));
  EXPECT_EQ(key.path, DigestOf("5"));

  const ProgressRecord all = WithAllInputs(record);
  ASSERT_EQ(all.inputs.size(), was.inputs.size());
  EXPECT_EQ(all.position, was.position);
  EXPECT_EQ(all.input_rows(), was.input_rows());
  EXPECT_EQ(all.inputs[4].end->prefix, was.inputs[4].end->prefix);
  EXPECT_EQ(all.inputs[4].head, was.inputs[4].head);
  EXPECT_EQ(all.inputs.back(), was.inputs.back());
}

TEST(FinishedInputs, OnlyAPageOfWhichNothingIsStillReferredTo) {
  ProgressRecord few = LoadOf(2 * kKeysOfAPage);
  EXPECT_FALSE(KeepAsKeys(few));
  ProgressRecord piece = LoadOf(2 * kKeysOfAPage + 1);
  piece.inputs[3].begin = InputPosition{1, ByteOffset{5}, RowNumber{1}};
  EXPECT_FALSE(KeepAsKeys(piece));
  ProgressRecord referred = LoadOf(2 * kKeysOfAPage + 1);
  referred.inputs.back().begin = InputPosition{1, ByteOffset{5}, RowNumber{1}};
  EXPECT_FALSE(KeepAsKeys(referred));
}

TEST(FinishedInputs, APageSurvivesAsBytes) {
  FinishedPage page(kKeysOfAPage);
  for (std::size_t i = 0; i < page.size(); ++i) {
    page[i] = {i, ~i, Digest{i << 40U}, Digest{3}, Digest{4}, Digest{5}, i * i};
  }
  const std::string bytes = EncodeFinishedPage(page);
  EXPECT_EQ(bytes.size(), kKeysOfAPage * 56);
  EXPECT_EQ(DecodeFinishedPage(bytes), page);
  EXPECT_EQ(DecodeFinishedPage(bytes.substr(1)), std::nullopt);
  EXPECT_EQ(DecodeFinishedPage(""), std::nullopt);
}

}  // namespace
}  // namespace onceload
