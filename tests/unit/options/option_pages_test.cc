// Help, manual pages, completions and the schema show every option, and nothing else.
#include "onceload/options/option_pages.h"

#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "onceload/options/load_file_schema.h"

namespace onceload {
namespace {

constexpr VerbPage kPage{kLoad, "load", "loads", "FILE...", "Loads files."};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(OptionPages, HelpShowsEachOptionWithinTheTerminal) {
  const std::string help = HelpText(kPage);
  for (const Option* option : OptionsOf(kLoad)) {
    const std::string flag = (option->name.size() == 1 ? "-" : "--") + std::string(option->name);
    EXPECT_EQ(Has(help, flag + " ") || Has(help, flag + "\n"), !option->Is(kPositional))
        << option->name;
  }
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("Killed") != std::string::npos) continue;
    EXPECT_LE(line.size(), kHelpColumns) << line;
  }
  EXPECT_LT(help.find("--bootstrap-server"), help.find("--topic "));
  EXPECT_LT(help.find("--topic "), help.find("--chunk-rows"));
  EXPECT_TRUE(Has(help, "(default: 500000)"));
}

TEST(OptionPages, TheManualShowsEachOption) {
  const std::string page = ManualPage(kPage, "1.0");
  for (const Option* option : OptionsOf(kLoad)) {
    if (option->Is(kPositional) || option->name.size() == 1) continue;
    std::string flag = "\\-\\-";
    for (const char c : option->name) flag += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_TRUE(Has(page, flag)) << option->name;
  }
  EXPECT_TRUE(page.starts_with(".TH ONCELOAD-LOAD 1"));
}

TEST(OptionPages, CompletionsKnowEachOption) {
  for (const Shell shell : {Shell::kBash, Shell::kZsh, Shell::kFish}) {
    const std::string script = CompletionScript(shell, {&kPage, 1});
    for (const Option* option : OptionsOf(kLoad)) {
      if (option->Is(kPositional)) continue;
      EXPECT_TRUE(Has(script, std::string(option->name))) << option->name;
    }
    EXPECT_TRUE(Has(script, "fail skip dead-letter"));
  }
}

TEST(OptionPages, TheSchemaKnowsEachOption) {
  const auto schema = nlohmann::json::parse(LoadFileSchema());
  for (const Option& option : AllOptions()) {
    const bool known = schema["properties"].contains(std::string(option.name));
    bool wanted = false;  // by a command that takes a load file
    for (const Option& row : AllOptions()) {
      const unsigned readers = FindOption(kLoad, "load-file")->verbs;
      wanted = wanted || (row.name == option.name && (row.verbs & readers) != 0);
    }
    EXPECT_EQ(known, wanted && option.name != "load-file") << option.name;
  }
  EXPECT_EQ(schema["properties"]["chunk-rows"]["oneOf"][0]["minimum"], 1);
  EXPECT_EQ(schema["properties"]["same-name"]["enum"][1], "new");
}

}  // namespace
}  // namespace onceload
