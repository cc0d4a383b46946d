// Which names of a folder are meant.
#pragma once

#include <algorithm>
#include <string>

#include <fnmatch.h>

#include "onceload/source/input_list.h"

namespace onceload {

// What Spark, Hadoop, rsync and editors leave beside data: _SUCCESS, .part-0.crc, .rows.csv.swp.
inline bool IsHiddenName(const std::string& name) {
  return name.starts_with(".") || name.starts_with("_");
}

// By --include, if it is given.
inline bool IsIncluded(const std::string& name, const InputWishes& wishes) {
  const int flags = wishes.ignore_case ? FNM_CASEFOLD : 0;
  return wishes.includes.empty() ||
         std::any_of(wishes.includes.begin(), wishes.includes.end(), [&](const std::string& p) {
           return fnmatch(p.c_str(), name.c_str(), flags) == 0;
         });
}

}  // namespace onceload
