// onceload history

#include <iostream>

#include "cli/commands.h"
#include "onceload/history/history.h"
#include "onceload/report/stderr_lines.h"

namespace onceload {

ExitCode RunHistoryCommand(const Invocation& invocation) {
  const Request& asked = invocation.request;
  HistoryRequest request;
  request.state = StatePathOf(asked);
  request.name = asked.name;
  request.progress_topic = asked.topics.progress_topic;
  request.retry_budget = asked.audit_budget;
  request.notice = [](const std::string& text) { TellLine(text); };
  if (!asked.connection.empty()) {
    request.config = ConnectionOf(asked);
    TellRemarks(*request.config);
  }
  SystemClock clock;
  const std::vector<LoadHistory> loads = HistoryOf(request, clock);
  if (asked.json) {
    PrintJson(loads, std::cout);
  } else if (asked.history.csv) {
    PrintCsv(loads, asked.history.files, std::cout);
  } else {
    PrintText(loads, asked.history.files, std::cout);
  }
  return ExitCode::kDone;
}

}  // namespace onceload
