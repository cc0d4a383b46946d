// SourceFile on compressed files: whole, in parts, cut off anywhere, damaged, with more behind.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "onceload/csv/record_reader.h"
#include "onceload/source/source_file.h"
#include "unit/csv/csv_testing.h"
#include "unit/source/compression.h"

namespace onceload {
namespace {

using csv_testing::ErrorOf;
using csv_testing::Packer;
using csv_testing::Packers;
using csv_testing::ReadAll;
using csv_testing::TempFile;
using namespace std::string_literals;

std::string Rows(std::size_t bytes, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text = "id,name\n";
  for (int row = 0; text.size() < bytes; ++row) {
    text += std::to_string(row) + ",n" + std::to_string(random()) + "\n";
  }
  return text;
}

struct Outcome {
  std::string text;
  std::optional<Error> error;
};

// Everything from `at` on, read `block` bytes at a time.
Outcome Drain(const SourceFile& file, std::size_t block, std::uint64_t at = 0) {
  Outcome outcome;
  std::string into(block, '#');
  try {
    for (;;) {
      const std::size_t n = file.ReadAt(ByteOffset{at + outcome.text.size()}, into);
      if (n == 0) return outcome;
      outcome.text.append(into, 0, n);
    }
  } catch (const Error& error) {
    outcome.error = error;
  }
  return outcome;
}

Outcome Drain(std::string_view bytes, std::size_t block = 1000) {
  const TempFile temp(bytes);
  return Drain(SourceFile(temp.path()), block);
}

void ExpectFault(const Outcome& outcome, const std::string& what) {
  ASSERT_TRUE(outcome.error) << "no error, " << outcome.text.size() << " bytes of text";
  EXPECT_EQ(outcome.error->code(), ExitCode::kInput);
  EXPECT_NE(std::string(outcome.error->what()).find(what), std::string::npos)
      << outcome.error->what();
  EXPECT_NE(outcome.error->where().find(" of the file, byte " +
                                        std::to_string(outcome.text.size()) + " of its text"),
            std::string::npos)
      << outcome.error->where();
  EXPECT_NE(outcome.error->advice(), "");
}

class Compressed : public ::testing::TestWithParam<Packer> {
 protected:
  static std::string Pack(std::string_view text) { return GetParam().pack(text); }
};

INSTANTIATE_TEST_SUITE_P(All, Compressed, ::testing::ValuesIn(Packers()),
                         [](const auto& param) { return param.param.name; });

TEST_P(Compressed, IsReadWholeByBlocksOfAnySize) {
  const std::string text = Rows(200'000);
  const TempFile temp(Pack(text));
  for (const std::size_t block : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 16U}) {
    const SourceFile file(temp.path());
    EXPECT_EQ(file.coding(), GetParam().name);
    EXPECT_FALSE(file.plain());
    const Outcome outcome = Drain(file, block);
    EXPECT_FALSE(outcome.error);
    EXPECT_TRUE(outcome.text == text) << block;
    EXPECT_EQ(file.consumed(), file.identity().size);
  }
}

TEST_P(Compressed, ConsumedGrowsFromNothingToTheWholeFile) {
  const TempFile temp(Pack(Rows(3'000'000)));
  const SourceFile file(temp.path());
  EXPECT_EQ(file.consumed(), 0U);
  std::string into(1'500'000, '#');
  ASSERT_EQ(file.ReadAt(ByteOffset{0}, into), into.size());
  const double share =
      static_cast<double>(file.consumed()) / static_cast<double>(file.identity().size);
  EXPECT_GT(share, 0.3);
  EXPECT_LT(share, 0.8);
}

TEST_P(Compressed, FromEachOffsetTheRestIsRead) {
  const std::string text = Rows(300);
  const TempFile temp(Pack(text));
  const SourceFile file(temp.path());
  for (std::size_t at = 0; at <= text.size() + 2; ++at) {  // forward, each but the first a restart
    EXPECT_EQ(Drain(file, 64, at).text, at < text.size() ? text.substr(at) : "") << at;
  }
  std::array<char, 1> one{};
  for (std::size_t at = text.size(); at-- > 0;) {  // backward
    ASSERT_EQ(file.ReadAt(ByteOffset{at}, one), 1U);
    ASSERT_EQ(one[0], text[at]);
  }
}

TEST_P(Compressed, OfSeveralPartsIsOneText) {
  const std::string first = Rows(100'000, 1);
  const std::string second = Rows(50, 2);
  const std::string bytes = Pack(first) + Pack("") + Pack(second);
  for (const std::size_t block : {std::size_t{1}, std::size_t{4096}}) {
    const Outcome outcome = Drain(bytes, block);
    EXPECT_FALSE(outcome.error);
    EXPECT_TRUE(outcome.text == first + second);
  }
}

TEST_P(Compressed, OfNothingIsAnEmptyText) {
  const Outcome outcome = Drain(Pack(""));
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.text, "");
}

TEST_P(Compressed, CutOffAnywhereGivesTheTextBeforeThatAndThenAnError) {
  const std::string text = Rows(300);
  const std::string bytes = Pack(text);
  for (std::size_t size = GetParam().magic_bytes; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    const TempFile temp(std::string_view(bytes).substr(0, size));
    const SourceFile file(temp.path());
    const Outcome outcome = Drain(file, 7);
    EXPECT_TRUE(text.starts_with(outcome.text));
    ExpectFault(outcome, "the file ends in the middle of its " + GetParam().name + " data");
    EXPECT_NE(outcome.error->where().find(", byte " + std::to_string(size) + " of the file"),
              std::string::npos);
    // The same place says the same again, and the text before it is still there.
    EXPECT_EQ(Drain(file, 7, outcome.text.size()).error->Line(), outcome.error->Line());
    EXPECT_EQ(Drain(file, 100).text, outcome.text);
  }
}

TEST_P(Compressed, CutOffInItsSecondPartGivesAllOfTheFirst) {
  const std::string first = Pack("a,b\n1,2\n");
  const std::string second = Pack("3,4\n");
  for (std::size_t size = 1; size < second.size(); ++size) {
    const Outcome outcome = Drain(first + second.substr(0, size));
    EXPECT_TRUE(outcome.text.starts_with("a,b\n1,2\n")) << size;
    ExpectFault(outcome, "the file ends in the middle of its");
  }
}

TEST_P(Compressed, AFlippedBitNeverPassesForTheText) {
  const std::string text = Rows(600);
  const std::string bytes = Pack(text);
  std::size_t faults = 0;
  for (std::size_t at = GetParam().magic_bytes; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const Outcome outcome = Drain(damaged);
    if (outcome.error) {
      ++faults;
    } else {  // gzip's header has bytes that mean nothing here: time, system
      EXPECT_TRUE(outcome.text == text) << at;
    }
  }
  EXPECT_GE(faults + 10, bytes.size() - GetParam().magic_bytes);
}

TEST_P(Compressed, OtherBytesBehindItAreAnErrorThatSaysSo) {
  for (const std::string& behind : {"x"s, "trailing garbage\n"s, "\0\0\0\0x"s}) {
    const Outcome outcome = Drain(Pack("a\n1\n") + behind);
    EXPECT_EQ(outcome.text, "a\n1\n");
    ExpectFault(outcome, "what follows the " + GetParam().name + " data is not");
  }
}

TEST_P(Compressed, ZerosBehindItArePaddingOnlyWhereTheFormatSaysSo) {
  const std::string name = GetParam().name;
  for (const std::size_t zeros : {std::size_t{1}, std::size_t{4}, std::size_t{200'000}}) {
    const Outcome outcome = Drain(Pack("a\n1\n") + std::string(zeros, '\0'));
    EXPECT_EQ(outcome.text, "a\n1\n");
    EXPECT_EQ(!outcome.error, name == "gzip" || (name == "xz" && zeros % 4 == 0)) << zeros;
  }
  if (name == "xz") {
    EXPECT_EQ(Drain(Pack("a\n") + "\0\0\0\0"s + Pack("1\n")).text, "a\n1\n");
  }
}

TEST_P(Compressed, RecordsBeforeTheBreakAreDeliveredAndThePartialOneIsNot) {
  const std::string text = Rows(300'000);
  const std::string bytes = Pack(text);
  const Outcome before = Drain(bytes.substr(0, bytes.size() * 9 / 10));
  const auto whole =
      static_cast<std::size_t>(std::count(before.text.begin(), before.text.end(), '\n'));
  ASSERT_GT(whole, 100U);
  const TempFile temp(bytes.substr(0, bytes.size() * 9 / 10));
  const SourceFile file(temp.path());
  for (const std::size_t block : {std::size_t{1}, std::size_t{1000}, kReadBlockBytes}) {
    RecordReader reader(file, {.position = {}, .columns = 2, .dialect = {}, .block_bytes = block});
    std::size_t records = 0;
    const Error error = ErrorOf([&] {
      while (reader.Next() == ReadStatus::kRecord) ++records;
    });
    EXPECT_EQ(error.code(), ExitCode::kInput);
    EXPECT_EQ(records, whole);
    EXPECT_EQ(reader.position().byte.value, before.text.rfind('\n') + 1);
  }
}

TEST_P(Compressed, ReadsAsThePlainFileDoesFromAnyBoundary) {
  const std::string text = "a,b\n1,\"x\ny\"\n\n2,\xff\n3\n4,5";
  const auto plain = ReadAll(text);
  const TempFile temp(Pack(text));
  const SourceFile file(temp.path());
  EXPECT_EQ(ReadAll(file, {}), plain);
  for (const auto& row : plain.rows) {
    EXPECT_EQ(ReadAll(file, {.position = row.after, .dialect = {}}).end, plain.end);
  }
}

TEST(CompressedSource, WhatIsReadAheadIsNotYetConsumed) {
  const TempFile temp(csv_testing::Gzip(Rows(60'000)));  // less than a block
  const SourceFile file(temp.path());
  std::array<char, 1> one{};
  ASSERT_EQ(file.ReadAt(ByteOffset{0}, one), 1U);
  EXPECT_LT(file.consumed(), file.identity().size / 2);
}

TEST(CompressedSource, SkippableFramesOfZstdAreSkipped) {
  const std::string skippable = "\x5a\x2a\x4d\x18\x03\0\0\0abc"s;
  const std::string data = csv_testing::Zstd("a\n1\n");
  for (const std::string& bytes : {skippable + data, data + skippable, data + skippable + data}) {
    const TempFile temp(bytes);
    const SourceFile file(temp.path());
    EXPECT_EQ(file.coding(), "zstd");
    const Outcome outcome = Drain(file, 100);
    EXPECT_FALSE(outcome.error);
    EXPECT_EQ(outcome.text, bytes.size() > 2 * data.size() ? "a\n1\na\n1\n" : "a\n1\n");
  }
}

TEST(CompressedSource, ATextThatBeginsLikeBzip2IsAText) {
  for (const std::string text : {"BZh9,name\n1,2\n", "BZh,n\n", "BZh91AY&,x\n", "\x1f\x8b"}) {
    EXPECT_EQ(Drain(text).text, text);
  }
}

TEST(CompressedSource, MoreMemoryThanALoadMayTakeIsRefused) {
  // A frame header that asks for a window of 2 GiB (exponent 21, mantissa 0).
  const Outcome outcome = Drain("\x28\xb5\x2f\xfd\0\xa8"s + std::string(20, '\0'));
  ExpectFault(outcome, "more memory");
}

}  // namespace
}  // namespace onceload
