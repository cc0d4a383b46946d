// Whether a load's markers will fit once each of its files has an end.
#include "kafka/progress_markers.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "onceload/core/progress_record.h"

namespace onceload {
namespace {

ProgressRecord LoadOf(std::size_t files) {
  ProgressRecord record;
  record.load_name = "load";
  for (std::size_t i = 0; i < files; ++i) {
    record.inputs.push_back({"/data/" + std::to_string(i), i, 1, i, 2});
    // Some are known to the end already.
    if (i % 3 == 0) record.inputs.back().end = InputPosition{0, ByteOffset{i}};
  }
  return record;
}

std::vector<InputPiece> AllMarkersOf(const ProgressRecord& record) {
  return MarkersOf(record, {0, record.inputs.size()});
}

// Of the largest, key and value.
std::size_t MostBytes(const std::vector<InputPiece>& markers) {
  std::size_t most = 0;
  for (const InputPiece& marker : markers) {
    most = std::max(most, marker.key.size() + marker.json.size());
  }
  return most;
}

TEST(ProgressMarkersTest, FitsAsTheMarkersOfTheEndedLoadDo) {
  for (const std::size_t files : {std::size_t{0}, std::size_t{1}, kInputsOfAPiece,
                                  kInputsOfAPiece + 1, 5 * kInputsOfAPiece}) {
    const ProgressRecord record = LoadOf(files);
    ProgressRecord ended = record;
    for (InputFile& input : ended.inputs) {
      if (!input.end) input.end.emplace();
    }
    MarkerLimits limits{"progress", std::size_t{1} << 30, MostBytes(AllMarkersOf(ended))};
    EXPECT_NO_THROW(RequireLoadFits(record, AllMarkersOf(record), limits)) << files;
    --limits.client_bytes_max;
    EXPECT_THROW(RequireLoadFits(record, AllMarkersOf(record), limits), Error) << files;
  }
}

}  // namespace
}  // namespace onceload
