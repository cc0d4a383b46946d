#include <algorithm>
#include <vector>

#include "onceload/options/option_pages.h"
#include "options/option_text.h"

namespace onceload {
namespace {

// Where what an option does begins. Longer options have it on the next line.
constexpr std::size_t kTextColumn = 30;

std::string Row(const std::string& left, const std::string& text) {
  std::string row = "  " + left;
  bool first = true;
  for (const std::string& line : Wrapped(text, kHelpColumns - kTextColumn)) {
    if (!first || row.size() + 2 > kTextColumn) {
      row += '\n';
      row.append(kTextColumn, ' ');
    } else {
      row.append(kTextColumn - row.size(), ' ');
    }
    row += line;
    first = false;
  }
  return row + "\n";
}

std::string LeftOf(const Option& option) {
  const std::string flags = option.letter != 0 || option.name.size() == 1
                                ? FlagsText(option)
                                : "    " + FlagsText(option);
  return option.flag() ? flags : flags + " " + std::string(option.value);
}

}  // namespace

std::string HelpText(const VerbPage& page) {
  std::string text = std::string(page.sentence) + "\n\nUsage:\n  onceload " +
                     std::string(page.name) + " [OPTION...]" +
                     (page.usage.empty() ? "" : " " + std::string(page.usage)) + "\n";
  for (int group = 0; group < kOptionGroups; ++group) {
    const auto options = OptionsOf(page.verb, static_cast<OptionGroup>(group));
    if (options.empty()) continue;
    text += "\n" + std::string(NameOf(static_cast<OptionGroup>(group))) + ":\n";
    for (const Option* option : options) text += Row(LeftOf(*option), Sentence(*option));
  }
  return text + "\n" + Row("-h, --help", "this text");
}

}  // namespace onceload
