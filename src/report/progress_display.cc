#include "onceload/report/progress_display.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/report/event_log.h"
#include "onceload/report/stderr_lines.h"
#include "report/event_text.h"

namespace onceload {
namespace {

constexpr Duration kRedrawEvery{200};   // a terminal; faster only flickers
constexpr Duration kPlainEvery{5'000};  // a log file

std::string Clip(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Span(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%luh%02lum", whole / 3600, whole / 60 % 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%lum%02lus", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lus", whole);
  }
  return text;
}

// Percent, rate and time left, all of what is committed, in this run.
struct Figures {
  double percent = 100;
  double rows_per_second = 0;
  double seconds_left = 0;
};

// Where there is no terminal at all, as under cron, systemd and in containers, nobody looks on:
// what cron mails is then what has gone wrong.
ProgressStyle StyleHere() {
  if (isatty(STDERR_FILENO) != 0) return ProgressStyle::kLine;
  const Descriptor terminal(open("/dev/tty", O_WRONLY | O_CLOEXEC | O_NOCTTY));
  return terminal.value() >= 0 ? ProgressStyle::kPlain : ProgressStyle::kNone;
}

class Display final : public RunListener {
 public:
  Display(ProgressStyle style, const Clock& clock) : style_(style), clock_(clock) {}
  ~Display() override { FinishLine(); }

  void On(const RunEvent& event) override {
    if (const auto* begun = std::get_if<RunBegun>(&event)) return Begin(begun->at);
    if (const auto* committed = std::get_if<ChunkCommitted>(&event)) return Update(committed->at);
    if (std::holds_alternative<RunEnded>(event)) return FinishLine();
    if (const std::optional<EventSentence> sentence = SentenceOf(event)) Tell(event, *sentence);
  }

 private:
  void Begin(const CommittedSoFar& at) {
    begun_ = at;
    begun_at_ = clock_.Now();
    shown_at_ = begun_at_;
  }

  void Update(const CommittedSoFar& at) {
    const Duration now = clock_.Now();
    const bool first = !shown_once_;
    const Duration every = style_ == ProgressStyle::kLine ? kRedrawEvery : kPlainEvery;
    if (!first && now - shown_at_ < every && at.bytes < at.bytes_total) return;
    shown_at_ = now;
    shown_once_ = true;
    Show(at, FiguresOf(at, now));
  }

  void Tell(const RunEvent& event, const EventSentence& sentence) {
    if (style_ == ProgressStyle::kJson) return WriteToStderr(EventLine(event, clock_, "") + "\n");
    ClearLine();
    TellLine(sentence.text, sentence.level);
  }

  Figures FiguresOf(const CommittedSoFar& at, Duration now) const {
    Figures figures;
    const double seconds = std::max(0.001, static_cast<double>((now - begun_at_).count()) / 1000);
    if (at.bytes_total > 0) {
      figures.percent = 100.0 * static_cast<double>(at.bytes) / static_cast<double>(at.bytes_total);
    }
    figures.rows_per_second = static_cast<double>(at.rows - begun_.rows) / seconds;
    const double bytes_per_second = static_cast<double>(at.bytes - begun_.bytes) / seconds;
    if (bytes_per_second > 0) {
      figures.seconds_left = static_cast<double>(at.bytes_total - at.bytes) / bytes_per_second;
    }
    return figures;
  }

  void Show(const CommittedSoFar& at, const Figures& figures) {
    const std::string line = Clip(figures.percent, 1) + "% committed, " + std::to_string(at.rows) +
                             " rows, " + Clip(figures.rows_per_second, 0) + " rows/s, " +
                             Span(figures.seconds_left) + " left";
    switch (style_) {
      case ProgressStyle::kLine:
        // \r and erase to the end of the line: the cursor stays where the line begins.
        WriteToStderr("\r" + line + "\x1b[K");
        drawn_ = true;
        break;
      case ProgressStyle::kJson:
        WriteToStderr(nlohmann::ordered_json{{"event", "progress"},
                                             {"bytes", at.bytes},
                                             {"bytes_total", at.bytes_total},
                                             {"rows", at.rows},
                                             {"chunk", at.chunk},
                                             {"percent", figures.percent},
                                             {"rows_per_second", figures.rows_per_second},
                                             {"seconds_left", figures.seconds_left}}
                          .dump() +
                      "\n");
        break;
      case ProgressStyle::kPlain:
        TellLine(line);
        break;
      case ProgressStyle::kAuto:
      case ProgressStyle::kNone:
        break;
    }
  }

  void ClearLine() {
    if (drawn_) WriteToStderr("\r\x1b[K");
    drawn_ = false;
  }

  void FinishLine() {
    if (drawn_) WriteToStderr("\n");
    drawn_ = false;
  }

  ProgressStyle style_;
  const Clock& clock_;
  CommittedSoFar begun_;
  Duration begun_at_{0};
  Duration shown_at_{0};
  bool shown_once_ = false;
  bool drawn_ = false;
};

}  // namespace

std::unique_ptr<RunListener> MakeProgressDisplay(ProgressStyle style, const Clock& clock) {
  if (style == ProgressStyle::kAuto) {
    style = StyleHere();
  }
  return std::make_unique<Display>(style, clock);
}

}  // namespace onceload
