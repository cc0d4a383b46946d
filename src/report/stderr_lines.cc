#include "onceload/report/stderr_lines.h"

#include <cstdio>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "onceload/core/printable.h"

namespace onceload {

// A logger a line: lines are rare, and so nothing has to be kept or handed about.
void TellLine(const std::string& text, NoticeLevel level) {
  spdlog::logger log("onceload", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log.set_pattern("onceload: %v");
  log.info("{}{}", level == NoticeLevel::kWarning ? "warning: " : "", Printable(text));
  log.flush();
}

void WriteToStderr(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void WriteToStderrAtOnce(std::string_view text) {
  static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
}

}  // namespace onceload
