#include "source/shard.h"

#include <cstdint>
#include <map>

#include "onceload/core/digest.h"
#include "onceload/core/path_name.h"
#include "onceload/source/byte_ranges.h"

namespace onceload {

std::vector<std::string> DealtTo(const Shard& shard, const std::vector<DealtFile>& files) {
  std::vector<std::string> dealt;
  std::map<std::string, std::uint64_t> ranges;  // so far, by the file they are of
  for (const DealtFile& file : files) {
    std::string name = file.name;
    std::uint64_t turn = 0;
    if (const auto parts = RangesOf(file.path)) {
      name = NameOfPath(parts->path);
      turn = ranges[parts->path]++;
    }
    const std::uint64_t number = DigestOf(WithoutPacking(name)).value % shard.count + turn;
    if (number % shard.count == shard.index) dealt.push_back(file.path);
  }
  return dealt;
}

}  // namespace onceload
