// What stands in the way of a load, tried before there is one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/core/run_context.h"
#include "onceload/kafka/client_config.h"
#include "onceload/rows/input_rows.h"

namespace onceload {

enum class Health : std::uint8_t { kOk, kWarning, kProblem };
std::string_view NameOf(Health health);

struct HealthCheck {
  std::string about;  // "addresses"
  Health health = Health::kOk;
  std::string found;   // "broker 3 is at kafka-3:9092, which cannot be reached from here"
  std::string remedy;  // what to do; empty where all is well
};

struct DoctorRequest {
  ClientConfig config;
  std::string topic;
  std::string progress_topic;
  std::string dead_letter_topic;     // empty: none
  std::string transactional_id;      // to try transactions with: of none that a load has
  std::string state;                 // the ledger's path
  std::vector<std::string> samples;  // files whose longest rows are to fit; none: nothing to check
  RowRules rows;
  std::uint64_t record_bytes_max = 0;
  Duration wait{10'000};  // for each answer of the brokers'
};

// In the order in which things are tried; what cannot be tried because of a problem before it is
// left out. Writes to the topics in transactions that it aborts, and a scratch file beside the
// ledger that it deletes.
std::vector<HealthCheck> Examine(const DoctorRequest& request, RunContext& context);

}  // namespace onceload
