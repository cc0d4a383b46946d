#include "kafka/answers.h"

#include <map>
#include <string>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include "onceload/kafka/answers_table.h"

namespace onceload {
namespace {

// What librdkafka has a number for, and a text.
std::map<int, std::string> CodesOfTheLibrary() {
  const rd_kafka_err_desc* codes = nullptr;
  std::size_t count = 0;
  rd_kafka_get_err_descs(&codes, &count);
  std::map<int, std::string> named;
  for (std::size_t i = 0; i < count; ++i) {
    if (codes[i].name != nullptr) named[codes[i].code] = codes[i].name;
  }
  named.erase(RD_KAFKA_RESP_ERR__BEGIN);
  named.erase(RD_KAFKA_RESP_ERR__END);
  return named;
}

TEST(AnswersTest, NoCodeOfTheLibraryIsMissing) {
  const std::map<int, std::string> codes = CodesOfTheLibrary();
  ASSERT_GT(codes.size(), 150U);
  for (const auto& [code, name] : codes) {
    ASSERT_TRUE(CodeName(code)) << code << " " << name;
    EXPECT_EQ(*CodeName(code), name) << code;
    EXPECT_EQ(CodeNamed(name), code);
  }
}

TEST(AnswersTest, WhatStopsALoadSaysWhatMendsIt) {
  for (const auto& [code, name] : CodesOfTheLibrary()) {
    const Cause& cause = CauseOf(code);
    EXPECT_FALSE(cause.what.empty()) << name;
    const bool stops = cause.meaning == Meaning::kSetting || cause.meaning == Meaning::kService;
    EXPECT_TRUE(!stops || !cause.remedy.empty()) << name;
  }
}

TEST(AnswersTest, ACodeOfANewerBrokerIsNotWaitedFor) {
  EXPECT_FALSE(CodeName(30'000));
  EXPECT_EQ(CauseOf(30'000).meaning, Meaning::kService);
}

TEST(AnswersTest, TheRequestMayDecide) {
  EXPECT_EQ(CauseOf(RD_KAFKA_RESP_ERR_INVALID_REQUEST).meaning, Meaning::kOurs);
  EXPECT_EQ(CauseOf(RD_KAFKA_RESP_ERR_INVALID_REQUEST, Asked::kCoordinator).meaning,
            Meaning::kService);
  EXPECT_EQ(CauseOf(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP).meaning, Meaning::kRow);
  EXPECT_EQ(CauseOf(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, Asked::kSendOwnTime).meaning,
            Meaning::kSetting);
}

TEST(AnswersTest, TheTableHasEachCodeOnce) {
  const std::string table = AnswersTable();
  for (const auto& [code, name] : CodesOfTheLibrary()) {
    const std::string cell = "| " + std::to_string(code) + " | `" + name + "` |";
    const std::size_t at = table.find(cell);
    ASSERT_NE(at, std::string::npos) << cell;
    EXPECT_EQ(table.find(cell, at + 1), std::string::npos) << cell;
  }
}

}  // namespace
}  // namespace onceload
