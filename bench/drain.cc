// How fast a topic can be read: all committed records in batches, and nothing done with them. What
// `onceload verify` takes longer than this is the price of the proof.
//
//   drain -b BROKERS -t TOPIC [-X k=v]...
//
// Prints one line: rows, seconds from the assignment to the last partition's end, rows/s, and the
// smallest and largest time stamp (milliseconds since 1970).
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <limits>
#include <span>

#include "topic_consumer.h"

namespace {

constexpr std::size_t kBatch = 10000;
constexpr int kBatchWaitMs = 20;  // how long a batch may fill up

struct Totals {
  std::uint64_t rows = 0;
  std::int64_t first_ms = std::numeric_limits<std::int64_t>::max();
  std::int64_t last_ms = 0;
};

Totals Drain(bench::TopicConsumer& consumer) {
  Totals totals;
  std::vector<rd_kafka_message_t*> batch(kBatch);
  for (std::size_t open = consumer.partitions(); open > 0;) {
    const auto size =
        rd_kafka_consume_batch_queue(consumer.queue(), kBatchWaitMs, batch.data(), kBatch);
    for (rd_kafka_message_t* const message :
         std::span(batch).first(static_cast<std::size_t>(std::max<ssize_t>(size, 0)))) {
      if (bench::TopicConsumer::IsRecord(*message)) {
        ++totals.rows;
        const std::int64_t ms = rd_kafka_message_timestamp(message, nullptr);
        totals.first_ms = std::min(totals.first_ms, ms);
        totals.last_ms = std::max(totals.last_ms, ms);
      } else {
        --open;
      }
      rd_kafka_message_destroy(message);
    }
  }
  return totals;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const bench::Options options(std::span(argv, static_cast<std::size_t>(argc)).subspan(1), {});
    bench::TopicConsumer consumer(options);
    const auto start = std::chrono::steady_clock::now();
    const Totals totals = Drain(consumer);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("rows %llu seconds %.3f rows/s %.0f first_ms %lld last_ms %lld\n",
                static_cast<unsigned long long>(totals.rows), seconds.count(),
                static_cast<double>(totals.rows) / seconds.count(),
                static_cast<long long>(totals.first_ms), static_cast<long long>(totals.last_ms));
    return 0;
  } catch (const bench::Usage& error) {
    std::fprintf(stderr, "drain: %s\nusage: drain -b BROKERS -t TOPIC [-X k=v]...\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "drain: %s\n", error.what());
    return 1;
  }
}
