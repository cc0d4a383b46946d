#include "cli/audit_page_file.h"

#include <fstream>

#include "onceload/core/clock.h"
#include "onceload/core/error.h"
#include "onceload/core/version.h"
#include "onceload/page/audit_page.h"

namespace onceload {

void WriteAuditPage(const Invocation& invocation, const AuditReport& report) {
  const std::string& path = invocation.request.html;
  if (path.empty()) return;
  AuditPage page;
  page.report = report;
  page.made_ms = SystemClock().WallClock().count();
  page.version = Version();
  TakeLedger(StatePathOf(invocation.request), page);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  PrintHtml(page, file);
  file.close();
  if (!file) {
    throw Error(ExitCode::kUsage, "the page cannot be written", path,
                "check the folder, its rights, and the space that is left");
  }
}

}  // namespace onceload
