// Which mutant this process plays: ONCELOAD_MUTANT's number, by default none. Which ones it came to
// is written to the file ONCELOAD_MUTANTS_REACHED, a number a line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <type_traits>

namespace onceload_mutants {

inline constexpr std::size_t kMax = 10'000;

struct Player {
  ~Player() {
    if (file == nullptr) return;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      if (reached[i].load(std::memory_order_relaxed)) std::fprintf(file, "%zu\n", i);
    }
    std::fclose(file);
  }

  const char* const text = std::getenv("ONCELOAD_MUTANT");
  const std::size_t chosen = text == nullptr ? kMax : std::strtoul(text, nullptr, 10);
  std::array<std::atomic<bool>, kMax> reached{};
  // Opened by then, and written behind what is there: a death test's process ends before the one
  // that began it, and may be another user's.
  const char* const path = std::getenv("ONCELOAD_MUTANTS_REACHED");
  std::FILE* const file = path == nullptr ? nullptr : std::fopen(path, "a");
};

inline Player player;

constexpr bool IsPlayed(std::size_t number) {
  if (std::is_constant_evaluated()) return false;
  if (!player.reached[number].load(std::memory_order_relaxed)) player.reached[number] = true;
  return number == player.chosen;
}

}  // namespace onceload_mutants

#define ONCELOAD_MUTANT(number) (onceload_mutants::IsPlayed(number))
