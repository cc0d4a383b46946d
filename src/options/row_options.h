// The part of the table that shapes records, and what its files share.
#pragma once

#include <cstdint>
#include <span>

#include "onceload/options/option_table.h"

namespace onceload {

// Which verbs an option belongs to.
inline constexpr unsigned kLoads = kLoad | kWatch;
inline constexpr unsigned kAudits = kVerify | kCertify;
inline constexpr unsigned kFileReaders = kLoad | kAudits | kPlan;
inline constexpr unsigned kReaders = kFileReaders | kWatch;  // of CSV
inline constexpr unsigned kShapes = kReaders | kDoctor;      // of their rows
inline constexpr unsigned kGrammar = kShapes | kSplit;       // of records alone
inline constexpr unsigned kFinders = kWhere | kFrom;
inline constexpr unsigned kMenders = kRepair | kForget;
inline constexpr unsigned kLedgerUsers =
    kLoads | kAudits | kStatus | kDoctor | kFinders | kHistory | kMenders;
inline constexpr unsigned kClients = kLedgerUsers | kCheckCertificate;
inline constexpr unsigned kAll = kLoads | kVerify | kPlan | kStatus | kDoctor | kCheckCertificate |
                                 kFinders | kHistory | kMenders;

// What no load has, so that a larger number is a typing error.
inline constexpr std::uint64_t kRowsMost = 1'000'000'000'000;

// The rows on how records are read and messages made, and on rows that cannot be. AllOptions() has
// them in their place.
std::span<const Option> RowOptions();

}  // namespace onceload

// A row's member of the Request.
#define ONCELOAD_AT(member) \
  [](auto& request) -> auto& { return request.member; }  // NOLINT(bugprone-macro-parentheses)
