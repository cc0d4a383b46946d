#include "onceload/preflight/message_schemas.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/error.h"
#include "support/temp_dir.h"

namespace onceload {
namespace {

constexpr char kClick[] =
    R"({"type":"record","name":"Click","namespace":"acme","fields":[{"name":"id","type":"long"}]})";

// What a registry has, and what it was asked.
struct Held {
  std::map<std::uint32_t, MessageSchema> by_id;
  std::map<std::string, std::uint32_t> newest;
  std::vector<std::string> asked;
  bool down = false;
};

class HeldRegistry final : public SchemaRegistry {
 public:
  explicit HeldRegistry(Held& held) : held_(held) {}

  MessageSchema ById(std::uint32_t id) override { return At(id, "id " + std::to_string(id)); }
  MessageSchema Latest(const std::string& subject) override {
    return At(held_.newest[subject], "latest " + subject);
  }
  std::optional<MessageSchema> Find(const std::string& subject,
                                    const MessageSchema& schema) override {
    held_.asked.push_back("find " + subject);
    for (const auto& [id, known] : held_.by_id) {
      if (known.text == schema.text) return known;
    }
    return std::nullopt;
  }
  MessageSchema Register(const std::string& subject, const MessageSchema& schema) override {
    held_.asked.push_back("register " + subject);
    MessageSchema made = schema;
    made.id = 100;
    return held_.by_id[made.id] = made;
  }

 private:
  MessageSchema At(std::uint32_t id, const std::string& question) {
    held_.asked.push_back(question);
    if (held_.down) throw Error(ExitCode::kKafka, "down", "", "");
    return held_.by_id.at(id);
  }

  Held& held_;
};

class MessageSchemas : public testing::Test {
 protected:
  MessageSchemas() {
    encode_.format = MessageFormat::kAvro;
    held_.by_id[7] = {SchemaType::kAvro, 7, "", kClick};
    held_.newest["shop-value"] = 7;
  }

  RegistryMaker Registry() {
    return [this](Duration) { return std::make_unique<HeldRegistry>(held_); };
  }
  void Choose() { ChooseSchemas(wishes_, {"shop", {"id"}, false}, Registry(), encode_); }

  std::string WhyKept(const EncodeOptions& frozen) {
    try {
      KeepSchemas(
          wishes_, frozen, Registry(), [this](const std::string& text) { told_.push_back(text); },
          encode_);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return error.what();
    }
    return "";
  }
  EncodeOptions Frozen() const {
    EncodeOptions frozen = encode_;
    frozen.value_schema = held_.by_id.at(7);
    return frozen;
  }
  std::string File(const std::string& text) {
    const std::string path = directory_ / "x.avsc";
    std::ofstream(path) << text;
    return path;
  }

  TempDir directory_;
  Held held_;
  SchemaWishes wishes_;
  EncodeOptions encode_;
  std::vector<std::string> told_;
};

TEST_F(MessageSchemas, TheNewestOfTheSubject) {
  wishes_.use_latest = true;
  Choose();
  EXPECT_EQ(encode_.value_schema, held_.by_id.at(7));
  EXPECT_EQ(held_.asked, std::vector<std::string>{"latest shop-value"});
}

TEST_F(MessageSchemas, AFileMustBeTheNewestToo) {
  wishes_.use_latest = true;
  wishes_.value.file = File("\"string\"");
  EXPECT_THROW(Choose(), Error);
  wishes_.value.file = File(std::string(" ") + kClick);
  EXPECT_NO_THROW(Choose());
}

TEST_F(MessageSchemas, SubjectsGoByTheStrategy) {
  wishes_.value.file = File(kClick);
  wishes_.subjects = SubjectStrategy::kRecord;
  Choose();
  wishes_.subjects = SubjectStrategy::kTopicRecord;
  Choose();
  EXPECT_EQ(held_.asked, (std::vector<std::string>{"find acme.Click", "find shop-acme.Click"}));
}

TEST_F(MessageSchemas, OnlyRegisterRegisters) {
  EXPECT_THROW(Choose(), Error);
  EXPECT_EQ(held_.asked, std::vector<std::string>{"find shop-value"});
  wishes_.register_new = true;
  Choose();
  EXPECT_EQ(encode_.value_schema->id, 100U);
}

TEST_F(MessageSchemas, AFileWithAnIdNeedsNobody) {
  wishes_.value = {File(kClick), 9};
  ChooseSchemas(wishes_, {"shop", {"id"}, false}, {}, encode_);
  EXPECT_EQ(encode_.value_schema, (MessageSchema{SchemaType::kAvro, 9, "", kClick}));
  wishes_.value.id = 0;
  EXPECT_THROW(ChooseSchemas(wishes_, {"shop", {"id"}, false}, {}, encode_), Error);
}

TEST_F(MessageSchemas, ALoadKeepsItsOwn) {
  wishes_.use_latest = true;
  held_.newest["shop-value"] = 8;
  EXPECT_EQ(WhyKept(Frozen()), "");
  EXPECT_EQ(encode_.value_schema->id, 7U);
  EXPECT_EQ(held_.asked, std::vector<std::string>{"id 7"});
}

TEST_F(MessageSchemas, ALoadGoesOnWithoutARegistry) {
  held_.down = true;
  EXPECT_EQ(WhyKept(Frozen()), "");
  EXPECT_EQ(encode_.value_schema->text, kClick);
  EXPECT_EQ(told_.size(), 1U);
}

TEST_F(MessageSchemas, ARegistryWithAnotherTextUnderTheIdIsRefused) {
  const EncodeOptions frozen = Frozen();
  held_.by_id[7].text = "\"string\"";
  EXPECT_EQ(WhyKept(frozen),
            "the schema registry has another text under the id this load writes by");
}

TEST_F(MessageSchemas, WishesForAnotherSchemaAreRefused) {
  wishes_.value.id = 8;
  EXPECT_EQ(WhyKept(Frozen()), "this load writes by another schema than 8");
  wishes_.value = {File("\"string\""), 0};
  EXPECT_NE(WhyKept(Frozen()), "");
  wishes_.value = {File(std::string("\n ") + kClick), 7};
  EXPECT_EQ(WhyKept(Frozen()), "");
}

constexpr char kShop[] =
    "syntax = \"proto3\"; package shop; message A { string id = 1; } message B { string id = 2; }";

TEST_F(MessageSchemas, OfProtobufOneOfItsMessages) {
  encode_.format = MessageFormat::kProtobuf;
  wishes_.value = {File(kShop), 0, "B"};
  wishes_.subjects = SubjectStrategy::kRecord;
  wishes_.register_new = true;
  Choose();
  EXPECT_EQ(encode_.value_schema, (MessageSchema{SchemaType::kProtobuf, 100, "", kShop, "B"}));
  EXPECT_EQ(held_.asked, std::vector<std::string>{"register shop.B"});
  wishes_.value.message = "C";
  EXPECT_THROW(Choose(), Error);
}

TEST_F(MessageSchemas, ALoadKeepsItsMessage) {
  encode_.format = MessageFormat::kProtobuf;
  EncodeOptions frozen = encode_;
  frozen.value_schema = MessageSchema{SchemaType::kProtobuf, 7, "", kShop, "B"};
  held_.by_id[7] = *frozen.value_schema;
  EXPECT_EQ(WhyKept(frozen), "");
  EXPECT_EQ(encode_.value_schema, frozen.value_schema);
  wishes_.value.message = "A";
  EXPECT_EQ(WhyKept(frozen), "this load writes by another schema than A");
}

TEST_F(MessageSchemas, MessagesWithoutOneAskNobody) {
  encode_.format = MessageFormat::kJson;
  EXPECT_FALSE(NeedSchemas(encode_));
  Choose();
  EXPECT_TRUE(held_.asked.empty());
}

}  // namespace
}  // namespace onceload
