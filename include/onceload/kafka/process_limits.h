// Whether this process may have the threads and the address space that librdkafka takes without
// looking: where it cannot have them, it ends with SIGSEGV (2.14.2: rd_kafka_broker_add() returns
// NULL, which rd_kafka_broker_add_logical() follows). No row is lost by that, but nobody is told
// why.
#pragma once

#include <cstddef>
#include <cstdint>

namespace onceload {

// Clients that a command has at a time.
struct ClientCount {
  std::size_t readers = 0;
  std::size_t producers = 0;
};

struct ProcessNeeds {
  std::size_t threads = 0;          // of these clients, and those beside them
  std::uint64_t address_space = 0;  // of all the process
};

// Where each client knows so many brokers: it has a connection, and a thread for it, to each.
ProcessNeeds NeedsOf(ClientCount clients, std::size_t brokers);

// Both throw Error(kUsage), naming the limit.

// Before the first client is made, which is the one that tells how many brokers there are: enough
// for a load on three.
void CheckProcessLimits();

// As soon as that is known: enough for the clients that are still to be made. With up to three
// brokers there is nothing new to find, and another trial could only take what is needed.
void CheckProcessLimits(ClientCount further, std::size_t brokers);

}  // namespace onceload
