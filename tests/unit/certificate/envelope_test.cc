#include "certificate/envelope.h"

#include <fstream>

#include <gtest/gtest.h>

#include "certificate/sha256.h"
#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

// RFC 8032, section 7.1, test 1; as openssl writes such keys.
constexpr char kPrivate[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kPublic[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

class EnvelopeTest : public testing::Test {
 protected:
  EnvelopeTest() {
    std::ofstream(private_) << kPrivate;
    std::ofstream(public_) << kPublic;
  }

  ExitCode CodeOf(const std::string& text) {
    try {
      Open(text, public_);
    } catch (const Error& error) {
      return error.code();
    }
    return ExitCode::kDone;
  }

  TempDir directory_;
  const std::string private_ = directory_ / "key.pem";
  const std::string public_ = directory_ / "public.pem";
};

TEST_F(EnvelopeTest, WhatWasSignedIsOpened) {
  for (const std::string payload : {"{}", "{\"a\":1}", "{\"a\":12}", "{\"a\":123}"}) {
    const std::string envelope = Sign(payload, private_);
    EXPECT_TRUE(IsEnvelope(envelope));
    EXPECT_FALSE(IsEnvelope(payload));
    EXPECT_EQ(Open(envelope, public_), payload);
  }
}

TEST_F(EnvelopeTest, WhatWasChangedIsNot) {
  const std::string envelope = Sign("{\"rows\":10}", private_);
  std::string other = envelope;
  other.replace(other.find("\"payload\":\"") + 11, 1, "f");  // "{" was "e"
  EXPECT_EQ(CodeOf(other), ExitCode::kDifferences);
  other = envelope;
  other.replace(other.find("in-toto"), 7, "in-tota");
  EXPECT_EQ(CodeOf(other), ExitCode::kDifferences);
  other = envelope;
  char& digit = other[other.find("\"sig\":\"") + 9];
  digit = digit == 'A' ? 'B' : 'A';
  EXPECT_EQ(CodeOf(other), ExitCode::kDifferences);
  for (const char* text :
       {"", "[]", "{\"payload\":7}", "{\"payload\":\"e30=\",\"signatures\":[7]}"}) {
    EXPECT_EQ(CodeOf(text), ExitCode::kDifferences) << text;
  }
}

TEST_F(EnvelopeTest, AKeyThatIsNone) {
  EXPECT_THROW(Sign("{}", public_), Error);
  EXPECT_THROW(Sign("{}", directory_ / "nowhere.pem"), Error);
}

TEST(Sha256Test, IsTheStandards) {
  Sha256 digest;
  digest.Add("a");
  digest.Add("bc");
  EXPECT_EQ(digest.Hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

std::string HexDigest(const CommittedRecord& record, bool times = false) {
  RecordsDigest digest;
  digest.Add(record, times);
  return digest.Hex();
}

TEST(RecordsDigestTest, TellsRecordsApart) {
  const CommittedRecord record{PartitionId{0}, KafkaOffset{5}, "k", "v", {}, 7};
  CommittedRecord other = record;
  other.offset = KafkaOffset{9};
  other.time_ms = 8;
  EXPECT_EQ(HexDigest(record), HexDigest(other)) << "offsets, and times that are not the load's";
  EXPECT_NE(HexDigest(record, true), HexDigest(other, true));
  other = record;
  other.key.reset();
  EXPECT_NE(HexDigest(record), HexDigest(other));
  other.key = "";
  const std::string empty_key = HexDigest(other);
  other.key.reset();
  EXPECT_NE(empty_key, HexDigest(other));
  other = record;
  other.key = "kv";
  other.value = "";
  EXPECT_NE(HexDigest(record), HexDigest(other));
}

}  // namespace
}  // namespace onceload
