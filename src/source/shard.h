// Which of the files that are given a shard takes.
#pragma once

#include <string>
#include <vector>

#include "onceload/source/input_list.h"

namespace onceload {

// A file that is given, and the name that it has on every machine that is given it.
struct DealtFile {
  std::string path;
  std::string name;
};

// The shard's own, in their order. A file goes by its name alone (XXH3-64 of it, without the ending
// of a packing, modulo the number of shards), so those that come later change nothing; ranges of
// one file go to one shard after the other.
std::vector<std::string> DealtTo(const Shard& shard, const std::vector<DealtFile>& files);

}  // namespace onceload
