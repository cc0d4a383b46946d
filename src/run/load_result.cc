#include "onceload/run/load_result.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"
#include "onceload/report/remarks.h"

namespace onceload {
namespace {

nlohmann::ordered_json ResultJson(const LoadReport& report) {
  const ProgressRecord& at = report.at;
  nlohmann::ordered_json partitions = nlohmann::ordered_json::array();
  for (const PartitionProgress& p : at.partitions) partitions.push_back(p.rows);
  return {{"load", at.load_name},
          {"load_id", at.load_id},
          {"topic", at.topic},
          {"complete", at.complete},
          {"was_complete", report.was_complete},
          {"known_elsewhere", report.known_elsewhere},
          {"rows", at.rows()},
          {"rows_this_run", at.rows() - report.begin_rows},
          {"input_rows", at.input_rows()},
          {"rejected", at.rejected},
          {"rejected_lines", at.rejected_lines},
          {"dead_letters", at.dead_letters.rows},
          {"dead_letter_topic", at.dead_letter_topic},
          {"empty_lines", at.empty_lines()},
          {"longest_cell_lines", std::max<std::uint64_t>(at.long_cell.lines, 1)},
          {"bytes", BytesDone(at)},
          {"chunk", at.chunk.value},
          {"partitions", partitions},
          {"recovery", NameOf(report.decision)},
          {"restarts", report.restarts},
          {"seconds", static_cast<double>(report.elapsed.count()) / 1000},
          {"loading_seconds", static_cast<double>(report.loading.count()) / 1000}};
}

void PrintText(const LoadReport& report) {
  const ProgressRecord& at = report.at;
  PrintableStream out(std::cout);
  if (report.was_complete) {
    out << at.load_name << ": already loaded, " << at.rows() << " rows; nothing was sent\n";
    return;
  }
  if (at.rejected > 0) {
    out << at.load_name << ": " << at.input_rows() << " rows read = " << at.rows() << " loaded + "
        << at.dead_letters.rows << " dead letters + " << at.rejected - at.dead_letters.rows
        << " skipped";
    if (at.rejected_lines > at.rejected) {
      out << "; the rows not loaded span " << at.rejected_lines << " lines";
    }
    out << "\n";
  }
  const double seconds = static_cast<double>(report.elapsed.count()) / 1000;
  out << at.load_name << ": " << (at.complete ? "loaded" : "stopped at") << " " << at.rows()
      << " rows, " << at.rows() - report.begin_rows << " in this run (" << seconds << " s)"
      << Remarks(at) << "\n";
  for (std::size_t p = 0; p < at.partitions.size(); ++p) {
    out << "  partition " << p << ": " << at.partitions[p].rows << " rows\n";
  }
}

}  // namespace

void PrintResult(const LoadReport& report, bool json) {
  if (json) {
    std::cout << PrintableJson(ResultJson(report).dump()) << "\n";
  } else {
    PrintText(report);
  }
}

}  // namespace onceload
