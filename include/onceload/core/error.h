// What ends a run: an exit code for the shell and a sentence for the person.
//
// Exceptions end a run; values steer it. An Error is thrown for what no layer can act on, and is
// caught once, in main(). What the load loop must decide on is a value (TxnResult, RowFault,
// Decision).
#pragma once

#include <stdexcept>
#include <string>

namespace onceload {

// The contract with the shell. The README's table is compared with this one by a test.
enum class ExitCode : int {
  kDone = 0,          // loaded, or proven
  kDifferences = 1,   // loaded with rejected rows, or the audit found differences
  kUsage = 2,         // command line, configuration, permissions, state file
  kInput = 3,         // the input cannot be read, is not CSV, or has changed
  kStopped = 4,       // by a signal; the same command goes on
  kKafka = 5,         // Kafka unavailable past the retry budget; the same command goes on
  kHeld = 6,          // another loader holds this load
  kDisagreement = 7,  // state and Kafka disagree; a person must decide
  kBug = 70,          // an assumption of ours does not hold
};

// A message in three parts: what happened, where, and what to do next. `where` and `advice` may be
// empty. All are fragments without a final full stop.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& what, std::string where, std::string advice)
      : std::runtime_error(what),
        code_(code),
        where_(std::move(where)),
        advice_(std::move(advice)) {}

  ExitCode code() const { return code_; }
  const std::string& where() const { return where_; }
  const std::string& advice() const { return advice_; }

  // "<what>: <where>; <advice>", one line: line ends and control characters inside are escaped.
  std::string Line() const;

 private:
  ExitCode code_;
  std::string where_;
  std::string advice_;
};

}  // namespace onceload
