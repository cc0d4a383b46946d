#include "onceload/core/name_list.h"

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"

namespace onceload {
namespace {

// Takes a name in quotes; `text` begins with the opening one.
std::optional<std::string> TakeQuoted(std::string_view& text) {
  std::string json(1, '"');
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    const bool pair = at + 1 < text.size() && (text[at] == '\\' || text.substr(at, 2) == "\"\"");
    if (pair) {
      json += '\\';
      json += text[++at];
    } else if (static_cast<unsigned char>(text[at]) < 0x20) {  // a raw line end, as in a header
      json += nlohmann::json(std::string(1, text[at])).dump().substr(1);
      json.pop_back();
    } else if (text[at] == '"') {
      break;
    } else {
      json += text[at];
    }
  }
  if (at == text.size()) return std::nullopt;
  json += '"';
  text.remove_prefix(at + 1);
  const nlohmann::json name = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!name.is_string()) return std::nullopt;
  return name.get<std::string>();
}

bool MustBeQuoted(const std::string& name, char stop) {
  return name.starts_with('"') || (stop != '\0' && name.find(stop) != std::string::npos) ||
         Printable(name) != name;
}

}  // namespace

std::optional<std::string> TakeName(std::string_view& text, char stop) {
  if (text.starts_with('"')) {
    std::optional<std::string> name = TakeQuoted(text);
    const bool ends = text.empty() || (stop != '\0' && text.front() == stop);
    return ends ? name : std::nullopt;
  }
  const std::size_t end = stop == '\0' ? std::string_view::npos : text.find(stop);
  std::string name(text.substr(0, end));
  text.remove_prefix(name.size());
  return name;
}

std::optional<std::vector<std::string>> NamesFrom(std::string_view text) {
  std::vector<std::string> names;
  for (;;) {
    std::optional<std::string> name = TakeName(text, ',');
    if (!name) return std::nullopt;
    names.push_back(std::move(*name));
    if (text.empty()) return names;
    text.remove_prefix(1);
  }
}

std::string NameText(const std::string& name, char stop) {
  if (!MustBeQuoted(name, stop)) return name;
  // What cannot be seen is written as \u00a0, so that it can be typed. Bytes that are no UTF-8 are
  // U+FFFD: they cannot be, and a header with them is refused for them.
  return nlohmann::json(name).dump(-1, ' ', /*ensure_ascii=*/Printable(name) != name,
                                   nlohmann::json::error_handler_t::replace);
}

std::string NamesText(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ',';
    text += NameText(names[i], ',');
  }
  return text;
}

}  // namespace onceload
