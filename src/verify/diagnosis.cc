#include "verify/diagnosis.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace onceload {
namespace {

// Indices in the order of the digests, equal ones in their own.
template <typename Sighting>
std::vector<Index> ByDigest(const std::vector<Sighting>& sightings) {
  std::vector<Index> order(sightings.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::sort(order.begin(), order.end(), [&](Index a, Index b) {
    const std::uint64_t x = sightings[a].record.value;
    const std::uint64_t y = sightings[b].record.value;
    return x != y ? x < y : a < b;
  });
  return order;
}

// One past the last index that has a partner.
std::size_t EndOfMatched(const std::vector<Index>& partners) {
  std::size_t end = partners.size();
  while (end > 0 && partners[end - 1] == kNone) --end;
  return end;
}

// Marks the records whose key has rows in another order than the file.
std::vector<bool> RecordsOfBrokenKeys(const Window& window, const Matching& matching) {
  std::vector<std::pair<std::uint64_t, Index>> by_key;
  for (Index i = 0; i < window.records.size(); ++i) {
    const std::uint64_t key = window.records[i].key.value;
    if (key != 0 && matching.row_of_record[i] != kNone) by_key.emplace_back(key, i);
  }
  std::sort(by_key.begin(), by_key.end());
  std::vector<bool> broken(window.records.size(), false);
  for (std::size_t i = 1; i < by_key.size(); ++i) {
    const auto [key_before, before] = by_key[i - 1];
    const auto [key, record] = by_key[i];
    if (key != key_before || matching.row_of_record[before] < matching.row_of_record[record]) {
      continue;
    }
    broken[before] = broken[record] = true;
  }
  return broken;
}

void FindLate(const Window& window, const Matching& matching, PartitionDiagnosis& diagnosis) {
  Index latest = kNone;
  for (Index record = 0; record < window.records.size(); ++record) {
    const Index row = matching.row_of_record[record];
    if (row == kNone) continue;
    if (latest == kNone || row > latest) {
      latest = row;
    } else {
      diagnosis.late.push_back({record, row, latest, false});
    }
  }
  if (diagnosis.late.empty()) return;
  const std::vector<bool> broken = RecordsOfBrokenKeys(window, matching);
  for (Late& late : diagnosis.late) late.breaks_key = broken[late.record];
  diagnosis.order_per_key = std::find(broken.begin(), broken.end(), true) == broken.end();
}

// For each of the sorted `unmatched`: the nearest thing before it that has a partner, as `name`
// calls that pair. So what lies in one gap has one number, on both sides.
template <typename Name>
std::vector<Index> Gaps(const std::vector<Index>& unmatched, const std::vector<Index>& partners,
                        const Name& name) {
  std::vector<Index> gaps;
  Index gap = kNone;
  Index at = 0;
  for (const Index index : unmatched) {
    for (; at < index; ++at) {
      if (partners[at] != kNone) gap = name(at);
    }
    gaps.push_back(gap);
  }
  return gaps;
}

// Removes those whose place in `taken` is set.
void Drop(std::vector<Index>& indices, const std::vector<bool>& taken) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (!taken[i]) indices[kept++] = indices[i];
  }
  indices.resize(kept);
}

struct Leftover {
  std::uint64_t digest;
  std::size_t window;
  std::size_t place;  // in the diagnosis's list
};

bool operator<(const Leftover& a, const Leftover& b) {
  return std::tie(a.digest, a.window, a.place) < std::tie(b.digest, b.window, b.place);
}

}  // namespace

Matching Match(const Window& window) {
  Matching matching;
  matching.record_of_row.assign(window.rows.size(), kNone);
  matching.row_of_record.assign(window.records.size(), kNone);
  matching.twin.assign(window.records.size(), kNone);
  const std::vector<Index> rows = ByDigest(window.rows);
  const std::vector<Index> records = ByDigest(window.records);
  std::size_t r = 0;
  for (const Index record : records) {
    const Digest digest = window.records[record].record;
    while (r < rows.size() && window.rows[rows[r]].record.value < digest.value) ++r;
    if (r < rows.size() && window.rows[rows[r]].record == digest) {
      matching.row_of_record[record] = rows[r];
      matching.record_of_row[rows[r]] = record;
      ++r;
    } else if (r > 0 && window.rows[rows[r - 1]].record == digest) {
      matching.twin[record] = rows[r - 1];
    }
  }
  return matching;
}

PartitionDiagnosis Diagnose(const Window& window, const Matching& matching) {
  PartitionDiagnosis diagnosis;
  const std::size_t rows = window.cut ? EndOfMatched(matching.record_of_row) : window.rows.size();
  Index row = 0;
  while (window.headless && row < rows && matching.record_of_row[row] == kNone) ++row;
  for (; row < rows; ++row) {
    if (matching.record_of_row[row] == kNone) diagnosis.lost.push_back(row);
  }
  const std::size_t records =
      window.cut ? EndOfMatched(matching.row_of_record) : window.records.size();
  for (Index record = 0; record < records; ++record) {
    if (matching.row_of_record[record] != kNone) continue;
    if (matching.twin[record] != kNone) {
      diagnosis.doubled.push_back({matching.twin[record], record});
    } else {
      diagnosis.foreign.push_back(record);
    }
  }
  FindLate(window, matching, diagnosis);
  return diagnosis;
}

void PairChanged(const Matching& matching, PartitionDiagnosis& diagnosis) {
  std::vector<Index>& lost = diagnosis.lost;
  std::vector<Index>& foreign = diagnosis.foreign;
  const std::vector<Index> row_gaps =
      Gaps(lost, matching.record_of_row, [](Index row) { return row; });
  const std::vector<Index> record_gaps = Gaps(foreign, matching.row_of_record, [&](Index record) {
    return matching.row_of_record[record];
  });
  // With rows out of order the gaps' numbers do not ascend: they are looked up.
  std::vector<std::pair<Index, std::size_t>> by_gap;
  for (std::size_t i = 0; i < record_gaps.size(); ++i) {
    by_gap.emplace_back(record_gaps[i] + 1, i);  // kNone, before all pairs, becomes 0
  }
  std::sort(by_gap.begin(), by_gap.end());
  std::vector<bool> row_taken(lost.size(), false);
  std::vector<bool> record_taken(foreign.size(), false);
  auto next = by_gap.begin();
  for (std::size_t i = 0; i < lost.size(); ++i) {
    const Index gap = row_gaps[i] + 1;
    while (next != by_gap.end() && next->first < gap) ++next;
    if (next == by_gap.end() || next->first != gap) continue;
    diagnosis.changed.push_back({lost[i], foreign[next->second]});
    row_taken[i] = record_taken[next->second] = true;
    ++next;
  }
  Drop(lost, row_taken);
  Drop(foreign, record_taken);
}

std::vector<Moved> TakeMoved(const std::vector<Window>& windows,
                             std::vector<PartitionDiagnosis>& diagnoses) {
  std::vector<Leftover> rows;
  std::vector<Leftover> records;
  std::vector<std::vector<bool>> row_taken(windows.size());
  std::vector<std::vector<bool>> record_taken(windows.size());
  for (std::size_t w = 0; w < windows.size(); ++w) {
    const PartitionDiagnosis& diagnosis = diagnoses[w];
    for (std::size_t i = 0; i < diagnosis.lost.size(); ++i) {
      rows.push_back({windows[w].rows[diagnosis.lost[i]].record.value, w, i});
    }
    for (std::size_t i = 0; i < diagnosis.foreign.size(); ++i) {
      records.push_back({windows[w].records[diagnosis.foreign[i]].record.value, w, i});
    }
    row_taken[w].assign(diagnosis.lost.size(), false);
    record_taken[w].assign(diagnosis.foreign.size(), false);
  }
  std::sort(rows.begin(), rows.end());
  std::sort(records.begin(), records.end());
  std::vector<Moved> moved;
  auto row = rows.begin();
  for (const Leftover& record : records) {
    while (row != rows.end() && row->digest < record.digest) ++row;
    if (row == rows.end() || row->digest != record.digest) continue;
    moved.push_back({row->window, diagnoses[row->window].lost[row->place], record.window,
                     diagnoses[record.window].foreign[record.place]});
    row_taken[row->window][row->place] = true;
    record_taken[record.window][record.place] = true;
    ++row;
  }
  for (std::size_t w = 0; w < windows.size(); ++w) {
    Drop(diagnoses[w].lost, row_taken[w]);
    Drop(diagnoses[w].foreign, record_taken[w]);
  }
  return moved;
}

RowNumber RowBefore(const Window& window, const Matching& matching, Index record) {
  while (record > 0) {
    const Index row = matching.row_of_record[--record];
    if (row != kNone) return window.rows[row].row;
  }
  return window.row_before;
}

}  // namespace onceload
