#include "encode/column_names.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <nlohmann/json.hpp>
#include <utf8proc.h>

#include "encode/json_escape.h"
#include "onceload/core/nearest_name.h"
#include "onceload/core/text.h"
#include "onceload/message/message_limits.h"

namespace onceload {
namespace {

constexpr std::size_t kNameBytesMax = 60;   // of one name in a message
constexpr std::size_t kListBytesMax = 400;  // of the list of columns, about

// A terminal obeys DEL and U+0080..U+009F too, which JSON has no need to escape.
bool IsTerminalControl(std::string_view text, std::size_t at) {
  if (text[at] == '\x7f') return true;
  return text[at] == '\xc2' && at + 1 < text.size() && IsContinuation(text[at + 1]) &&
         static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char bytes[kEscapedBytesMax];
    if (NeedsEscape(text[i])) {
      escaped.append(bytes, AppendEscape(text[i], bytes));
    } else if (IsTerminalControl(text, i)) {
      // U+0080..U+009F: the second byte is the code point.
      if (text[i] == '\xc2') ++i;
      escaped.append(bytes, AppendEscape(text[i], bytes));
    } else {
      escaped += text[i];
    }
  }
  return escaped;
}

// As names are compared by people: composed or not, in any case, without what cannot be seen.
std::string Folded(std::string_view name) {
  utf8proc_uint8_t* folded = nullptr;
  constexpr auto kOptions =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPCC);
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()),
                   static_cast<utf8proc_ssize_t>(name.size()), &folded, kOptions);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(folded, &std::free);
  if (size < 0) return std::string(name);
  std::string text(reinterpret_cast<const char*>(folded), static_cast<std::size_t>(size));
  std::erase(text, ' ');
  return text;
}

// With all but ASCII as \u00e9: what looks like another name does not then.
std::string AsciiQuoted(const std::string& name) {
  return nlohmann::json(name).dump(-1, ' ', /*ensure_ascii=*/true,
                                   nlohmann::json::error_handler_t::replace);
}

// Before the one of the fewest edits, one that looks alike.
std::string NearestColumn(std::string_view wanted, const std::vector<std::string>& names) {
  const std::string folded = Folded(wanted);
  const auto alike = std::find_if(names.begin(), names.end(),
                                  [&](const std::string& name) { return Folded(name) == folded; });
  return alike != names.end() ? *alike : NearestName(wanted, names);
}

std::string NearestShown(std::string_view wanted, const std::string& nearest) {
  return Folded(wanted) == Folded(nearest) && Lower(wanted) != Lower(nearest)
             ? AsciiQuoted(nearest)
             : Quoted(nearest, kNameBytesMax);
}

}  // namespace

std::string Quoted(std::string_view text, std::size_t bytes_max) {
  const std::string_view cut = CutAtCharacter(text, bytes_max);
  return '"' + Escaped(cut) + '"' + (cut.size() < text.size() ? "..." : "");
}

std::string ListOf(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (list.size() > kListBytesMax) {
      return list + " and " + std::to_string(names.size() - i) + " more";
    }
    if (i > 0) list += ", ";
    // A blank at its edge would be lost between the others.
    const bool edge = names[i].starts_with(' ') || names[i].ends_with(' ');
    if (edge) {
      list += Quoted(names[i], kNameBytesMax);
      continue;
    }
    list += Escaped(CutAtCharacter(names[i], kNameBytesMax));
    if (names[i].size() > kNameBytesMax) list += "...";
  }
  return list;
}

Error NoSuchColumn(std::string_view wanted, std::string_view flag,
                   const std::vector<std::string>& names) {
  const std::string nearest = NearestColumn(wanted, names);
  return Error(ExitCode::kUsage,
               "no column " + Quoted(wanted, kNameBytesMax) + " for " + std::string(flag),
               "the file has " + ListOf(names),
               nearest.empty() ? "name one of these"
                               : "did you mean " + NearestShown(wanted, nearest) + "?");
}

std::string LikenessOf(const std::vector<std::string>& some,
                       const std::vector<std::string>& others) {
  std::unordered_map<std::string, const std::string*> seen;
  for (const std::string& name : others) seen.emplace(Folded(name), &name);
  for (const std::string& name : some) {
    const auto found = seen.find(Folded(name));
    if (found == seen.end()) continue;
    return "; " + AsciiQuoted(name) + " and " + AsciiQuoted(*found->second) +
           " look alike, and are not the same";
  }
  return {};
}

NameIndex::NameIndex(const std::vector<std::string>& names) : names_(names) {
  places_.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) places_.emplace(names[i], i);
}

std::optional<std::size_t> NameIndex::Find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

std::size_t NameIndex::Of(std::string_view name, std::string_view flag) const {
  const std::optional<std::size_t> found = Find(name);
  if (!found) throw NoSuchColumn(name, flag, names_);
  return *found;
}

std::size_t IndexOf(const std::vector<std::string>& names, const std::string& wanted,
                    std::string_view flag) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) throw NoSuchColumn(wanted, flag, names);
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace onceload
