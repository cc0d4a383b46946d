#include "encode/column_names.h"

#include "encode/json_escape.h"
#include "onceload/core/nearest_name.h"
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
    list += Escaped(CutAtCharacter(names[i], kNameBytesMax));
    if (names[i].size() > kNameBytesMax) list += "...";
  }
  return list;
}

Error NoSuchColumn(std::string_view wanted, std::string_view flag,
                   const std::vector<std::string>& names) {
  const std::string nearest = NearestName(wanted, names);
  return Error(ExitCode::kUsage,
               "no column " + Quoted(wanted, kNameBytesMax) + " for " + std::string(flag),
               "the file has " + ListOf(names),
               nearest.empty() ? "name one of these"
                               : "did you mean " + Quoted(nearest, kNameBytesMax) + "?");
}

std::size_t IndexOf(const std::vector<std::string>& names, const std::string& wanted,
                    std::string_view flag) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end()) throw NoSuchColumn(wanted, flag, names);
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace onceload
