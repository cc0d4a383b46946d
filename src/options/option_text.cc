#include "options/option_text.h"

namespace onceload {

std::string FlagsText(const Option& option) {
  const std::string name(option.name);
  if (name.size() == 1) return "-" + name;
  return (option.letter == 0 ? "" : "-" + std::string(1, option.letter) + ", ") + "--" + name;
}

std::string Sentence(const Option& option) {
  std::string text(option.help);
  if (!option.environment.empty()) text += " (or " + std::string(option.environment) + ")";
  if (const auto standard = DefaultOf(option)) text += " (default: " + *standard + ")";
  if (option.Is(kRepeatable)) text += "; repeatable";
  return text;
}

std::vector<std::string> Wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    std::size_t end = text.size();
    if (end > width) {
      end = text.rfind(' ', width);
      if (end == std::string_view::npos || end == 0) end = text.find(' ');
      if (end == std::string_view::npos) end = text.size();
    }
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end < text.size() ? end + 1 : end);
  }
  return lines;
}

std::string Escaped(std::string_view text, std::string_view special, std::string_view mark) {
  std::string escaped;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) escaped += mark;
    escaped += c;
  }
  return escaped;
}

}  // namespace onceload
