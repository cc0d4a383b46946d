// What going on in a compressed file costs: skip_bench FILE [RUNS]
// Reads the text of FILE once to learn its length, then skips to its last byte RUNS times (default
// 3), and prints MB/s of text (10^6 bytes) by the processor time used.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <vector>

#include "onceload/core/error.h"
#include "onceload/source/source_file.h"

namespace {

std::uint64_t TextBytes(const onceload::SourceFile& file) {
  std::vector<char> block(std::size_t{1} << 20);
  std::uint64_t at = 0;
  while (const std::size_t n = file.ReadAt(onceload::ByteOffset{at}, block)) at += n;
  return at;
}

void Measure(const char* path, int runs) {
  const std::uint64_t bytes = TextBytes(onceload::SourceFile(path));
  for (int run = 0; run < runs && bytes > 0; ++run) {
    const onceload::SourceFile file(path);
    char last = 0;
    const std::clock_t begin = std::clock();
    static_cast<void>(file.ReadAt(onceload::ByteOffset{bytes - 1}, {&last, 1}));
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    std::printf("%s: %llu bytes of text from %llu in %.3f s: %.0f MB/s\n",
                file.plain() ? "plain" : file.coding().c_str(),
                static_cast<unsigned long long>(bytes),
                static_cast<unsigned long long>(file.identity().size), seconds,
                static_cast<double>(bytes) / seconds / 1e6);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: skip_bench FILE [RUNS]\n");
    return 2;
  }
  try {
    Measure(argv[1], argc > 2 ? std::atoi(argv[2]) : 3);
  } catch (const onceload::Error& error) {
    std::fprintf(stderr, "skip_bench: %s\n", error.Line().c_str());
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "skip_bench: %s\n", error.what());
    return 70;
  }
}
