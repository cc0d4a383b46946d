// Record reader: stopped at any record and resumed there, by blocks of any size, with either byte
// scanner, it reads the same.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "csv/reader_core.h"
#include "fuzz/fuzz.h"
#include "onceload/core/error.h"
#include "onceload/csv/record_reader.h"
#include "unit/csv/csv_testing.h"

namespace onceload {
namespace {

using csv_testing::Parsed;
using csv_testing::ReadAll;
using fuzz::Check;

void Run(fuzz::Input input) {
  constexpr std::array<char, 4> kDelimiters{',', ';', '\t', '|'};
  constexpr std::array<std::size_t, 4> kLimits{kRecordBytesMax, 200, 64, 5};
  ReaderStart start{.position = {}, .dialect = {}};
  start.dialect.delimiter = kDelimiters.at(input.Choose(kDelimiters.size()));
  start.record_bytes_max = kLimits.at(input.Choose(kLimits.size()));
  start.columns = input.Choose(5);
  start.block_bytes = 8192;  // more than any input has: clearing it would take most of the time
  const std::size_t small_block = 1 + input.Choose(130);
  const std::size_t stop = input.Choose(256);
  const fuzz::MemoryFile memory(input.rest());
  const SourceFile file(memory.path());
  if (!file.plain()) return;  // the source target's business

  const Parsed all = ReadAll<ReaderCore<NativeScanner>>(file, start);
  Check(ReadAll<ReaderCore<PortableScanner>>(file, start) == all, "both byte scanners agree");
  ReaderStart by_blocks = start;
  by_blocks.block_bytes = small_block;
  Check(ReadAll(file, by_blocks) == all, "blocks of any size give the same");
  Check(all.end.byte.value == input.rest().size(), "the end is the file's");
  if (all.rows.empty()) return;
  const std::size_t row = stop % all.rows.size();
  ReaderStart later = by_blocks;
  later.position = all.rows[row].after;
  Parsed rest = ReadAll(file, later);
  rest.rows.insert(rest.rows.begin(), all.rows.begin(),
                   all.rows.begin() + static_cast<std::ptrdiff_t>(row) + 1);
  Check(rest == all, "resumed at a record's end it goes on alike");
}

}  // namespace
}  // namespace onceload

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  onceload::Run({data, size});
  return 0;
}
