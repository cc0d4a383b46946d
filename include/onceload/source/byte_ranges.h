// Parts of a file as an input of its own, by its name: "big.csv#bytes=0-56,1000-1999" is the file's
// first 57 bytes and then a thousand further on, with both ends in it as HTTP has them (RFC 9110).
// That text, and nothing else of the file, is what such an input is known by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace onceload {

struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // just past its last byte

  std::uint64_t size() const { return end - begin; }
  bool operator==(const ByteRange&) const = default;
};

struct FileRanges {
  std::string path;               // of the file
  std::vector<ByteRange> ranges;  // none is empty

  std::string Name() const;
  bool operator==(const FileRanges&) const = default;
};

// nullopt: the name says no ranges, or a file has this very name.
std::optional<FileRanges> RangesOf(const std::string& name);

}  // namespace onceload
