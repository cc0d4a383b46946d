// The result of an audit as a page for people who have nothing but a browser.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/verify/audit_report.h"

namespace onceload {

struct AuditPage {
  AuditReport report;
  std::vector<LedgerRun> runs;              // none: the ledger here does not know the load
  std::vector<RejectedForReason> rejected;  // likewise
  std::int64_t made_ms = 0;                 // wall clock
  std::string version;
};

// What the ledger knows of a load; nothing, if it does not, or if there is none.
void TakeLedger(const std::string& state, AuditPage& page);

// One HTML document that needs nothing else: no script, no font, no picture. Right at 390 and 1440
// pixels, light and dark, and on paper.
void PrintHtml(const AuditPage& page, std::ostream& out);

// For the text of an element and for an attribute in quotes: what HTML reads as its own, and what
// cannot be seen (core/printable.h), is escaped.
std::string HtmlText(std::string_view text);

}  // namespace onceload
