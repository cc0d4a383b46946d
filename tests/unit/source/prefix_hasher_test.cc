#include "onceload/source/prefix_hasher.h"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::ErrorOf;
using csv_testing::TempFile;

constexpr std::size_t kBlock = kFingerprintBlock;

std::string RandomBytes(std::size_t n) {
  std::mt19937 random(7);
  std::string bytes(n, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

// The definition in core/progress_record.h.
PrefixFingerprint Defined(std::string_view bytes) {
  PrefixFingerprint fingerprint;
  while (bytes.size() >= kBlock) {
    fingerprint.blocks = Extend(fingerprint.blocks, DigestOf(bytes.substr(0, kBlock)));
    bytes.remove_prefix(kBlock);
  }
  fingerprint.tail = DigestOf(bytes);
  return fingerprint;
}

const std::string& Bytes() {
  static const std::string bytes = RandomBytes(2 * kBlock + 1000);
  return bytes;
}

constexpr std::size_t kLengths[] = {0,          1,      240,        241,        100000,
                                    kBlock - 1, kBlock, kBlock + 1, 2 * kBlock, 2 * kBlock + 1000};

TEST(PrefixHasher, TheEmptyPrefixHasTheDefaultFingerprint) {
  EXPECT_EQ(PrefixHasher().fingerprint(), PrefixFingerprint{});
  EXPECT_EQ(PrefixHasher().length(), ByteOffset{0});
}

TEST(PrefixHasher, FollowsTheDefinitionHoweverTheBytesAreCut) {
  for (const std::size_t piece : {std::size_t{997}, std::size_t{65536}, kBlock, 3 * kBlock}) {
    PrefixHasher hasher;
    for (std::size_t at = 0; at < Bytes().size(); at += piece) {
      hasher.Update(std::string_view(Bytes()).substr(at, piece));
      const std::size_t length = std::min(at + piece, Bytes().size());
      ASSERT_EQ(hasher.length(), ByteOffset{length});
      if (at % 50 == 0) {
        ASSERT_EQ(hasher.fingerprint(), Defined(std::string_view(Bytes()).substr(0, length)));
      }
    }
    EXPECT_EQ(hasher.fingerprint(), Defined(Bytes())) << piece;
  }
}

TEST(PrefixHasher, ResumeGoesOnAsIfItHadNotStopped) {
  const TempFile temp(Bytes());
  const SourceFile file(temp.path());
  for (const std::size_t at : kLengths) {
    const std::string_view all = Bytes();
    PrefixHasher hasher = PrefixHasher::Resume(file, ByteOffset{at}, Defined(all.substr(0, at)));
    EXPECT_EQ(hasher.length(), ByteOffset{at});
    EXPECT_EQ(hasher.fingerprint(), Defined(all.substr(0, at))) << at;
    hasher.Update(all.substr(at));
    EXPECT_EQ(hasher.fingerprint(), Defined(all)) << at;
  }
}

TEST(PrefixHasher, ResumeReadsThePartialBlockOnly) {
  std::string changed = Bytes();
  changed[kBlock - 1] = static_cast<char>(changed[kBlock - 1] ^ 1);
  const TempFile temp(changed);
  const SourceFile file(temp.path());
  const std::string_view all = Bytes();
  EXPECT_NO_THROW(PrefixHasher::Resume(file, ByteOffset{kBlock}, Defined(all.substr(0, kBlock))));
  EXPECT_NO_THROW(PrefixHasher::Resume(file, ByteOffset{all.size()}, Defined(all)));
  const std::size_t at = kBlock - 1;  // just before the change
  EXPECT_NO_THROW(PrefixHasher::Resume(file, ByteOffset{at}, Defined(all.substr(0, at))));
}

TEST(PrefixHasher, ResumeSeesOneChangedBitAnywhereInThePartialBlock) {
  const TempFile temp(Bytes());
  const SourceFile file(temp.path());
  const std::string_view all = Bytes();
  for (const std::size_t at : {all.size() - 1, all.size() - 500, all.size() - 1000}) {
    std::string changed = Bytes();
    changed[at] = static_cast<char>(changed[at] ^ 1);
    temp.Write(changed);
    const Error error =
        ErrorOf([&] { PrefixHasher::Resume(file, ByteOffset{all.size()}, Defined(all)); });
    EXPECT_EQ(error.code(), ExitCode::kInput);
    EXPECT_NE(std::string(error.what()).find("the input has changed"), std::string::npos);
    EXPECT_EQ(error.where(), temp.path() + ", byte " + std::to_string(2 * kBlock));
    EXPECT_NE(error.advice(), "");
  }
}

TEST(PrefixHasher, ResumeRefusesAFingerprintThatCannotBe) {
  const TempFile temp(Bytes());
  const SourceFile file(temp.path());
  const auto resume = [&](std::size_t at, const PrefixFingerprint& was) {
    return ErrorOf([&] { PrefixHasher::Resume(file, ByteOffset{at}, was); }).code();
  };
  // No block is complete yet, so there is no digest of one.
  EXPECT_EQ(resume(0, {.blocks = Digest{1}}), ExitCode::kInput);
  EXPECT_EQ(resume(5, {.blocks = Digest{1}, .tail = DigestOf(Bytes().substr(0, 5))}),
            ExitCode::kInput);
  // Nothing follows the last complete block, so there is nothing to digest.
  EXPECT_EQ(resume(kBlock, {.blocks = Digest{1}, .tail = Digest{2}}), ExitCode::kInput);
  EXPECT_EQ(resume(0, {.blocks = {}, .tail = Digest{2}}), ExitCode::kInput);
}

TEST(PrefixHasher, ResumeRefusesAFileThatIsShorterNow) {
  const std::string_view all = Bytes();
  for (const std::size_t at : kLengths) {
    if (at == 0) continue;
    for (const std::size_t missing : {std::size_t{1}, at / 2, at}) {
      if (missing == 0) continue;
      const TempFile temp(all.substr(0, at - missing));
      const SourceFile file(temp.path());
      const Error error =
          ErrorOf([&] { PrefixHasher::Resume(file, ByteOffset{at}, Defined(all.substr(0, at))); });
      EXPECT_EQ(error.code(), ExitCode::kInput);
      EXPECT_NE(std::string(error.what()).find("the input has changed"), std::string::npos);
    }
  }
}

TEST(PrefixHasher, FingerprintOfPrefixFollowsTheDefinition) {
  const TempFile temp(Bytes());
  const SourceFile file(temp.path());
  for (const std::size_t at : kLengths) {
    EXPECT_EQ(FingerprintOfPrefix(file, ByteOffset{at}),
              Defined(std::string_view(Bytes()).substr(0, at)));
  }
  const auto beyond = ByteOffset{Bytes().size() + 1};
  EXPECT_EQ(ErrorOf([&] { FingerprintOfPrefix(file, beyond); }).code(), ExitCode::kInput);
}

}  // namespace
}  // namespace onceload
