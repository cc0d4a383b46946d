// Whether this process may have the threads and the address space that librdkafka takes without
// looking: where it cannot have them, it ends with SIGSEGV (2.14.2: rd_kafka_broker_add() returns
// NULL, which rd_kafka_broker_add_logical() follows). No row is lost by that, but nobody is told
// why.
#pragma once

namespace onceload {

// To be called before the first client is made. Throws Error(kUsage), naming the limit.
void CheckProcessLimits();

}  // namespace onceload
