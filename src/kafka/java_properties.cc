#include "kafka/java_properties.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>

#include "onceload/core/utf8.h"

namespace onceload {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\f'; }

// A logical line: physical ones joined at a trailing backslash, leading white space dropped.
struct LogicalLine {
  std::string text;
  std::size_t number = 0;
};

bool EndsInOddBackslashes(std::string_view line) {
  std::size_t count = 0;
  while (count < line.size() && line[line.size() - 1 - count] == '\\') ++count;
  return count % 2 == 1;
}

std::vector<LogicalLine> LogicalLines(std::string_view text) {
  std::vector<LogicalLine> lines;
  bool goes_on = false;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find_first_of("\r\n");
    std::string_view line = text.substr(0, end);
    std::size_t next = end == std::string_view::npos ? text.size() : end + 1;
    if (end != std::string_view::npos && text.substr(end, 2) == "\r\n") ++next;
    text.remove_prefix(next);
    while (!line.empty() && IsSpace(line.front())) line.remove_prefix(1);
    if (!goes_on && (line.empty() || line.front() == '#' || line.front() == '!')) continue;
    if (!goes_on) lines.push_back({{}, number});
    goes_on = EndsInOddBackslashes(line);
    if (goes_on) line.remove_suffix(1);
    lines.back().text += line;
  }
  return lines;
}

std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const char escaped = text[++i];
    static const std::map<char, char> kControls{{'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'f', '\f'}};
    if (const auto found = kControls.find(escaped); found != kControls.end()) {
      out += found->second;
    } else if (escaped == 'u' && i + 4 < text.size()) {
      AppendUtf8(static_cast<std::uint32_t>(
                     std::strtoul(std::string(text.substr(i + 1, 4)).c_str(), nullptr, 16)),
                 out);
      i += 4;
    } else {
      out += escaped;
    }
  }
  return out;
}

// As Kafka's ConfigDef does with each value, and String.trim() with each character up to a blank.
std::string Trimmed(const std::string& text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  const auto begin = std::find_if_not(text.begin(), text.end(), blank);
  const auto end = std::find_if_not(text.rbegin(), std::make_reverse_iterator(begin), blank);
  return {begin, end.base()};
}

JavaProperty SplitProperty(const LogicalLine& line) {
  const std::string_view text = line.text;
  std::size_t end = 0;
  while (end < text.size() && !IsSpace(text[end]) && text[end] != '=' && text[end] != ':') {
    end += text[end] == '\\' ? 2 : 1;
  }
  end = std::min(end, text.size());
  std::size_t value = end;
  while (value < text.size() && IsSpace(text[value])) ++value;
  if (value < text.size() && (text[value] == '=' || text[value] == ':')) ++value;
  while (value < text.size() && IsSpace(text[value])) ++value;
  return {Unescape(text.substr(0, end)), Trimmed(Unescape(text.substr(value))), line.number};
}

// The next word, quoted string or single character of a JAAS configuration.
std::string NextToken(std::string_view& text) {
  while (!text.empty() && (IsSpace(text.front()) || text.front() == '\n' || text.front() == '\r')) {
    text.remove_prefix(1);
  }
  std::string token;
  if (text.empty()) return token;
  const char first = text.front();
  if (first == '"' || first == '\'') {
    std::size_t i = 1;
    for (; i < text.size() && text[i] != first; ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      token += text[i];
    }
    text.remove_prefix(std::min(i + 1, text.size()));
    return token;
  }
  const std::size_t end = text.find_first_of(" \t\f\r\n=;\"'");
  const std::size_t size = end == 0 ? 1 : std::min(end, text.size());
  token = text.substr(0, size);
  text.remove_prefix(size);
  return token;
}

}  // namespace

std::vector<JavaProperty> ParseJavaProperties(std::string_view text) {
  std::vector<JavaProperty> properties;
  for (const LogicalLine& line : LogicalLines(text)) properties.push_back(SplitProperty(line));
  return properties;
}

JaasLogin ParseJaasConfig(std::string_view text) {
  JaasLogin login;
  login.module = NextToken(text);
  while (!text.empty()) {
    const std::string name = NextToken(text);
    std::string_view rest = text;
    if (NextToken(rest) != "=") continue;
    text = rest;
    login.options[name] = NextToken(text);
  }
  return login;
}

}  // namespace onceload
