// What is known of loads, and how it is told.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace onceload {

struct FileHistory {
  std::string path;
  std::uint64_t rows = 0;   // loaded or rejected so far
  std::uint64_t bytes = 0;  // of its text, likewise
  bool finished = false;
};

struct LoadHistory {
  std::string name;
  std::string topic;
  std::string state;       // "finished", "unfinished", or "loading" on this machine
  bool in_ledger = false;  // else the runs are not known
  std::uint64_t files = 0;
  std::uint64_t rows = 0;
  std::uint64_t rejected = 0;
  std::uint64_t bytes = 0;
  std::int64_t begun_ms = 0;    // 0: not known
  std::int64_t updated_ms = 0;  // likewise
  std::uint64_t runs = 0;
  std::uint64_t kills = 0;  // runs that ended without a word, and were gone on from
  std::string first_error;
  std::vector<FileHistory> inputs;  // but for those that are kept as keys
};

// `files`: each load's files, too.
void PrintText(const std::vector<LoadHistory>& loads, bool files, std::ostream& out);
void PrintJson(const std::vector<LoadHistory>& loads, std::ostream& out);
// With `files` a row a file, which has its load's figures as well.
void PrintCsv(const std::vector<LoadHistory>& loads, bool files, std::ostream& out);

}  // namespace onceload
