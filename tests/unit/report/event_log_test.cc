#include "onceload/report/event_log.h"

#include <fstream>
#include <map>
#include <regex>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/event_text.h"
#include "support/fixed_clock.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;

Json ObjectOf(const RunEvent& event) {
  return Json::parse(EventLine(event, FixedClock(), "clicks"));
}

template <std::size_t... kIndex>
std::vector<RunEvent> AllOf(std::index_sequence<kIndex...>) {
  return {RunEvent(std::in_place_index<kIndex>)...};
}

// One of each, without content.
std::vector<RunEvent> AllEvents() {
  return AllOf(std::make_index_sequence<std::variant_size_v<RunEvent>>{});
}

TEST(EventLine, SaysWhatWhenAndOfWhichLoad) {
  const Json json = ObjectOf(Restarted{"broker down", 2});
  EXPECT_EQ(json.dump(), R"({"event":"restart","time":"2026-01-31T12:00:00.007Z","load":"clicks",)"
                         R"("cause":"broker down","restarts":2})");
  EXPECT_FALSE(Json::parse(EventLine(Notice{"x"}, FixedClock(), "")).contains("load"));
}

TEST(EventLine, AChunkHasItsTimesOnTheWallClock) {
  ChunkCommitted event{{3, 90, 10, 4096}, Duration{1'000}, Duration{2'000}, {}, {}, {}};
  event.asked = Duration{2'500};
  event.committed = Duration{4'999};
  event.at = {700, 1'000, 190, 3};
  const Json json = ObjectOf(event);
  EXPECT_EQ(json["begun"], "2026-01-31T11:59:56.007Z");
  EXPECT_EQ(json["sent"], "2026-01-31T11:59:57.007Z");
  EXPECT_EQ(json["committed"], "2026-01-31T12:00:00.006Z");
  EXPECT_EQ(json["commit_ms"], 2'499);
  EXPECT_EQ(json["rows"], 90);
  EXPECT_EQ(json["rejected"], 10);
  EXPECT_EQ(json["load_rows"], 190);
  EXPECT_EQ(json["input_bytes_total"], 1'000);
}

TEST(EventLine, IsOneLineWithoutControlsWhateverIsInIt) {
  RowRejected event;
  event.path = "a\x1b[2J\n\xc2\x9b\x9b\x7f\xe2\x80\xae.csv";
  const std::string line = EventLine(event, FixedClock(), "load");
  for (const char c : line) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << line;
  }
  EXPECT_EQ(line.find("\xc2\x9b"), std::string::npos) << line;
  EXPECT_EQ(line.find("\xe2\x80\xae"), std::string::npos) << line;
  // Reads back; only the byte that is no UTF-8 is another one.
  EXPECT_EQ(Json::parse(line)["file"], "a\x1b[2J\n\xc2\x9b\xef\xbf\xbd\x7f\xe2\x80\xae.csv");
}

// docs/events.md: | `event` | when | `member` what, ... |
std::map<std::string, std::set<std::string>> DocumentedMembers() {
  std::ifstream file(ONCELOAD_SOURCE_DIR "/docs/events.md");
  std::map<std::string, std::set<std::string>> members;
  const std::regex row(R"(\| `(\w+)` \|[^|]*\|([^|]*)\|)");
  const std::regex word(R"(`(\w+)`)");
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, row)) continue;
    const std::string cell = match[2];
    std::set<std::string>& names = members[match[1]];
    for (std::sregex_iterator it(cell.begin(), cell.end(), word), end; it != end; ++it) {
      names.insert((*it)[1]);
    }
  }
  return members;
}

TEST(EventLog, EveryMemberIsDocumentedAndNoOther) {
  const auto documented = DocumentedMembers();
  for (const RunEvent& event : AllEvents()) {
    std::set<std::string> members;
    const Json json = ObjectOf(event);
    for (const auto& [name, value] : json.items()) members.insert(name);
    for (const char* common : {"event", "time", "load"}) members.erase(common);
    const auto row = documented.find(json["event"]);
    ASSERT_NE(row, documented.end()) << json["event"];
    EXPECT_EQ(row->second, members) << json["event"];
  }
}

TEST(EventText, SentencesAreTheUsualOnes) {
  const auto text = [](const RunEvent& event) {
    return SentenceOf(event).value_or(EventSentence{}).text;
  };
  EXPECT_EQ(text(WaitBegun{"the brokers", "timed out", Duration{3'000}, Duration{56'900}}),
            "waiting for the brokers (timed out); giving up in 57 s; onceload doctor looks for the "
            "cause");
  EXPECT_EQ(text(WaitEnded{"the brokers", Duration{4'499}}),
            "Kafka answers again after 4 s, going on");
  EXPECT_EQ(text(Restarted{"why", 1}),
            "beginning again with new producers from the last committed chunk: why");
  EXPECT_EQ(text(ClaimAwaited{Duration{9'000}}),
            "this run's producers were fenced: waiting for another loader to claim the load; going "
            "on by itself in 9 s");
  EXPECT_EQ(text(TopicMade{TopicMade::Role::kTarget, "t", 5}), "made topic t with 5 partitions");
  EXPECT_EQ(text(TopicMade{TopicMade::Role::kProgress, "p", 16}), "made progress topic p");
  EXPECT_EQ(text(TopicMade{TopicMade::Role::kDeadLetters, "d", 1}), "making dead letter topic d");
  EXPECT_EQ(text(WeakSetting{"fact", "why"}), "fact: why");
}

TEST(EventText, WarningsAreWhatAPersonShouldMend) {
  std::set<std::string_view> warnings;
  for (const RunEvent& event : AllEvents()) {
    const auto sentence = SentenceOf(event);
    if (!sentence || sentence->level != NoticeLevel::kWarning) continue;
    warnings.insert(std::visit([](const auto& e) { return e.kName; }, event));
  }
  const std::set<std::string_view> expected{"file_failed", "folder_away", "row_remark",
                                            "throttled",   "wait_begun",  "weak_setting"};
  EXPECT_EQ(warnings, expected);
}

TEST(RunListeners, EachHearsAllInTheirOrder) {
  class Letters final : public RunListener {
   public:
    Letters(std::string& heard, char letter) : heard_(heard), letter_(letter) {}
    void On(const RunEvent& event) override {
      (heard_ += letter_) += std::to_string(event.index());
    }

   private:
    std::string& heard_;
    char letter_;
  };
  std::string heard;
  RunListeners listeners;
  listeners.Add(std::make_unique<Letters>(heard, 'a'));
  listeners.Add(std::make_unique<Letters>(heard, 'b'));
  listeners.On(RunBegun{});
  listeners.On(RunEnded{});
  EXPECT_EQ(heard, "a0b0a1b1");
}

}  // namespace
}  // namespace onceload
