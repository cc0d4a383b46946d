#include "onceload/csv/dialect.h"

#include <set>

#include <nlohmann/json.hpp>

#include "onceload/core/error.h"
#include "onceload/core/utf8.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

[[noreturn]] void Refuse(const std::string& what, const std::string& advice) {
  throw Error(ExitCode::kUsage, what, "", advice);
}

bool IsUtf8(std::string_view text) { return !FindUtf8Fault(text); }

// A NUL makes a row bad wherever it stands, and no cell or comment sign can hold a line end.
bool HoldsLineEndOrNul(std::string_view text) {
  return text.find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos;
}

void CheckDelimiter(const std::string& delimiter) {
  if (delimiter.empty() || delimiter.size() > kDelimiterBytesMax) {
    Refuse("the delimiter must have 1 to " + std::to_string(kDelimiterBytesMax) + " bytes",
           "for example --delimiter ';' or --delimiter tab");
  }
  if (HoldsLineEndOrNul(delimiter) || !IsUtf8(delimiter)) {
    Refuse("the delimiter must be UTF-8 text without line end and NUL",
           "for example --delimiter ';' or --delimiter tab");
  }
}

// `c`: the quote or the escape, not 0.
void CheckSign(char c, const std::string& name, const Dialect& dialect) {
  // Blanks: nobody could say whether one is dropped or is the sign.
  if (c == '\n' || c == '\r' || c == ' ' || c == '\t' || static_cast<unsigned char>(c) >= 0x80) {
    Refuse("the " + name + " must be an ASCII character, no blank and no line end",
           "for example --" + name + " \"'\"");
  }
  if (dialect.delimiter.find(c) != std::string::npos) {
    Refuse("delimiter and " + name + " are the same character", "choose another one");
  }
}

void CheckComment(const Dialect& dialect) {
  const std::string& comment = dialect.comment;
  if (comment.empty()) return;
  if (HoldsLineEndOrNul(comment) || !IsUtf8(comment)) {
    Refuse("the comment sign must be UTF-8 text without line end and NUL",
           "for example --comment '#'");
  }
  const char first = comment.front();
  if (comment.starts_with(dialect.delimiter) || dialect.delimiter.starts_with(comment) ||
      first == dialect.quote || first == dialect.escape) {
    Refuse("the comment sign begins as the delimiter, the quote or the escape does",
           "rows would pass for comments: choose another one");
  }
}

void CheckColumns(const std::vector<std::string>& columns) {
  std::set<std::string_view> seen;
  for (const std::string& name : columns) {
    if (name.empty() || !IsUtf8(name) || name.find('\0') != std::string::npos) {
      Refuse("a column's name must be UTF-8 text and not empty", "correct --columns");
    }
    if (!seen.insert(name).second) {
      Refuse("two columns have the same name \"" + name + "\"", "correct --columns");
    }
  }
}

void CheckNullText(const Dialect& dialect) {
  if (!dialect.null_text) return;
  const std::string& text = *dialect.null_text;
  const bool blank_edge =
      !text.empty() && (std::string_view(" \t").find(text.front()) != std::string_view::npos ||
                        std::string_view(" \t").find(text.back()) != std::string_view::npos);
  if (HoldsLineEndOrNul(text) || !IsUtf8(text) ||
      text.find(dialect.delimiter) != std::string::npos ||
      (dialect.quote != '\0' && text.starts_with(dialect.quote)) || (dialect.trim && blank_edge)) {
    Refuse("no unquoted cell can be the null text \"" + text + "\"", "correct --null");
  }
}

std::string TextOf(char sign) { return sign == '\0' ? std::string() : std::string(1, sign); }

// "" or one character.
char SignOf(const Json& value) {
  const auto text = value.get<std::string>();
  if (text.size() > 1 || text == std::string(1, '\0')) {
    throw std::invalid_argument("\"" + text + "\" is no character");
  }
  return text.empty() ? '\0' : text[0];
}

void Set(const std::string& member, const Json& value, Dialect& dialect) {
  if (member == "delimiter") {
    dialect.delimiter = value.get<std::string>();
  } else if (member == "quote") {
    dialect.quote = SignOf(value);
  } else if (member == "escape") {
    dialect.escape = SignOf(value);
  } else if (member == "comment") {
    dialect.comment = value.get<std::string>();
  } else if (member == "trim") {
    dialect.trim = value.get<bool>();
  } else if (member == "skip_lines" && value.is_number_unsigned()) {  // get() would convert -1
    dialect.skip_lines = value.get<std::uint64_t>();
  } else if (member == "columns") {
    dialect.columns = value.get<std::vector<std::string>>();
  } else if (member == "null") {
    dialect.null_text = value.get<std::string>();
  } else {
    throw std::invalid_argument("\"" + member + "\" is not known");
  }
}

}  // namespace

void CheckDialect(const Dialect& dialect) {
  CheckDelimiter(dialect.delimiter);
  if (dialect.quote != '\0') CheckSign(dialect.quote, "quote", dialect);
  if (dialect.escape != '\0') CheckSign(dialect.escape, "escape", dialect);
  if (dialect.escape != '\0' && dialect.escape == dialect.quote) {
    Refuse("quote and escape are the same character",
           "leave --escape out: a doubled quote inside quotes is one quote anyway");
  }
  CheckComment(dialect);
  CheckColumns(dialect.columns);
  CheckNullText(dialect);
}

std::string EncodeDialect(const Dialect& dialect) {
  const Dialect plain;
  Json json = Json::object();
  if (dialect.delimiter != plain.delimiter) json["delimiter"] = dialect.delimiter;
  if (dialect.quote != plain.quote) json["quote"] = TextOf(dialect.quote);
  if (dialect.escape != plain.escape) json["escape"] = TextOf(dialect.escape);
  if (dialect.comment != plain.comment) json["comment"] = dialect.comment;
  if (dialect.trim != plain.trim) json["trim"] = dialect.trim;
  if (dialect.skip_lines != plain.skip_lines) json["skip_lines"] = dialect.skip_lines;
  if (dialect.columns != plain.columns) json["columns"] = dialect.columns;
  if (dialect.null_text) json["null"] = *dialect.null_text;
  return json.dump();
}

Dialect DecodeDialect(std::string_view text) {
  try {
    Dialect dialect;
    const Json json = Json::parse(text);
    if (!json.is_object()) throw std::invalid_argument("it is no object");
    for (const auto& [member, value] : json.items()) Set(member, value, dialect);
    CheckDialect(dialect);
    return dialect;
  } catch (const std::exception& error) {  // ours, nlohmann's, and CheckDialect()'s
    throw Error(ExitCode::kDisagreement,
                std::string("the load's dialect cannot be read: ") + error.what(),
                std::string(text), "use the version of onceload that began the load");
  }
}

}  // namespace onceload
