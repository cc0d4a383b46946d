// A load without brokers: sink_bench FILE KEY [RUNS]
// Reads FILE, encodes its rows as JSON with the column KEY as the key, and gives them to send
// queues that hand all of a full request over and have it acknowledged at once: what the load's own
// threads do, and nothing else. In turn with one thread and with two, RUNS times (default 5);
// prints rows/s by the wall clock, processor time a row, and the part of it that is the sending
// thread's.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>

#include "kafka/send_queue.h"
#include "onceload/core/error.h"
#include "onceload/load/row_source.h"
#include "onceload/rows/look_at_inputs.h"

namespace {

constexpr std::size_t kPartitions = 5;
constexpr onceload::RequestLimits kRequest{1'000'000, 100'000};

double SecondsOf(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Returns how many have been acknowledged.
std::uint64_t Send(const onceload::MessageBatch& batch, onceload::SendQueue& queue) {
  std::uint64_t sent = 0;
  queue.Add(batch);
  for (std::size_t lane = 0; lane < queue.lanes(); ++lane) {
    const std::size_t count = queue.Next(lane, onceload::SendQueue::Request::kFull).size();
    if (count == 0) continue;
    queue.Sent(lane, count);
    for (std::size_t i = 0; i < count; ++i) queue.Settled(lane);
    sent += count;
  }
  return sent;
}

void Measure(onceload::RowSourceOptions options, const onceload::ProgressRecord& at, int threads) {
  options.work.threads = threads;
  const double wall = SecondsOf(CLOCK_MONOTONIC);
  const double all = SecondsOf(CLOCK_PROCESS_CPUTIME_ID);
  const double sender = SecondsOf(CLOCK_THREAD_CPUTIME_ID);
  onceload::RowSource source(options, at);
  onceload::SendQueue queue(kPartitions, kRequest);
  onceload::EncodedBatch batch;
  std::uint64_t rows = 0;
  std::uint64_t sent = 0;
  do {
    source.Fill({}, batch);
    rows += batch.rows;
    sent += Send(batch.messages, queue);
  } while (!batch.stops());
  const double per_row = 1e6 / static_cast<double>(rows);
  std::printf("%d thread%s: %.2f M rows/s, %.3f us a row, of the sending thread %.3f; %llu sent\n",
              threads, threads > 1 ? "s" : "",
              static_cast<double>(rows) / (SecondsOf(CLOCK_MONOTONIC) - wall) / 1e6,
              (SecondsOf(CLOCK_PROCESS_CPUTIME_ID) - all) * per_row,
              (SecondsOf(CLOCK_THREAD_CPUTIME_ID) - sender) * per_row,
              static_cast<unsigned long long>(sent));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::fprintf(stderr, "usage: sink_bench FILE KEY [RUNS]\n");
    return 2;
  }
  try {
    onceload::RowSourceOptions options;
    onceload::Inputs inputs = onceload::LookAtInputs({argv[1]}, options.encoding, options.dialect,
                                                     false, onceload::kRecordBytesMax);
    options.columns = inputs.columns;
    options.encode.key_columns = {argv[2]};
    onceload::ProgressRecord at;
    at.rules = onceload::kNewestRules;
    at.inputs = std::move(inputs.files);
    at.partitions.resize(kPartitions);
    const int runs = argc > 3 ? std::atoi(argv[3]) : 5;
    for (int run = 0; run < runs; ++run) {
      for (const int threads : {1, 2}) Measure(options, at, threads);
    }
  } catch (const onceload::Error& error) {
    std::fprintf(stderr, "sink_bench: %s\n", error.Line().c_str());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sink_bench: %s\n", error.what());
    return 70;
  }
}
