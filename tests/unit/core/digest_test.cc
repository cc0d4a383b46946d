#include "onceload/core/digest.h"

#include <string>

#include <gtest/gtest.h>

namespace onceload {
namespace {

Digest D(std::string_view hex) { return Digest::FromHex(hex).value(); }

TEST(DigestTest, HexIsSixteenLowerCaseDigits) {
  EXPECT_EQ(Digest{}.Hex(), "0000000000000000");
  EXPECT_EQ(Digest{0x0123456789abcdefU}.Hex(), "0123456789abcdef");
  EXPECT_EQ(Digest{~std::uint64_t{0}}.Hex(), "ffffffffffffffff");
}

TEST(DigestTest, HexAndBackIsTheSame) {
  std::uint64_t value = 1;
  for (int i = 0; i < 1000; ++i, value = value * 6364136223846793005U + 1442695040888963407U) {
    EXPECT_EQ(Digest::FromHex(Digest{value}.Hex()), Digest{value});
  }
}

TEST(DigestTest, FromHexRefusesWhatHexDoesNotWrite) {
  for (const char* text :
       {"", "0", "012345678abcdef", "0123456789abcdef0", "0123456789ABCDEF", "0x23456789abcdef",
        "012345678 abcdef", "-123456789abcdef", "0123456789abcdeg", " 123456789abcdef",
        "012345678\xc3\xa9"
        "bcde"}) {
    EXPECT_FALSE(Digest::FromHex(text)) << text;
  }
}

// The values below are a file format: they are in the ledgers and topics of every load there is.
// They were computed by another implementation of XXH3 (Python's xxhash).

TEST(DigestTest, DigestOfBytesIsPinned) {
  EXPECT_EQ(DigestOf(""), D("2d06800538d394c2"));
  EXPECT_EQ(DigestOf("a"), D("e6c632b61e964e1f"));
  EXPECT_EQ(DigestOf("onceload"), D("86a0623958d56508"));
  EXPECT_EQ(DigestOf(std::string(1000, 'x')), D("c0a4877b962cba82"));
}

TEST(DigestTest, RecordDigestIsPinned) {
  EXPECT_EQ(RecordDigest("k", "v"), D("8a8efd79e609bc81"));
  EXPECT_EQ(RecordDigest(std::nullopt, "v"), D("117658c15a3bfc26"));
  EXPECT_EQ(RecordDigest("", "v"), D("0cb32287e619ad9d"));
  EXPECT_EQ(RecordDigest(std::nullopt, ""), D("bb13708746aed211"));
}

TEST(DigestTest, ChainIsPinned) {
  const Digest one = Extend(Digest{}, RecordDigest("k", "v"));
  EXPECT_EQ(one, D("8d50658b2f6988f2"));
  EXPECT_EQ(Extend(one, RecordDigest(std::nullopt, "v")), D("3fa0805b865b0540"));
}

TEST(DigestTest, NullKeyIsNotAnEmptyKey) {
  EXPECT_NE(RecordDigest(std::nullopt, "v"), RecordDigest("", "v"));
}

TEST(DigestTest, BytesDoNotMoveBetweenKeyAndValue) {
  EXPECT_NE(RecordDigest("ab", "c"), RecordDigest("a", "bc"));
  EXPECT_NE(RecordDigest("a", "b"), RecordDigest("b", "a"));
  EXPECT_NE(RecordDigest("", "ab"), RecordDigest("ab", ""));
}

TEST(DigestTest, OrderOfRecordsMatters) {
  const Digest a = RecordDigest("k", "a");
  const Digest b = RecordDigest("k", "b");
  EXPECT_NE(Extend(Extend({}, a), b), Extend(Extend({}, b), a));
}

TEST(DigestTest, NumberOfRecordsMatters) {
  const Digest a = RecordDigest("k", "a");
  EXPECT_NE(Extend(Extend({}, a), a), Extend({}, a));
  EXPECT_NE(Extend(Extend(Extend({}, a), a), a), Extend({}, a));
}

// docs/checkpoint-format.md has the arithmetic; a program in Python has computed these.
TEST(DigestTest, SecondRecordDigestIsPinned) {
  const DigestRule with_times{Rules::kSecond, true, true};
  const std::string header("\x01\0\x01\0\0\0nv", 8);  // n = v
  EXPECT_EQ(RecordDigest(with_times, {"k", "v", header, 1'700'000'000'000}), D("6a64dfede48148bb"));
  EXPECT_EQ(RecordDigest(with_times, {std::nullopt, "v", "", kNoTime}), D("958162a7f37d2f99"));
  EXPECT_EQ(RecordDigest(with_times, {"k", std::nullopt, "", 0}), D("c151d9fb657464ee"));
}

TEST(DigestTest, EachPartOfARecordCounts) {
  const DigestRule rule{Rules::kSecond, true, true};
  const RecordParts whole{"k", "v", "h", 5};
  for (const RecordParts& other :
       {RecordParts{"x", "v", "h", 5}, RecordParts{std::nullopt, "v", "h", 5},
        RecordParts{"", "v", "h", 5}, RecordParts{"k", "x", "h", 5},
        RecordParts{"k", std::nullopt, "h", 5}, RecordParts{"k", "", "h", 5},
        RecordParts{"k", "v", "x", 5}, RecordParts{"k", "v", "", 5}, RecordParts{"k", "v", "h", 6},
        RecordParts{"k", "v", "h", kNoTime}}) {
    EXPECT_NE(RecordDigest(rule, whole), RecordDigest(rule, other));
  }
  const RecordParts empty_value{"k", "", "", 0};
  const RecordParts no_value{"k", std::nullopt, "", 0};
  EXPECT_NE(RecordDigest(rule, empty_value), RecordDigest(rule, no_value));
}

TEST(DigestTest, ARuleLeavesOutWhatItDoesNotCover) {
  const RecordParts record{"k", "v", "h", 5};
  const RecordParts bare{"k", "v", "", kNoTime};
  EXPECT_EQ(RecordDigest({Rules::kSecond, false, false}, record),
            RecordDigest({Rules::kSecond, true, true}, bare));
  EXPECT_EQ(RecordDigest({Rules::kFirst, true, true}, record), RecordDigest("k", "v"));
}

}  // namespace
}  // namespace onceload
