// Values of options that are more than a text, a number or a choice, and what makes a row of the
// table short.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "onceload/core/clock.h"
#include "onceload/core/name_list.h"
#include "onceload/options/option_table.h"

namespace onceload {

// Throws Error(kUsage); `where` is followed by the word's source, if it is not the command line.
[[noreturn]] void RefuseWord(const Word& word, const std::string& what, const std::string& advice);

// "NAME=VALUE" at the first '='. Throws Error(kUsage) that shows the form.
std::pair<std::string, std::string> SplitAssignment(const Word& word);

// Within the option's bounds. Throws Error(kUsage).
std::uint64_t NumberOf(const Word& word);
// The index among the option's choices. Throws Error(kUsage).
std::size_t ChoiceOf(const Word& word);

// Names of columns by the one rule for all options (core/name_list.h): between commas; of the
// column alone; before an equals sign, with what follows it. Throw Error(kUsage).
std::vector<std::string> NamesOf(const Word& word);
std::string NameOf(const Word& word);
std::pair<std::string, std::string> SplitColumn(const Word& word);

// Texts as they are in a list, for what is frozen or shown.
template <typename Pairs>
std::optional<std::string> JoinedPairs(const Pairs& pairs) {
  std::vector<std::string> texts;
  for (const auto& [name, value] : pairs) {
    texts.push_back(NameText(name, '=') + "=" + std::string(value));
  }
  if (texts.empty()) return std::nullopt;
  return NamesText(texts);
}

// The member that `kAt`, a generic lambda from a Request to a reference, leads to.
template <auto kAt>
using MemberOf = std::remove_cvref_t<decltype(kAt(std::declval<Request&>()))>;

template <auto kAt>
constexpr OptionAccess Flag() {
  return {OptionKind::kFlag,
          [](const Word& word, Request& request) { kAt(request) = word.text == "true"; },
          [](const Option&, const Request& request) -> std::optional<std::string> {
            return kAt(request) ? std::optional<std::string>("true") : std::nullopt;
          }};
}

// A text; empty is not set. Of an optional<string> empty is a text like any other.
template <auto kAt>
constexpr OptionAccess Text(OptionKind kind = OptionKind::kText) {
  return {kind, [](const Word& word, Request& request) { kAt(request) = word.text; },
          [](const Option&, const Request& request) -> std::optional<std::string> {
            if constexpr (std::is_same_v<MemberOf<kAt>, std::string>) {
              if (kAt(request).empty()) return std::nullopt;
            }
            return kAt(request);
          }};
}

// A column's name; empty is not set.
template <auto kAt>
constexpr OptionAccess Column() {
  return {OptionKind::kText,
          [](const Word& word, Request& request) { kAt(request) = NameOf(word); },
          [](const Option&, const Request& request) -> std::optional<std::string> {
            if (kAt(request).empty()) return std::nullopt;
            return NameText(kAt(request), '\0');
          }};
}

// A text for each time the option is given.
template <auto kAt>
constexpr OptionAccess Texts(OptionKind kind = OptionKind::kText) {
  return {kind, [](const Word& word, Request& request) { kAt(request).push_back(word.text); },
          [](const Option&, const Request& request) -> std::optional<std::string> {
            if (kAt(request).empty()) return std::nullopt;
            return NamesText(kAt(request));
          }};
}

template <auto kAt>
constexpr OptionAccess Number(std::uint64_t least, std::uint64_t most) {
  return {OptionKind::kNumber,
          [](const Word& word, Request& request) {
            kAt(request) = static_cast<MemberOf<kAt>>(NumberOf(word));
          },
          [](const Option&, const Request& request) -> std::optional<std::string> {
            return std::to_string(kAt(request));
          },
          {least, most}};
}

// A number that need not be said; below 0: it was not.
template <auto kAt>
constexpr OptionAccess Whole(std::uint64_t least, std::uint64_t most) {
  return {OptionKind::kNumber,
          [](const Word& word, Request& request) {
            kAt(request) = static_cast<MemberOf<kAt>>(NumberOf(word));
          },
          [](const Option&, const Request& request) -> std::optional<std::string> {
            if (kAt(request) < 0) return std::nullopt;
            return std::to_string(kAt(request));
          },
          {least, most}};
}

// A Duration, told in units of `kUnitMs`.
template <auto kAt, std::int64_t kUnitMs>
constexpr OptionAccess Time(std::uint64_t least, std::uint64_t most) {
  return {OptionKind::kNumber,
          [](const Word& word, Request& request) {
            kAt(request) = Duration{static_cast<std::int64_t>(NumberOf(word)) * kUnitMs};
          },
          [](const Option&, const Request& request) -> std::optional<std::string> {
            return std::to_string(kAt(request).count() / kUnitMs);
          },
          {least, most}};
}

// The enumerator at the choice's place.
template <auto kAt>
constexpr OptionAccess Choice() {
  return {OptionKind::kChoice,
          [](const Word& word, Request& request) {
            kAt(request) = static_cast<MemberOf<kAt>>(ChoiceOf(word));
          },
          [](const Option& option, const Request& request) -> std::optional<std::string> {
            return std::string(ChoicesOf(option)[static_cast<std::size_t>(kAt(request))]);
          }};
}

// What the rest of the rows need.
OptionAccess Quote();
OptionAccess Quoting();
OptionAccess Escape();
OptionAccess Delimiter();
OptionAccess NoHeader();
OptionAccess Columns();
OptionAccess EncodingName();
OptionAccess Brokers();
OptionAccess ClientProperty();
OptionAccess TopicConfig();
OptionAccess MaxRateText();
OptionAccess MaxRejects();
OptionAccess Source();
OptionAccess ExpectedSum();

}  // namespace onceload
