#include "onceload/csv/record_split.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <exception>
#include <future>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/csv/csv_header.h"

namespace onceload {
namespace {

// What all threads share. Cut 0 is where rows begin; cut k is the first row behind cut k-1 that
// begins at Target(k) or later.
struct Split {
  const SourceFile* file = nullptr;
  ReaderStart start;  // at the first row
  std::uint64_t parts = 1;

  std::uint64_t first() const { return start.position.byte.value; }
  std::uint64_t end() const { return file->identity().size; }
  std::uint64_t Target(std::uint64_t k) const { return first() + (end() - first()) / parts * k; }
};

// What one thread reads: from a line's begin on, as if a row began there.
struct Stretch {
  std::uint64_t begin = 0;
  std::uint64_t k = 1;  // its first cut
};

struct Cuts {
  std::vector<std::uint64_t> cuts;
  std::optional<std::uint64_t> next;  // the stretch that goes on; nullopt: the file ends
};

// Reads rows until a stretch of `later` begins between two of them, its first cut being the next:
// from there on whoever has begun there reads the same, for all that a reader knows of the rows
// before is where they end. One that begins within a row (a line end in quotes) is passed over, and
// what was read there is nobody's.
Cuts ReadStretch(const Split& split, const SourceFile& file, const Stretch& stretch,
                 std::span<const Stretch> later) {
  ReaderStart start = split.start;
  if (stretch.begin != split.first()) {
    start.position.byte = ByteOffset{stretch.begin};
    start.position.prefix = TailFingerprint(file, start.position.byte);
  }
  RecordReader reader(file, start);
  Cuts found;
  std::uint64_t k = stretch.k;
  std::uint64_t before = stretch.begin;  // the end of the row before
  std::uint64_t target = split.Target(k);
  for (;;) {
    const ReadStatus status = reader.Next();
    if (status == ReadStatus::kEnd) return found;
    const bool is_record = status == ReadStatus::kRecord;
    const std::uint64_t begin = (is_record ? reader.record().begin : reader.bad_row().begin).value;
    while (!later.empty() && later.front().begin <= begin) {
      const Stretch& next = later.front();
      if (before <= next.begin && k == next.k) {
        found.next = next.begin;
        return found;
      }
      later = later.subspan(1);
    }
    before = (is_record ? reader.record().end : reader.bad_row().end).value;
    if (k < split.parts && begin >= target && begin > split.first()) {
      found.cuts.push_back(begin);
      target = split.Target(++k);
    }
  }
}

// Behind the first line feed that is at `at` - 1 or behind; nullopt: none is near.
std::optional<std::uint64_t> LineBeginAt(const SourceFile& file, std::uint64_t at) {
  std::array<char, std::size_t{1} << 16> text{};
  const std::size_t got = file.ReadAt(ByteOffset{at - 1}, text);
  const std::size_t line_feed = std::string_view(text.data(), got).find('\n');
  if (line_feed == std::string_view::npos) return std::nullopt;
  return at + line_feed;
}

// The first begins with the first row; the others where a cut is likely.
std::vector<Stretch> StretchesOf(const Split& split, int threads) {
  std::vector<Stretch> stretches{{split.first()}};
  const std::uint64_t count = std::min(static_cast<std::uint64_t>(threads), split.parts);
  for (std::uint64_t i = 1; i < count; ++i) {
    const std::uint64_t k = split.parts * i / count;
    const std::uint64_t target = split.Target(k);
    if (target <= stretches.back().begin) continue;
    const std::optional<std::uint64_t> begin = LineBeginAt(*split.file, target);
    if (begin && *begin > stretches.back().begin) stretches.push_back({*begin, k});
  }
  return stretches;
}

// What a thread of its own finds; none if it meets with anything: whoever comes there with all rows
// before it counted tells it better.
std::optional<Cuts> ReadAhead(const Split& split, const Stretch& stretch,
                              std::span<const Stretch> later) {
  try {
    const SourceFile file(split.file->path());
    if (!SameFile(file.identity(), split.file->identity())) return std::nullopt;
    return ReadStretch(split, file, stretch, later);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::vector<std::uint64_t> CutsOf(const Split& split, int threads) {
  const std::vector<Stretch> stretches = StretchesOf(split, threads);
  const std::span<const Stretch> all(stretches);
  std::vector<std::future<std::optional<Cuts>>> ahead(stretches.size());
  for (std::size_t i = 1; i < stretches.size(); ++i) {
    // Without a policy: where no thread can be had, get() reads.
    ahead[i] =
        std::async([&split, all, i] { return ReadAhead(split, all[i], all.subspan(i + 1)); });
  }
  std::vector<std::uint64_t> cuts{split.first()};
  std::size_t i = 0;
  for (Cuts found = ReadStretch(split, *split.file, all[0], all.subspan(1));;) {
    cuts.insert(cuts.end(), found.cuts.begin(), found.cuts.end());
    if (!found.next) return cuts;
    while (stretches[i].begin != *found.next) ++i;
    std::optional<Cuts> next = ahead[i].get();
    found = next ? std::move(*next) : ReadStretch(split, *split.file, all[i], all.subspan(i + 1));
  }
}

}  // namespace

std::vector<FileRanges> SplitRecords(const SourceFile& file, const Dialect& dialect,
                                     std::uint64_t parts, std::uint64_t record_bytes_max,
                                     int threads) {
  if (!file.plain()) {
    throw Error(ExitCode::kInput,
                "a file that is packed or recoded (" + file.coding() +
                    ") cannot be read from its middle on",
                file.path(), "unpack it first, as UTF-8");
  }
  const CsvHeader header = ReadHeader(file, dialect, record_bytes_max);
  Split whole;
  whole.file = &file;
  whole.parts = parts;
  whole.start.position = header.end;
  whole.start.columns = header.names.size();
  whole.start.dialect = dialect;
  whole.start.record_bytes_max = record_bytes_max;
  whole.start.line_end = header.line_end;
  std::vector<std::uint64_t> cuts = CutsOf(whole, threads);
  const std::uint64_t first = whole.first();
  cuts.push_back(whole.end());
  std::vector<FileRanges> split;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    FileRanges part{file.path(), {}};
    const bool whole_begin = i == 0 || first == 0;
    if (!whole_begin) part.ranges.push_back({0, first});
    part.ranges.push_back({i == 0 ? 0 : cuts[i], cuts[i + 1]});
    split.push_back(std::move(part));
  }
  return split;
}

}  // namespace onceload
