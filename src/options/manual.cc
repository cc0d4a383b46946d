#include <string>

#include "onceload/options/option_pages.h"
#include "options/option_text.h"

namespace onceload {
namespace {

// What troff would read as its own: a backslash anywhere, and a dash, which it may set as a hyphen
// that no shell takes. A line may not begin with a dot or an apostrophe.
std::string Roff(std::string_view text) {
  std::string roff;
  for (const char c : text) {
    if (c == '\\') {
      roff += "\\e";
    } else if (c == '-') {
      roff += "\\-";
    } else {
      roff += c;
    }
  }
  if (roff.starts_with('.') || roff.starts_with('\'')) roff.insert(0, "\\&");
  return roff;
}

std::string Head(const std::string& page, std::string_view version, std::string_view summary) {
  std::string title = page;
  for (char& c : title) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return ".TH " + title + " 1 \"\" \"onceload " + std::string(version) +
         "\" \"User Commands\"\n.SH NAME\n" + page + " \\- " + Roff(summary) + "\n.SH SYNOPSIS\n";
}

std::string Paragraph(const Option& option) {
  std::string text = ".TP\n.B " + Roff(FlagsText(option));
  if (!option.flag()) text += " \\fI" + Roff(option.value) + "\\fR";
  text += "\n" + Roff(Sentence(option)) + ".\n";
  if (!option.more.empty()) text += Roff(option.more) + "\n";
  if (option.Is(kFrozen)) {
    text += "A load goes on with the value it began with.\n";
  }
  return text;
}

constexpr char kExitStatus[] =
    ".SH EXIT STATUS\n"
    "0: done, or proven. 1: done, with rows that were not loaded, or differences found. Others are "
    "errors, which are named on standard error; README.md lists them.\n";

}  // namespace

std::string ManualPage(const VerbPage& page, std::string_view version) {
  const std::string name = "onceload-" + std::string(page.name);
  std::string text = Head(name, version, page.summary) + ".B onceload " + std::string(page.name) +
                     "\n[\\fIOPTION\\fR...] " + Roff(page.usage) + "\n.SH DESCRIPTION\n" +
                     Roff(page.sentence) + "\n.SH OPTIONS\n";
  for (int group = 0; group < kOptionGroups; ++group) {
    const auto options = OptionsOf(page.verb, static_cast<OptionGroup>(group));
    if (options.empty()) continue;
    text += ".SS " + Roff(NameOf(static_cast<OptionGroup>(group))) + "\n";
    for (const Option* option : options) text += Paragraph(*option);
  }
  return text + kExitStatus + ".SH SEE ALSO\n.BR onceload (1)\n";
}

std::string ManualPage(std::span<const VerbPage> pages, std::string_view version) {
  std::string text =
      Head("onceload", version, "load CSV files into Apache Kafka exactly once") +
      ".B onceload\n\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIFILE\\fR...]\n.SH DESCRIPTION\n"
      "Kill it at any instant, as often as you like, and run the same command again: every row is "
      "in the topic once, in order per key, and\n.B onceload verify\nproves it.\n.SH COMMANDS\n";
  for (const VerbPage& page : pages) {
    const std::string name(page.name);
    // Those without options have no page of their own.
    text +=
        page.verb == kNoVerb ? ".TP\n.B onceload " + name : ".TP\n.BR onceload\\-" + name + " (1)";
    text += "\n" + Roff(page.summary) + ".\n";
  }
  return text + kExitStatus;
}

}  // namespace onceload
