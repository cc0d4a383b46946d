// How fast RecordReader alone is: reader_bench FILE [RUNS [BLOCK_BYTES]]
// Reads FILE from its header to its end RUNS times (default 5) and prints rows/s and MB/s (10^6
// bytes), fingerprint included: by the wall clock, and by the processor time used, which is what
// counts on a machine that does other things too.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>

#include "onceload/core/error.h"
#include "onceload/csv/csv_header.h"
#include "onceload/csv/record_reader.h"

namespace {

struct Totals {
  std::uint64_t rows = 0;
  std::uint64_t bad_rows = 0;
  std::uint64_t field_bytes = 0;
  onceload::InputPosition end;
};

Totals ReadAll(const onceload::SourceFile& file, std::size_t block_bytes) {
  const onceload::CsvHeader header = onceload::ReadHeader(file, {});
  onceload::RecordReader reader(file, {.position = header.end,
                                       .columns = header.names.size(),
                                       .dialect = {},
                                       .block_bytes = block_bytes});
  Totals totals;
  for (;;) {
    const onceload::ReadStatus status = reader.Next();
    if (status == onceload::ReadStatus::kEnd) break;
    ++totals.rows;
    if (status == onceload::ReadStatus::kBadRow) {
      ++totals.bad_rows;
    } else {
      totals.field_bytes += reader.record().fields.back().size();
    }
  }
  totals.end = reader.position();
  return totals;
}

void Print(const char* clock, const Totals& totals, double seconds) {
  std::printf("  %s %.3f s: %.2f M rows/s, %.0f MB/s", clock, seconds,
              static_cast<double>(totals.rows) / seconds / 1e6,
              static_cast<double>(totals.end.byte.value) / seconds / 1e6);
}

void Measure(const char* path, int runs, std::size_t block_bytes) {
  const onceload::SourceFile file(path);
  for (int run = 0; run < runs; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    const Totals totals = ReadAll(file, block_bytes);
    const std::clock_t cpu_end = std::clock();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    std::printf("%llu rows, %llu bad", static_cast<unsigned long long>(totals.rows),
                static_cast<unsigned long long>(totals.bad_rows));
    Print("wall", totals, wall.count());
    Print("cpu", totals, static_cast<double>(cpu_end - cpu_begin) / CLOCKS_PER_SEC);
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) {
    std::fprintf(stderr, "usage: reader_bench FILE [RUNS [BLOCK_BYTES]]\n");
    return 2;
  }
  try {
    const int runs = argc > 2 ? std::atoi(argv[2]) : 5;
    const std::size_t block = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 0;
    Measure(argv[1], runs, block != 0 ? block : onceload::kReadBlockBytes);
  } catch (const onceload::Error& error) {
    std::fprintf(stderr, "reader_bench: %s\n", error.Line().c_str());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "reader_bench: %s\n", error.what());
    return 70;
  }
}
