// Runs a fuzz target without libFuzzer: driver MUTATIONS DIRECTORY...
// First each file of the directories, then that many random changes of them; always the same ones.
#include <algorithm>
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
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

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
  std::mt19937_64 random_{1};
};

void Run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: driver MUTATIONS DIRECTORY...\n");
    return 2;
  }
  try {
    const std::vector<std::string> seeds = ReadSeeds(argc - 2, argv + 2);
    if (seeds.empty()) throw std::runtime_error("no seeds");
    for (const std::string& seed : seeds) Run(seed);
    Mutator mutator(seeds);
    const long mutations = std::strtol(argv[1], nullptr, 10);
    for (long i = 0; i < mutations; ++i) Run(mutator.Next());
    std::printf("%zu seeds, %ld mutations\n", seeds.size(), mutations);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "driver: %s\n", error.what());
    return 1;
  }
}
