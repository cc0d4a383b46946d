// The rows of the option table, all of them alike.
#include "onceload/options/option_table.h"

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "unit/options/options_testing.h"

namespace onceload {
namespace {

using options_testing::RefusalOf;
using options_testing::RequestOf;

constexpr Verb kVerbs[] = {kLoad, kWatch, kVerify, kPlan, kStatus};

TEST(OptionTable, AVerbHasANameAndALetterOnce) {
  for (const Verb verb : kVerbs) {
    std::set<std::string_view> names;
    std::set<char> letters{'h'};
    for (const Option* option : OptionsOf(verb)) {
      EXPECT_TRUE(names.insert(option->name).second) << option->name;
      EXPECT_TRUE(option->letter == 0 || letters.insert(option->letter).second) << option->name;
    }
  }
}

TEST(OptionTable, RowsOfOneNameAreOfOneKind) {
  // So that a load file says one thing by a name.
  std::map<std::string_view, const Option*> first;
  for (const Option& option : AllOptions()) {
    if ((option.verbs & FindOption(kLoad, "load-file")->verbs) == 0) continue;
    const Option* const other = first.emplace(option.name, &option).first->second;
    EXPECT_EQ(other->access.kind, option.access.kind) << option.name;
    EXPECT_EQ(other->traits, option.traits) << option.name;
    EXPECT_EQ(other->value, option.value) << option.name;
  }
}

TEST(OptionTable, WordsOfHelpAreWritten) {
  for (const Option& option : AllOptions()) {
    EXPECT_FALSE(option.help.empty()) << option.name;
    EXPECT_FALSE(option.help.ends_with('.')) << option.name;
    EXPECT_EQ(option.flag(), option.value.empty()) << option.name;
    EXPECT_NE(option.access.take, nullptr) << option.name;
    EXPECT_NE(option.access.show, nullptr) << option.name;
  }
}

// The places of the enumerators are those of the texts.
TEST(OptionTable, AChoiceIsShownAsItWasGiven) {
  int choices = 0;
  for (const Verb verb : kVerbs) {
    for (const Option* option : OptionsOf(verb)) {
      for (const std::string_view choice : ChoicesOf(*option)) {
        Arguments arguments{"--" + std::string(option->name) + "=" + std::string(choice)};
        if (option->group == OptionGroup::kKeys) arguments.push_back("--key-row");
        if (option->name == "schema-framing") arguments.push_back("--value-format=avro");
        EXPECT_EQ(option->access.show(*option, RequestOf(arguments, verb)), choice) << option->name;
        ++choices;
      }
      if (option->access.kind != OptionKind::kChoice) continue;
      EXPECT_NE(RefusalOf({"--" + std::string(option->name) + "=none-such"}, verb), "");
    }
  }
  EXPECT_GE(choices, 20);
  EXPECT_EQ(RequestOf({"--on-error", "dead-letter"}, kLoad).load.rows.rejects.on_error,
            OnError::kDeadLetter);
  EXPECT_EQ(RequestOf({"--same-name", "new"}, kLoad).load.here.match.same_name, SameName::kNew);
  EXPECT_EQ(RequestOf({"--progress", "none"}, kLoad).progress, ProgressStyle::kNone);
  EXPECT_EQ(RequestOf({"--format", "raw"}).load.rows.encode.format, MessageFormat::kRaw);
}

// What help calls the default is what nobody has touched.
TEST(OptionTable, DefaultsAreThoseOfTheStructs) {
  const auto standard = [](Verb verb, std::string_view name) {
    return DefaultOf(*FindOption(verb, name));
  };
  EXPECT_EQ(standard(kLoad, "chunk-rows"), std::to_string(ChunkLimits().rows));
  EXPECT_EQ(standard(kLoad, "retry-budget"), "300");
  EXPECT_EQ(standard(kVerify, "retry-budget"), "30");
  EXPECT_EQ(standard(kLoad, "delimiter"), ",");
  EXPECT_EQ(standard(kLoad, "quoting"), "minimal");
  EXPECT_EQ(standard(kLoad, "key"), std::nullopt);
  EXPECT_EQ(standard(kLoad, "trim"), std::nullopt);
}

// An example of each option that shapes messages. A row without one here fails below.
const std::map<std::string_view, Arguments>& FrozenSamples() {
  static const std::map<std::string_view, Arguments> kSamples{
      {"delimiter", {"--delimiter", ";"}},
      {"quote", {"--quote", "'"}},
      {"quoting", {"--quoting", "none"}},
      {"escape", {"--escape", "\\"}},
      {"comment", {"--comment", "#"}},
      {"trim", {"--trim"}},
      {"skip-lines", {"--skip-lines", "1"}},
      {"no-header", {"--no-header", "--columns", "a"}},
      {"columns", {"--no-header", "--columns", "a"}},
      {"null", {"--null", "NULL"}},
      {"encoding", {"--encoding", "latin1"}},
      {"format", {"--format", "raw"}},
      {"value-format", {"--value-format", "avro"}},
      {"key-format", {"--key", "a", "--key-format", "avro"}},
      {"schema-framing", {"--value-format", "avro", "--schema-framing", "header"}},
      {"no-schema-check", {"--value-format", "json-schema", "--no-schema-check"}},
      {"type", {"--type", "a=number"}},
      {"rename", {"--rename", "a=b"}},
      {"drop", {"--drop", "a"}},
      {"set", {"--set", "a=b"}},
      {"key", {"--key", "a"}},
      {"key-separator", {"--key", "a", "--key-separator", "|"}},
      {"key-row", {"--key-row"}},
      {"key-constant", {"--key-constant", "k"}},
      {"on-empty-key", {"--key", "a", "--on-empty-key", "null"}},
      {"partition-by", {"--partition-by", "a"}},
      {"timestamp", {"--timestamp", "a"}},
      {"nested", {"--nested"}},
      {"headers", {"--headers"}},
      {"header", {"--header", "a=b"}},
      {"tombstone-when", {"--tombstone-when", "a=b"}}};
  return kSamples;
}

// Marked frozen is what changes the frozen form, and all of it is seen by verify.
TEST(OptionTable, AFrozenOptionChangesTheFrozenFormAndIsNamedWhenItDiffers) {
  const FrozenOptions standard = Freeze(RequestOf({}).load.rows);
  for (const Option* option : OptionsOf(kVerify)) {
    if (!option->Is(kFrozen)) continue;
    const auto sample = FrozenSamples().find(option->name);
    ASSERT_NE(sample, FrozenSamples().end()) << option->name << " needs an example";
    const FrozenEncoding frozen = RequestOf(sample->second).load.rows;
    EXPECT_NE(Freeze(frozen), standard) << option->name;
    EXPECT_NE(options_testing::DifferingOption(sample->second, FrozenEncoding()), "")
        << option->name;
    EXPECT_EQ(options_testing::DifferingOption(sample->second, frozen), "") << option->name;
  }
}

TEST(OptionTable, AnOptionThatIsNotFrozenDoesNotChangeTheFrozenForm) {
  const FrozenOptions standard = Freeze(RequestOf({}, kLoad).load.rows);
  int plain = 0;
  for (const Option* option : OptionsOf(kLoad)) {
    if (option->Is(kFrozen) || option->name == "mapping" || option->name == "load-file") continue;
    if (option->access.kind == OptionKind::kText && option->value.find('=') != option->value.npos) {
      continue;
    }
    std::string text = option->access.kind == OptionKind::kNumber
                           ? std::to_string(option->access.bounds.most)
                           : "1";
    if (option->access.kind == OptionKind::kChoice) text = ChoicesOf(*option).back();
    if (option->flag()) text = "true";
    if (option->name == "shard") text = "1/2";
    Request request;
    option->access.take({option, text, ""}, request);
    EXPECT_EQ(Freeze(request.load.rows), standard) << option->name;
    ++plain;
  }
  EXPECT_GE(plain, 30);
}

TEST(OptionTable, SecretsAreMasked) {
  const auto masked = [](const std::string& text) {
    return Masked({FindOption(kLoad, "X"), text, ""});
  };
  EXPECT_EQ(masked("ssl.key.pem=-----BEGIN"), "ssl.key.pem=...");
  EXPECT_EQ(masked("ssl.keystore.key=x"), "ssl.keystore.key=...");
  EXPECT_EQ(masked("sasl.password=a=b"), "sasl.password=...");
  EXPECT_EQ(masked("sasl.jaas.config=x"), "sasl.jaas.config=...");
  EXPECT_EQ(masked("ssl.key.password=x"), "ssl.key.password=...");
  EXPECT_EQ(masked("sasl.oauthbearer.client.secret=x"), "sasl.oauthbearer.client.secret=...");
  EXPECT_EQ(masked("client.id=x"), "client.id=x");
  EXPECT_EQ(masked("ssl.key.location=/k.pem"), "ssl.key.location=/k.pem");
}

}  // namespace
}  // namespace onceload
