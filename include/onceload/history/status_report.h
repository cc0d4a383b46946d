// How loads stand, for `onceload status`.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/progress_record.h"

namespace onceload {

struct LoadStanding {
  std::string name;
  std::optional<LoadStatus> ledger;   // nullopt: it is not in the ledger here
  std::optional<std::string> holder;  // who loads it now, on this machine
  bool asked_kafka = false;
  std::optional<ProgressRecord> kafka;  // its newest record there
};

// The ledger's file, with its journal.
struct LedgerSize {
  std::string path;
  std::uint64_t bytes = 0;  // 0: there is none
};

void PrintText(const std::vector<LoadStanding>& loads, const LedgerSize& ledger, std::ostream& to);
// One object: {"loads": [...], "state": {...}}.
void PrintJson(const std::vector<LoadStanding>& loads, const LedgerSize& ledger, std::ostream& to);

}  // namespace onceload
