// What holds of command line, environment and load file; the command line again.
#include "onceload/options/invocation.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "support/temp_dir.h"
#include "unit/options/options_testing.h"

namespace onceload {
namespace {

using options_testing::RefusalOf;
using options_testing::RequestOf;

// Set for the time of a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class LoadFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& text) const {
    const std::string path = dir_.path() / "load.json";
    std::ofstream(path) << text;
    return path;
  }
  Request Read(const std::string& text, Arguments arguments = {}, Verb verb = kLoad) const {
    arguments.insert(arguments.begin(), {"-f", Write(text)});
    return RequestOf(arguments, verb);
  }
  std::string Refusal(const std::string& text, Verb verb = kLoad) const {
    return RefusalOf({"-f", Write(text)}, verb);
  }

  const TempDir dir_;
};

TEST_F(LoadFileTest, SaysOptionsByTheirNames) {
  const Request request = Read(
      R"({"topic":"clicks","file":["a.csv","b.csv"],"chunk-rows":10,"trim":true,"nested":false,
          "X":"client.id=x","drop":["a","b"],"skip-lines":"2"})");
  EXPECT_EQ(request.topics.topic.name, "clicks");
  EXPECT_EQ(request.inputs.words, (std::vector<std::string>{"a.csv", "b.csv"}));
  EXPECT_EQ(request.load.chunk.rows, 10U);
  EXPECT_TRUE(request.load.rows.dialect.trim);
  EXPECT_FALSE(request.load.rows.encode.nested);
  ASSERT_EQ(request.connection.properties.size(), 1U);
  EXPECT_EQ(request.connection.properties[0].name, "client.id");
  EXPECT_EQ(request.connection.properties[0].value, "x");
  EXPECT_NE(request.connection.properties[0].source, "") << "it is not on the command line";
  EXPECT_EQ(request.load.rows.encode.drops, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request.load.rows.dialect.skip_lines, 2U);
}

TEST_F(LoadFileTest, AFlagWinsOverTheEnvironmentThatOverTheFile) {
  const std::string file = R"({"bootstrap-server":"file:1","topic":"file","drop":["a"]})";
  EXPECT_EQ(Read(file).connection.brokers, std::vector<std::string>{"file:1"});
  const Variable variable("KAFKA_BOOTSTRAP_SERVERS", "variable:1");
  EXPECT_EQ(Read(file).connection.brokers, std::vector<std::string>{"variable:1"});
  const Request request = Read(file, {"-b", "flag:1", "--topic", "flag", "--drop", "b"});
  EXPECT_EQ(request.connection.brokers, std::vector<std::string>{"flag:1"});
  EXPECT_EQ(request.topics.topic.name, "flag");
  EXPECT_EQ(request.load.rows.encode.drops, std::vector<std::string>{"b"});
}

TEST_F(LoadFileTest, VariablesAndFilesAreReplaced) {
  const Variable variable("ONCELOAD_TEST_TOPIC", "clicks");
  const std::string secret = dir_.path() / "secret";
  std::ofstream(secret) << "s3cret\n";
  const Request request = Read(R"({"topic":"a-${env:ONCELOAD_TEST_TOPIC}-b","name":"$${x}",)"
                               R"("X":"sasl.password=${file:)" +
                               secret + R"(}"})");
  EXPECT_EQ(request.topics.topic.name, "a-clicks-b");
  EXPECT_EQ(request.name, "${x}");
  ASSERT_EQ(request.connection.properties.size(), 1U);
  EXPECT_EQ(request.connection.properties[0].value, "${file:" + secret + "}")
      << "whoever makes a client reads it then";
  const auto connection =
      ConnectionOf(Read(R"({"bootstrap-server":"h:1","X":"sasl.password=@)" + secret + "\"}"));
  EXPECT_EQ(connection.properties().at("sasl.password"), "s3cret");
  EXPECT_EQ(Refusal(R"({"topic":"${env:ONCELOAD_TEST_NONE}"})"),
            "the variable ONCELOAD_TEST_NONE is not set");
  EXPECT_EQ(Refusal(R"({"topic":"${file:/none/such}"})"), "the file /none/such cannot be read");
  EXPECT_EQ(Refusal(R"({"topic":"${HOME}"})"), "${HOME} is neither ${env:NAME} nor ${file:PATH}");
  EXPECT_EQ(Refusal(R"({"topic":"${env:HOME"})"), "a ${ is not closed");
}

TEST_F(LoadFileTest, TheMappingMayStandInside) {
  const Request request = Read(R"({"mapping":{"columns":{"a":{"type":"number"}},"key":{"row":true}},
                                   "key":"k"})");
  EXPECT_EQ(EncodeMessageOptions(request.load.rows.encode),
            R"({"columns":{"a":{"type":"number"}},"key":{"columns":["k"]}})");
}

TEST_F(LoadFileTest, OneFileServesAllVerbs) {
  const std::string text = R"({"topic":"t","chunk-rows":10,"source":true,"messages":1})";
  EXPECT_EQ(Read(text, {}, kLoad).load.chunk.rows, 10U);
  EXPECT_EQ(Read(text, {}, kVerify).audit.level, AuditLevel::kSource);
  EXPECT_EQ(Read(text, {}, kPlan).messages, 1U);
}

TEST_F(LoadFileTest, WhatItDoesNotKnowIsRefused) {
  EXPECT_EQ(Refusal("{"), "the load file is no JSON object");
  EXPECT_EQ(Refusal("[1]"), "the load file is no JSON object");
  EXPECT_EQ(Refusal(R"({"topik":"t"})"), "unknown option");
  EXPECT_EQ(Refusal(R"({"topic":"a","topic":"b"})"), "an option stands twice");
  EXPECT_EQ(Refusal(R"({"topic":["a","b"]})"), "this option has one value");
  EXPECT_EQ(Refusal(R"({"trim":"yes"})"), "true or false is wanted");
  EXPECT_EQ(Refusal(R"({"chunk-rows":-1})"), "a whole number is wanted");
  EXPECT_EQ(Refusal(R"({"chunk-rows":1.5})"), "a whole number is wanted");
  EXPECT_EQ(Refusal(R"({"chunk-rows":0})"),
            "--chunk-rows needs a whole number from 1 to 1000000000000");
  EXPECT_EQ(Refusal(R"({"topic":null})"), "a text is wanted");
  EXPECT_EQ(Refusal(R"({"load-file":"x"})"), "a load file names no other");
  EXPECT_EQ(RefusalOf({"-f", dir_.path() / "none"}, kLoad), "the load file cannot be read");
  EXPECT_EQ(RefusalOf({"-f", dir_.path()}, kLoad), "the load file cannot be read");
}

TEST(InvocationTest, AnUnknownOptionIsRefusedWithTheNearest) {
  try {
    ParseArguments(kLoad, {"--topc", "t"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.Line().find("did you mean --topic?"), std::string::npos) << error.Line();
  }
  EXPECT_NE(RefusalOf({"--chunk-rows", "1"}, kVerify), "");
}

TEST(InvocationTest, AFlagMayBeTakenBack) {
  EXPECT_TRUE(RequestOf({"--trim"}).load.rows.dialect.trim);
  EXPECT_FALSE(RequestOf({"--trim=false"}).load.rows.dialect.trim);
}

TEST(InvocationTest, OfOneValueTheLastWordCounts) {
  EXPECT_EQ(RequestOf({"--delimiter", ";", "--delimiter", "|"}).load.rows.dialect.delimiter, "|");
}

TEST(InvocationTest, TextsAreUtf8AndPathsAreBytes) {
  EXPECT_EQ(RefusalOf({"--set", "a=\xe9"}), "--set is not UTF-8");
  EXPECT_EQ(RequestOf({"caf\xe9.csv"}).inputs.words, std::vector<std::string>{"caf\xe9.csv"});
}

TEST(InvocationTest, TheCommandLineIsSaidAgainWithoutSecrets) {
  const Invocation invocation =
      ParseArguments(kLoad, {"a b.csv", "-b", "h:1", "-Xsasl.password=p", "--topic=t", "--atomic",
                             "-X", "client.id=it's"});
  EXPECT_EQ(CommandLineOf(invocation),
            " --bootstrap-server h:1 -X sasl.password=... -X 'client.id=it'\\''s' --topic t "
            "--atomic 'a b.csv'");
  EXPECT_EQ(CommandLineOf(ParseArguments(kLoad, {"-t", "t", "--", "-x.csv"})),
            " --topic t -- -x.csv");
}

TEST(InvocationTest, ManyNamesBecomeTheirPatternOrAList) {
  const TempDir dir;
  Arguments arguments{"-t", "t"};
  for (int i = 0; i < 200; ++i) {
    const std::string path = dir.path() / ("rows-" + std::to_string(1000 + i) + ".csv");
    std::ofstream{path};
    arguments.push_back(path);
  }
  EXPECT_EQ(CommandLineOf(ParseArguments(kLoad, arguments)),
            " --topic t '" + (dir.path() / "*.csv").string() + "'");
  std::ofstream{dir.path() / "other.csv"};  // the pattern would take it too
  EXPECT_EQ(CommandLineOf(ParseArguments(kLoad, arguments)),
            " --topic t --files-from LIST (a file with the 200 names, one a line)");
}

}  // namespace
}  // namespace onceload
