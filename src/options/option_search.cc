// What is asked of the table's rows.
#include <algorithm>
#include <array>

#include "onceload/kafka/secrets.h"
#include "onceload/options/option_table.h"

namespace onceload {

std::string_view NameOf(OptionGroup group) {
  static constexpr std::array<std::string_view, kOptionGroups> kNames{
      "Connection", "Topic and load",
      "Files",      "How they are written",
      "Messages",   "Keys",
      "Schemas",    "Rows that cannot be loaded",
      "Chunks",     "Run",
      "Output"};
  return kNames[static_cast<std::size_t>(group)];
}

const Option* FindOption(Verb verb, std::string_view name) {
  for (const Option& option : AllOptions()) {
    if (option.name == name && (option.verbs & verb) != 0) return &option;
  }
  return nullptr;
}

std::vector<const Option*> OptionsOf(Verb verb) {
  std::vector<const Option*> options;
  for (const Option& option : AllOptions()) {
    if ((option.verbs & verb) != 0) options.push_back(&option);
  }
  return options;
}

std::vector<const Option*> OptionsOf(Verb verb, OptionGroup group) {
  std::vector<const Option*> options = OptionsOf(verb);
  std::erase_if(options, [&](const Option* option) {
    return option->group != group || option->Is(kPositional);
  });
  return options;
}

std::vector<std::string_view> ChoicesOf(const Option& option) {
  std::vector<std::string_view> choices;
  if (option.access.kind != OptionKind::kChoice) return choices;
  std::string_view rest = option.value;
  for (;;) {
    const std::size_t bar = rest.find('|');
    choices.push_back(rest.substr(0, bar));
    if (bar == std::string_view::npos) return choices;
    rest.remove_prefix(bar + 1);
  }
}

std::optional<std::string> DefaultOf(const Option& option) {
  if (option.flag()) return std::nullopt;
  return option.access.show(option, Request());
}

std::string Masked(const Word& word) {
  return word.option->Is(kSecret) ? MaskedProperty(word.text) : word.text;
}

}  // namespace onceload
