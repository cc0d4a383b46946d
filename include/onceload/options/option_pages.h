// Options as people read and type them: help, manual pages, completions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "onceload/options/option_table.h"

namespace onceload {

// A command as its pages tell of it.
struct VerbPage {
  Verb verb = kNoVerb;
  std::string_view name;
  std::string_view summary;   // a line, for lists
  std::string_view usage;     // behind the options: "FILE..."
  std::string_view sentence;  // what it does, with a full stop
};

// Lines of kHelpColumns at most.
inline constexpr std::size_t kHelpColumns = 80;  // a terminal as it opens
std::string HelpText(const VerbPage& page);

// troff with man(7) macros. `version` for the page's foot.
std::string ManualPage(const VerbPage& page, std::string_view version);
// onceload(1), which lists the others.
std::string ManualPage(std::span<const VerbPage> pages, std::string_view version);

enum class Shell : std::uint8_t { kBash, kZsh, kFish };
// A script for the shell to read.
std::string CompletionScript(Shell shell, std::span<const VerbPage> pages);

}  // namespace onceload
