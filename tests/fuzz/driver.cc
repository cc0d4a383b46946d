// Runs a fuzz target without libFuzzer: driver SECONDS DIRECTORY...
// First each file of the directories, then for so long random changes of them, drawn from a seed
// that is printed. ONCELOAD_TEST_SEED=N draws those of seed N, as far as the time goes.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "fuzz/fuzz.h"

namespace {

// Long inputs cost time and find no more.
constexpr std::size_t kInputBytesMax = 4096;

std::vector<std::string> ReadSeeds(int count, char** directories) {
  std::vector<std::filesystem::path> paths;
  for (int i = 0; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(directories[i])) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());  // a directory has no order
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& seeds, std::uint64_t seed)
      : seeds_(seeds), random_(seed) {}

  std::string Next() {
    std::string bytes = Seed();
    const std::size_t edits = 1 + Below(6);
    for (std::size_t i = 0; i < edits; ++i) Edit(bytes);
    bytes.resize(std::min(bytes.size(), kInputBytesMax));
    return bytes;
  }

 private:
  std::size_t Below(std::size_t n) { return n == 0 ? 0 : random_() % n; }
  const std::string& Seed() { return seeds_[Below(seeds_.size())]; }

  void Edit(std::string& bytes) {
    const std::size_t at = Below(bytes.size() + 1);
    const std::size_t length = 1 + Below(8);
    switch (Below(5)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ (1U << Below(8)));
        break;
      case 1:
        bytes.insert(at, length, static_cast<char>(Below(256)));
        break;
      case 2:
        bytes.erase(at, length);
        break;
      case 3:
        bytes.insert(at, bytes.substr(Below(bytes.size() + 1), length));
        break;
      default:
        bytes.insert(at, Seed().substr(0, 64));
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
};

// Another one each time: the same changes over and over would find nothing more.
std::uint64_t Seed() {
  const char* given = std::getenv("ONCELOAD_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

void Run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  using Clock = std::chrono::steady_clock;
  const double seconds = argc > 1 ? std::strtod(argv[1], nullptr) : 0;
  if (argc < 3 || seconds <= 0) {
    std::fprintf(stderr, "usage: driver SECONDS DIRECTORY...\n");
    return 2;
  }
  try {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    const std::vector<std::string> seeds = ReadSeeds(argc - 2, argv + 2);
    if (seeds.empty()) throw std::runtime_error("no seeds");
    const std::uint64_t seed = Seed();
    std::printf("ONCELOAD_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);  // a broken property ends the process
    for (const std::string& bytes : seeds) Run(bytes);
    Mutator mutator(seeds, seed);
    long mutations = 0;
    for (; Clock::now() < end; ++mutations) Run(mutator.Next());
    std::printf("%zu seeds, %ld mutations\n", seeds.size(), mutations);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "driver: %s\n", error.what());
    return 1;
  }
}
