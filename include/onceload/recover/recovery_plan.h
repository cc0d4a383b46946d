// What a start does about the state the last run left behind: a pure function of three facts.
//
// Kafka is the truth; the ledger is the plan and the history. The facts are gathered after both
// producers' Init() has settled and fenced whatever the last run left (recover.h). Which decision
// belongs to which facts is one table; that every combination has exactly one row is checked by the
// compiler.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace onceload {

// The ledger's last committed chunk L against the progress record's chunk K.
enum class History : std::uint8_t {
  kNothing,     // neither has the load, or the ledger has it and nothing was ever sent
  kLedgerOnly,  // the ledger has chunks, Kafka has no record
  kKafkaOnly,   // Kafka has a record, the ledger no chunk
  kBehind,      // K < L
  kEqual,       // K = L, and both say the same of it
  kAhead,       // K > L
  kConflict,    // K = L, and they say different things
  kOtherLoad,   // two loads of one name: ids differ, and both have chunks
};

// The ledger's intent for chunk L + 1 against the progress record.
enum class Intent : std::uint8_t { kNone, kMatches, kDiffers };

struct Facts {
  // Cluster, topic, partition count, options and input are as they were when the load was begun.
  bool surroundings_same = true;
  History history = History::kNothing;
  Intent intent = Intent::kNone;
};

enum class Decision : std::uint8_t {
  kStart,          // a new load
  kResume,         // at end(L)
  kDiscardIntent,  // chunk L + 1 was aborted: forget it, resume at end(L)
  kPromoteIntent,  // chunk L + 1 was committed: note it, resume at end(L + 1)
  kAdoptKafka,     // the ledger is new or old: take Kafka's record, resume at end(K)
  kRefuse,         // a person must decide
};

// nullopt: any.
struct RecoveryCase {
  char label;
  std::optional<bool> surroundings_same;
  std::optional<History> history;
  std::optional<Intent> intent;
  Decision decision;
  std::string_view why;

  constexpr bool Fits(const Facts& facts) const {
    return (!surroundings_same || *surroundings_same == facts.surroundings_same) &&
           (!history || *history == facts.history) && (!intent || *intent == facts.intent);
  }
};

inline constexpr std::optional<Intent> kAnyIntent{};
inline constexpr std::array kRecoveryCases{
    RecoveryCase{'A',
                 false,
                 {},
                 kAnyIntent,
                 Decision::kRefuse,
                 "cluster, topic, options or input changed: positions would name other rows"},
    RecoveryCase{'B', true, History::kNothing, Intent::kNone, Decision::kStart,
                 "nothing was ever sent"},
    RecoveryCase{'C', true, History::kNothing, Intent::kMatches, Decision::kRefuse,
                 "cannot be: an intent follows a claim"},
    RecoveryCase{'D', true, History::kNothing, Intent::kDiffers, Decision::kRefuse,
                 "cannot be: an intent follows a claim"},
    RecoveryCase{'E', true, History::kLedgerOnly, kAnyIntent, Decision::kRefuse,
                 "Kafka has lost the load's progress: progress topic deleted, or another one"},
    RecoveryCase{'F', true, History::kKafkaOnly, kAnyIntent, Decision::kAdoptKafka,
                 "the ledger is new: state file lost, or another machine"},
    RecoveryCase{'G', true, History::kBehind, kAnyIntent, Decision::kRefuse,
                 "Kafka has lost commits: unclean election, or restored from a backup"},
    RecoveryCase{'H', true, History::kEqual, Intent::kNone, Decision::kResume,
                 "clean stop, or killed before the intent"},
    RecoveryCase{'I', true, History::kEqual, Intent::kMatches, Decision::kDiscardIntent,
                 "killed before the commit: Kafka aborted the rows"},
    RecoveryCase{'J', true, History::kEqual, Intent::kDiffers, Decision::kDiscardIntent,
                 "killed before the commit: Kafka aborted the rows"},
    RecoveryCase{'K', true, History::kAhead, Intent::kMatches, Decision::kPromoteIntent,
                 "killed after the commit: the rows are there"},
    RecoveryCase{'L', true, History::kAhead, Intent::kDiffers, Decision::kAdoptKafka,
                 "the ledger is older than Kafka: restored copy, lost tail, another machine"},
    RecoveryCase{'M', true, History::kAhead, Intent::kNone, Decision::kAdoptKafka,
                 "the ledger is older than Kafka: restored copy, lost tail, another machine"},
    RecoveryCase{'N', true, History::kConflict, kAnyIntent, Decision::kRefuse,
                 "ledger and Kafka hold different outcomes of one chunk"},
    RecoveryCase{'O', true, History::kOtherLoad, kAnyIntent, Decision::kRefuse,
                 "ledger and Kafka hold two loads of one name"},
};

constexpr const RecoveryCase& Decide(const Facts& facts) {
  for (const RecoveryCase& row : kRecoveryCases) {
    if (row.Fits(facts)) return row;
  }
  return kRecoveryCases[0];  // refuse; never reached, see below
}

namespace detail {
constexpr bool EveryFactsFitsExactlyOneCase() {
  for (const bool same : {false, true}) {
    for (int history = 0; history <= static_cast<int>(History::kOtherLoad); ++history) {
      for (int intent = 0; intent <= static_cast<int>(Intent::kDiffers); ++intent) {
        const Facts facts{same, static_cast<History>(history), static_cast<Intent>(intent)};
        int fitting = 0;
        for (const RecoveryCase& row : kRecoveryCases) fitting += row.Fits(facts) ? 1 : 0;
        if (fitting != 1) return false;
      }
    }
  }
  return true;
}
}  // namespace detail
static_assert(detail::EveryFactsFitsExactlyOneCase(), "48 combinations, one row each");

std::string_view NameOf(Decision decision);

}  // namespace onceload
