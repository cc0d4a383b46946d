// How long rows take from being read to being visible to a read_committed reader, which this is.
//
//   visible_latency -b BROKERS -t TOPIC --rows N [--ahead-bytes N] [-X k=v]...
//
// Start it on an empty topic; it prints "ready" once it reads at the end of each partition. Then
// start the load. After N rows it prints percentiles, in milliseconds, of two times:
//
// * sent: from the record's time stamp, which librdkafka takes when the record is handed over, to
//   the clock of this reader when it gets the record.
// * read: an upper bound of the time since the row was read. A loader may have read rows that
//   it has not sent. If these are never more than --ahead-bytes of keys and values, a row was read
//   after the row that many bytes before it was handed over. Records are put into the order of
//   sending by their time stamps.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "topic_consumer.h"

namespace {

struct Arrival {
  std::int64_t sent_ms;
  std::int64_t seen_ms;
  std::uint64_t bytes;
};

std::int64_t NowMs() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

using Message = std::unique_ptr<rd_kafka_message_t, decltype(&rd_kafka_message_destroy)>;

// Throws if there is no message within the wait.
Message Next(bench::TopicConsumer& consumer) {
  Message message(rd_kafka_consumer_poll(consumer.kafka(), bench::kWaitMs),
                  rd_kafka_message_destroy);
  if (!message) throw std::runtime_error("no more records");
  return message;
}

std::vector<Arrival> Watch(bench::TopicConsumer& consumer, std::uint64_t rows) {
  for (std::size_t ends = 0; ends < consumer.partitions(); ++ends) {
    if (bench::TopicConsumer::IsRecord(*Next(consumer))) {
      throw std::runtime_error("the topic is not empty");
    }
  }
  std::puts("ready");
  std::fflush(stdout);
  std::vector<Arrival> arrivals;
  arrivals.reserve(rows);
  while (arrivals.size() < rows) {
    const Message message = Next(consumer);
    if (!bench::TopicConsumer::IsRecord(*message)) continue;
    arrivals.push_back({rd_kafka_message_timestamp(message.get(), nullptr), NowMs(),
                        message->len + message->key_len});
  }
  return arrivals;
}

// For each row, in the order of sending: seen less the sending of the row that many bytes before.
std::vector<std::int64_t> SinceRead(std::span<const Arrival> sent, std::uint64_t ahead_bytes) {
  std::vector<std::int64_t> times;
  times.reserve(sent.size());
  std::size_t before = 0;
  std::uint64_t between = 0;  // bytes of rows `before` up to this one
  for (const Arrival& row : sent) {
    between += row.bytes;
    while (between - sent[before].bytes > ahead_bytes) between -= sent[before++].bytes;
    times.push_back(row.seen_ms - sent[before].sent_ms);
  }
  return times;
}

void Print(const char* name, std::vector<std::int64_t> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](std::size_t percent) {
    return static_cast<long long>(times[(times.size() - 1) * percent / 100]);
  };
  std::printf("%s p50 %lld p90 %lld p99 %lld max %lld\n", name, at(50), at(90), at(99), at(100));
}

void Run(const bench::Options& options) {
  const std::uint64_t rows = options.number("--rows");
  if (rows == 0) throw bench::Usage("--rows is needed");
  bench::TopicConsumer consumer(options);
  std::vector<Arrival> arrivals = Watch(consumer, rows);
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const Arrival& a, const Arrival& b) { return a.sent_ms < b.sent_ms; });
  Print("sent", SinceRead(arrivals, 0));
  Print("read", SinceRead(arrivals, options.number("--ahead-bytes")));
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::array<std::string_view, 2> kNumbers{"--rows", "--ahead-bytes"};
  try {
    Run(bench::Options(std::span(argv, static_cast<std::size_t>(argc)).subspan(1), kNumbers));
    return 0;
  } catch (const bench::Usage& error) {
    std::fprintf(stderr,
                 "visible_latency: %s\nusage: visible_latency -b BROKERS -t TOPIC --rows N "
                 "[--ahead-bytes N] [-X k=v]...\n",
                 error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "visible_latency: %s\n", error.what());
    return 1;
  }
}
