// How one chunk of rows becomes visible in Kafka exactly once.
//
// No transaction spans Kafka and SQLite, so one of them has to be the truth: it is Kafka. One chunk
// is one Kafka transaction: the chunk's messages and one progress record. SQLite keeps the intent
// before the commit and the outcome after it; it may lose its last writes, and rows are neither
// lost nor doubled by that.
//
// Producers take turns, so that k + 1 is sent while the last messages of k are acknowledged and
// k - 1 commits. Rules:
//   1. To each partition k + 1's first message is sent after all of k's are acknowledged: order.
//   2. k + 1's progress record is sent after k's commit has returned: the newest record is the
//   last.
//   3. k + 1 commits after k is confirmed. If k must abort, so must what follows, to be read again.
//
// kSteps is the protocol. Every step ends in its failpoints, the crash tests die at each of them,
// and the table in docs/commit-protocol.md is compared with this one by a test.
#pragma once

#include <array>
#include <string_view>

namespace onceload {

struct ProtocolStep {
  std::string_view step;
  std::string_view failpoints;   // die here, space-separated
  std::string_view durable;      // what is durable then, and where
  std::string_view after_crash;  // what the next start finds, and does
};

inline constexpr std::array kSteps{
    ProtocolStep{"begin and send rows", "after_begin mid_send", "rows, uncommitted",
                 "Init aborts them: resume at end(k-1)"},
    ProtocolStep{"await all acknowledgements", "after_send", "the same, on all in-sync replicas",
                 "the same"},
    ProtocolStep{"await the commit of k-1", "after_previous", "chunk k-1",
                 "progress = k-1, intent k-1: promote it, resume at end(k-1)"},
    ProtocolStep{"send the progress record", "after_mark", "rows and record, uncommitted",
                 "Init aborts them: resume at end(k-1)"},
    ProtocolStep{"intend k and confirm k-1 in SQLite", "after_intend", "intent k, in SQLite",
                 "progress = k-1, intent k: discard it, resume at end(k-1)"},
    ProtocolStep{"commit: request sent, answer unread", "in_commit", "all of chunk k or nothing",
                 "Init settles it, the progress record tells: promote or discard"},
    ProtocolStep{"commit: returned", "after_commit", "chunk k: rows and progress record",
                 "progress = k, intent k: promote it, resume at end(k)"},
};

// The instants before, between and after chunks.
inline constexpr std::array kRunFailpoints{
    ProtocolStep{"lock the load", "after_lock", "nothing", "start as if for the first time"},
    ProtocolStep{"open the ledger", "after_migration", "migrations done so far",
                 "the next migration goes on"},
    ProtocolStep{"look at cluster and topics", "after_preflight", "topics that had to be made",
                 "they are there"},
    ProtocolStep{"Init all producers", "after_init", "every older run is fenced",
                 "Init again: a new epoch"},
    ProtocolStep{"read the progress record", "after_read", "nothing more", "the same"},
    ProtocolStep{"begin the run in SQLite", "after_begin_run", "the run, in SQLite", "a new run"},
    ProtocolStep{"carry the decision out", "after_discard after_promote after_adopt",
                 "at most one SQLite transaction", "the same facts or cleaner ones: idempotent"},
    ProtocolStep{"claim: a progress record of this run", "after_claim",
                 "a progress record, same position", "progress is where it was"},
    ProtocolStep{"confirm the last chunk", "after_confirm", "the last chunk, in SQLite",
                 "resume at the end of the input"},
    ProtocolStep{"seal: a progress record with complete = true", "after_seal",
                 "completeness, in Kafka", "nothing is left to do"},
    ProtocolStep{"complete the load in SQLite", "after_complete", "completeness, in SQLite",
                 "nothing is left to do"},
};

}  // namespace onceload
