#include "onceload/report/stderr_lines.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include "onceload/core/printable.h"

namespace onceload {
namespace {

// systemd sets it to device and inode of the stream it has made; a redirected stderr is another
// one.
bool GoesToJournal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat now {};
  if (stream == nullptr || fstat(STDERR_FILENO, &now) != 0) return false;
  return std::to_string(now.st_dev) + ":" + std::to_string(now.st_ino) == stream;
}

}  // namespace

std::string LineHead(NoticeLevel level) {
  static constexpr const char* kWords[] = {
      "onceload: ", "onceload: warning: ", "onceload: error: "};
  static constexpr const char* kPriorities[] = {"<6>", "<4>", "<3>"};
  const auto at = static_cast<std::size_t>(level);
  return GoesToJournal() ? std::string(kPriorities[at]) + kWords[at] : kWords[at];
}

// A logger a line: lines are rare, and so nothing has to be kept or handed about.
void TellLine(const std::string& text, NoticeLevel level) {
  spdlog::logger log("onceload", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  log.set_pattern("%v");
  log.info("{}{}", LineHead(level), Printable(text));
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
