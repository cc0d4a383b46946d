#include "recover/first_difference.h"

#include <algorithm>
#include <cstdint>

namespace onceload {

std::string FirstOtherChunk(InputText& text, const std::vector<std::size_t>& pieces,
                            const std::vector<LedgerChunk>& chunks) {
  std::vector<const LedgerChunk*> ours;
  std::vector<std::uint64_t> lengths;
  for (const LedgerChunk& chunk : chunks) {
    if (std::find(pieces.begin(), pieces.end(), chunk.end.file) == pieces.end()) continue;
    if (!lengths.empty() && chunk.end.byte.value <= lengths.back()) continue;
    ours.push_back(&chunk);
    lengths.push_back(chunk.end.byte.value);
  }
  const std::vector<PrefixFacts> facts = text.Prefixes(lengths);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (facts[i].whole && facts[i].fingerprint == ours[i]->end.prefix) continue;
    return "; the first difference is in chunk " + std::to_string(ours[i]->chunk.value) +
           ", bytes " + std::to_string(i == 0 ? 0 : lengths[i - 1]) + " to " +
           std::to_string(lengths[i]);
  }
  return "";
}

}  // namespace onceload
