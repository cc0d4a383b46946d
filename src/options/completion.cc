#include <set>
#include <string>

#include "onceload/core/command_words.h"
#include "onceload/options/invocation.h"
#include "onceload/options/option_pages.h"
#include "options/option_text.h"

namespace onceload {
namespace {

std::string ChoicesText(const Option& option) {
  std::string text;
  for (const std::string_view choice : ChoicesOf(option)) {
    text += (text.empty() ? "" : " ") + std::string(choice);
  }
  return text;
}

std::string Flags(const VerbPage& page) {
  std::string flags = "--help";
  for (const Option* option : OptionsOf(page.verb)) {
    if (option->Is(kPositional)) continue;
    flags += (option->name.size() == 1 ? " -" : " --") + std::string(option->name);
  }
  return flags;
}

// "--name" and "-n" as a bash pattern.
std::string Pattern(const Option& option) {
  const std::string name(option.name);
  if (name.size() == 1) return "-" + name;
  return "--" + name + (option.letter == 0 ? "" : "|-" + std::string(1, option.letter));
}

// What completes the value of an option, by its flag: the same for all verbs.
std::string BashValues() {
  std::string cases;
  std::set<std::string_view> seen;
  for (const Option& option : AllOptions()) {
    if (option.flag() || option.Is(kPositional) || !seen.insert(option.name).second) continue;
    cases += "    " + Pattern(option) + ")\n";
    switch (option.access.kind) {
      case OptionKind::kFile:
        cases += "      compopt -o default; return;;\n";
        break;
      case OptionKind::kDirectory:
        cases += "      COMPREPLY=($(compgen -d -- \"$cur\")); return;;\n";
        break;
      case OptionKind::kChoice:
        cases +=
            "      COMPREPLY=($(compgen -W '" + ChoicesText(option) + "' -- \"$cur\")); return;;\n";
        break;
      default:
        cases += "      return;;\n";
    }
  }
  return cases;
}

std::string Bash(std::span<const VerbPage> pages) {
  std::string names;
  std::string cases;
  for (const VerbPage& page : pages) {
    names += (names.empty() ? "" : " ") + std::string(page.name);
    cases += "    " + std::string(page.name) + ") flags='" + Flags(page) + "';;\n";
  }
  return "# bash completion of onceload\n"
         "_onceload() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} flags=\n"
         "  COMPREPLY=()\n"
         "  if ((COMP_CWORD == 1)); then\n"
         "    COMPREPLY=($(compgen -W '" +
         names +
         "' -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  case $prev in\n" +
         BashValues() +
         "  esac\n"
         "  case ${COMP_WORDS[1]} in\n" +
         cases +
         "  esac\n"
         "  if [[ $cur == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W \"$flags\" -- \"$cur\"))\n"
         "  else\n"
         "    compopt -o default\n"
         "  fi\n"
         "}\n"
         "complete -F _onceload onceload\n";
}

// zsh's _arguments: '--name[what it does]:value:action', which reads brackets and colons.
std::string ZshRow(const Option& option) {
  const std::string name(option.name);
  const std::string text = Escaped(option.help, "[]:\\", "\\");
  const std::string many = option.Is(kRepeatable) ? "*" : "";
  std::string value;
  if (!option.flag()) {
    value = ":" + Escaped(option.value, ":\\", "\\") + ":";
    if (option.access.kind == OptionKind::kFile) value += "_files";
    if (option.access.kind == OptionKind::kDirectory) value += "_files -/";
    if (option.access.kind == OptionKind::kChoice) value += "(" + ChoicesText(option) + ")";
  }
  const auto row = [&](const std::string& flag) {
    return "        " + ShellWord(many + flag + "[" + text + "]" + value) + " \\\n";
  };
  if (option.Is(kPositional)) return "        '*:file:_files' \\\n";
  if (name.size() == 1) return row("-" + name);
  return row("--" + name) + (option.letter == 0 ? "" : row("-" + std::string(1, option.letter)));
}

std::string Zsh(std::span<const VerbPage> pages) {
  std::string names;
  std::string cases;
  for (const VerbPage& page : pages) {
    names += "    '" + std::string(page.name) + ":" + Escaped(page.summary, ":", "\\") + "'\n";
    cases += "    " + std::string(page.name) + ")\n      _arguments \\\n";
    for (const Option* option : OptionsOf(page.verb)) cases += ZshRow(*option);
    cases += "        '--help[this text]';;\n";
  }
  // Words may hold apostrophes ("librdkafka's"); in the list of commands they stand in quotes too.
  return "#compdef onceload\n"
         "_onceload() {\n"
         "  local -a commands=(\n" +
         names +
         "  )\n"
         "  if ((CURRENT == 2)); then\n"
         "    _describe command commands\n"
         "    return\n"
         "  fi\n"
         "  local command=$words[2]\n"
         "  shift words\n"
         "  ((CURRENT--))\n"
         "  case $command in\n" +
         cases +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _onceload ]]; then _onceload \"$@\"; else compdef _onceload "
         "onceload; fi\n";
}

std::string FishQuoted(std::string_view text) { return "'" + Escaped(text, "'\\", "\\") + "'"; }

std::string FishRow(const VerbPage& page, const Option& option) {
  std::string row =
      "complete -c onceload -n '__fish_seen_subcommand_from " + std::string(page.name) + "'";
  if (option.Is(kPositional)) return row + " -F\n";
  row += (option.name.size() == 1 ? " -s " : " -l ") + std::string(option.name);
  if (option.letter != 0) row += " -s " + std::string(1, option.letter);
  if (!option.flag()) {
    row += " -r";
    if (option.access.kind == OptionKind::kFile) row += " -F";
    if (option.access.kind == OptionKind::kDirectory) row += " -a '(__fish_complete_directories)'";
    if (option.access.kind == OptionKind::kChoice) row += " -f -a '" + ChoicesText(option) + "'";
  }
  return row + " -d " + FishQuoted(option.help) + "\n";
}

std::string Fish(std::span<const VerbPage> pages) {
  std::string script = "# fish completion of onceload\ncomplete -c onceload -f\n";
  for (const VerbPage& page : pages) {
    script += "complete -c onceload -n __fish_use_subcommand -a " + std::string(page.name) +
              " -d " + FishQuoted(page.summary) + "\n";
    for (const Option* option : OptionsOf(page.verb)) script += FishRow(page, *option);
  }
  return script;
}

}  // namespace

std::string CompletionScript(Shell shell, std::span<const VerbPage> pages) {
  switch (shell) {
    case Shell::kBash:
      return Bash(pages);
    case Shell::kZsh:
      return Zsh(pages);
    case Shell::kFish:
      break;
  }
  return Fish(pages);
}

}  // namespace onceload
