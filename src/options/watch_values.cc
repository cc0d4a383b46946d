#include "options/watch_values.h"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "options/option_values.h"

namespace onceload {
namespace {

using Shown = std::optional<std::string>;

struct TimeUnit {
  std::string_view name;
  std::int64_t ms;
};
// The longest first: a time is shown in the longest that fits.
constexpr std::array kUnits{TimeUnit{"h", 3'600'000}, TimeUnit{"m", 60'000}, TimeUnit{"s", 1'000},
                            TimeUnit{"ms", 1}};
// Between two looks, or for a file to rest: longer is a typing error.
constexpr std::int64_t kTimeMostMs = 86'400'000;
constexpr std::int64_t kTimeLeastMs = 10;  // a look costs a listing of the folder

std::string TimeText(Duration time) {
  for (const TimeUnit& unit : kUnits) {
    if (time.count() % unit.ms == 0) {
      return std::to_string(time.count() / unit.ms) + std::string(unit.name);
    }
  }
  return "";
}

// "10s"
Duration TimeOf(const Word& word, std::string_view text) {
  std::int64_t number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view name(at, static_cast<std::size_t>(text.data() + text.size() - at));
  for (const TimeUnit& unit : kUnits) {
    if (error != std::errc{} || unit.name != name || number > kTimeMostMs / unit.ms) continue;
    const std::int64_t ms = number * unit.ms;
    if (ms >= kTimeLeastMs && ms <= kTimeMostMs) return Duration{ms};
  }
  RefuseWord(word, "--" + std::string(word.option->name) + " needs a time from 10ms to 24h",
             "for example 500ms, 10s or 5m");
}

void TakeReady(const Word& word, Request& request) {
  using Kind = ReadyRule::Kind;
  const std::string_view text = word.text;
  if (text == "rename") {
    request.watch.ready = {};
  } else if (text.starts_with("age:")) {
    request.watch.ready = {Kind::kAge, TimeOf(word, text.substr(4)), ""};
  } else if (text.starts_with("marker:") && text.size() > 7 && text.find('/') == text.npos) {
    request.watch.ready = {Kind::kMarker, Duration{0}, std::string(text.substr(7))};
  } else {
    RefuseWord(word, "--ready needs a rule", "for example rename, age:60s or marker:.done");
  }
}

Shown ShowReady(const Option&, const Request& request) {
  const ReadyRule& rule = request.watch.ready;
  switch (rule.kind) {
    case ReadyRule::Kind::kRename:
      return "rename";
    case ReadyRule::Kind::kAge:
      return "age:" + TimeText(rule.age);
    case ReadyRule::Kind::kMarker:
      return "marker:" + rule.marker;
  }
  return std::nullopt;
}

void TakeAfter(const Word& word, Request& request) {
  using Kind = AfterRule::Kind;
  const std::string& text = word.text;
  if (text == "keep") {
    request.watch.after = {};
  } else if (text == "delete") {
    request.watch.after = {Kind::kDelete, ""};
  } else if (text.starts_with("move:") && text.size() > 5) {
    request.watch.after = {Kind::kMove, text.substr(5)};
  } else {
    RefuseWord(word, "--after needs what to do", "for example keep, move:done or delete");
  }
}

Shown ShowAfter(const Option&, const Request& request) {
  const AfterRule& rule = request.watch.after;
  switch (rule.kind) {
    case AfterRule::Kind::kKeep:
      return "keep";
    case AfterRule::Kind::kMove:
      return "move:" + rule.folder;
    case AfterRule::Kind::kDelete:
      return "delete";
  }
  return std::nullopt;
}

void TakePoll(const Word& word, Request& request) { request.watch.poll = TimeOf(word, word.text); }

Shown ShowPoll(const Option&, const Request& request) { return TimeText(request.watch.poll); }

}  // namespace

OptionAccess Ready() { return {OptionKind::kText, &TakeReady, &ShowReady}; }
OptionAccess After() { return {OptionKind::kText, &TakeAfter, &ShowAfter}; }
OptionAccess Poll() { return {OptionKind::kText, &TakePoll, &ShowPoll}; }

}  // namespace onceload
