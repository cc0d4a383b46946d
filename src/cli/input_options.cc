#include "cli/input_options.h"

#include <array>
#include <utility>

#include "onceload/csv/record_reader.h"

namespace onceload {
namespace {

std::string DelimiterOf(const std::string& text) {
  // An argument with a real tab in it is hard to type, and harder to see.
  return text == "tab" || text == "\\t" ? "\t" : text;
}

char SignOf(const cxxopts::ParseResult& parsed, const std::string& flag) {
  const auto text = parsed[flag].as<std::string>();
  if (text.size() != 1) {
    Refuse("--" + flag + " needs one ASCII character", text, "for example --" + flag + " \"'\"");
  }
  return text[0];
}

char QuoteOf(const cxxopts::ParseResult& parsed) {
  const auto quoting = parsed["quoting"].as<std::string>();
  if (quoting == "minimal") return SignOf(parsed, "quote");
  if (quoting != "none") Refuse("unknown quoting", quoting, "use --quoting minimal or none");
  if (parsed.count("quote") > 0) {
    Refuse("--quote contradicts --quoting none", "", "leave one of them out");
  }
  return '\0';
}

// Names between commas; one with a comma or quote stands in quotes, as in a header.
std::vector<std::string> NamesOf(const std::string& text) {
  std::vector<std::string> names(1);
  bool quoted = false;
  bool name_begins = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool doubled = quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"';
    if (doubled) ++i;
    if (c == '"' && !doubled && (quoted || name_begins)) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      names.emplace_back();
      name_begins = true;
      continue;
    } else {
      names.back() += c;
    }
    name_begins = false;
  }
  if (quoted) Refuse("a quote in --columns is not closed", text, "close it");
  return names;
}

}  // namespace

void AddInputOptions(cxxopts::Options& options) {
  const auto text = [] { return cxxopts::value<std::string>(); };
  options.add_options("Input")("delimiter", "between fields: one or more characters, or tab",
                               text()->default_value(","), "TEXT")(
      "quote", "around fields that hold delimiters or line ends", text()->default_value("\""),
      "CHAR")("quoting", "none: quotes are text like any other", text()->default_value("minimal"),
              "minimal|none")("escape", "makes the next character text, in quotes and outside",
                              text(), "CHAR")("comment", "lines that begin with it are passed over",
                                              text(), "TEXT")(
      "trim", "drop spaces and tabs around fields that are not quoted")(
      "skip-lines", "lines before the header", text()->default_value("0"), "N")(
      "no-header", "the file begins with its first row; needs --columns")(
      "columns", "names of the columns of a file without a header", text(), "NAME,...")(
      "null", "a field that is written so, without quotes, is null", text(), "TEXT")(
      "encoding",
      "of a file without a byte order mark: utf-8 utf-16le utf-16be latin1 windows-1252",
      text()->default_value("utf-8"),
      "NAME")("record-bytes-max", "a longer row, line end included, cannot be loaded",
              text()->default_value(std::to_string(kRecordBytesMax)), "N");
}

std::uint64_t RecordBytesMaxOf(const cxxopts::ParseResult& parsed) {
  const std::uint64_t most = NumberOf(parsed, "record-bytes-max", kRecordBytesMaxLeast);
  if (most > kRecordBytesMaxMost) {
    Refuse("--record-bytes-max can be " + std::to_string(kRecordBytesMaxMost) + " at most",
           std::to_string(most), "no topic takes a longer message");
  }
  return most;
}

Dialect DialectOf(const cxxopts::ParseResult& parsed) {
  const bool no_header = parsed.count("no-header") > 0;
  const std::optional<std::string> columns = Given(parsed, "columns");
  if (no_header && !columns) {
    Refuse("--no-header needs the columns' names", "", "give them with --columns a,b,c");
  }
  if (columns && !no_header) {
    Refuse("--columns is for a file without a header", *columns,
           "add --no-header if its first line is a row; else leave --columns out");
  }
  Dialect dialect;
  dialect.delimiter = DelimiterOf(parsed["delimiter"].as<std::string>());
  dialect.quote = QuoteOf(parsed);
  if (parsed.count("escape") > 0) dialect.escape = SignOf(parsed, "escape");
  dialect.comment = Given(parsed, "comment").value_or("");
  dialect.trim = parsed.count("trim") > 0;
  dialect.skip_lines = NumberOf(parsed, "skip-lines", 0);
  if (columns) dialect.columns = NamesOf(*columns);
  dialect.null_text = Given(parsed, "null");
  CheckDialect(dialect);
  return dialect;
}

Encoding EncodingOf(const cxxopts::ParseResult& parsed) {
  return EncodingFromName(parsed["encoding"].as<std::string>());
}

bool HasDialect(const cxxopts::ParseResult& parsed) {
  for (const char* flag : {"delimiter", "quote", "quoting", "escape", "comment", "trim",
                           "skip-lines", "no-header", "columns", "null"}) {
    if (parsed.count(flag) > 0) return true;
  }
  return false;
}

std::string FlagAgainst(const cxxopts::ParseResult& parsed, const Dialect& dialect) {
  if (!HasDialect(parsed)) return {};
  const Dialect given = DialectOf(parsed);
  const std::array<std::pair<const char*, bool>, 10> differs{{
      {"delimiter", given.delimiter != dialect.delimiter},
      {"quote", given.quote != dialect.quote},
      {"quoting", given.quote != dialect.quote},
      {"escape", given.escape != dialect.escape},
      {"comment", given.comment != dialect.comment},
      {"trim", given.trim != dialect.trim},
      {"skip-lines", given.skip_lines != dialect.skip_lines},
      {"no-header", given.columns.empty() != dialect.columns.empty()},
      {"columns", given.columns != dialect.columns},
      {"null", given.null_text != dialect.null_text},
  }};
  for (const auto& [flag, differ] : differs) {
    if (differ && parsed.count(flag) > 0) return flag;
  }
  return {};
}

std::string FlagsLine(const DialectGuess& guess) {
  std::string line;
  for (const std::string& argument : ArgumentsOf(guess)) {
    line += (line.empty() ? "" : " ") + ShellWord(argument);
  }
  return line;
}

}  // namespace onceload
