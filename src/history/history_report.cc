#include "onceload/history/history_report.h"

#include <algorithm>
#include <chrono>

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

using Json = nlohmann::ordered_json;
using Cells = std::vector<std::string>;

std::string TimeText(std::int64_t ms) {
  return ms == 0 ? "" : UtcTime(std::chrono::milliseconds(ms)) + "Z";
}

const Cells kHead{"load",  "topic", "state", "files", "rows",    "rejected",
                  "bytes", "runs",  "kills", "begun", "updated", "first error"};
constexpr std::size_t kFirstNumber = 3;
constexpr std::size_t kLastNumber = 8;

Cells CellsOf(const LoadHistory& load) {
  // What the ledger does not know is empty: 0 would be a claim.
  const auto known = [&](std::uint64_t count) {
    return load.in_ledger ? std::to_string(count) : std::string();
  };
  return {load.name,
          load.topic,
          load.state,
          std::to_string(load.files),
          std::to_string(load.rows),
          std::to_string(load.rejected),
          std::to_string(load.bytes),
          known(load.runs),
          known(load.kills),
          TimeText(load.begun_ms),
          TimeText(load.updated_ms),
          load.first_error};
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + "\"";
}

void PrintCsvRow(const Cells& cells, std::ostream& out) {
  for (std::size_t i = 0; i < cells.size(); ++i) out << (i == 0 ? "" : ",") << CsvField(cells[i]);
  out << "\r\n";  // RFC 4180
}

}  // namespace

void PrintText(const std::vector<LoadHistory>& loads, bool files, std::ostream& stream) {
  PrintableStream out(stream);
  std::vector<Cells> lines{kHead};
  for (const LoadHistory& load : loads) lines.push_back(CellsOf(load));
  std::vector<std::size_t> widths(kHead.size());
  for (Cells& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      line[i] = Printable(line[i]);
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  for (std::size_t l = 0; l < lines.size(); ++l) {
    std::string text;
    for (std::size_t i = 0; i < kHead.size(); ++i) {
      const std::string gap(widths[i] - lines[l][i].size(), ' ');
      const bool number = kFirstNumber <= i && i <= kLastNumber;
      text += (i == 0 ? "" : "  ") + (number ? gap + lines[l][i] : lines[l][i] + gap);
    }
    out << text.substr(0, text.find_last_not_of(' ') + 1) << "\n";
    if (!files || l == 0) continue;
    for (const FileHistory& file : loads[l - 1].inputs) {
      out << "  " << file.path << ": " << file.rows << " rows, " << file.bytes << " bytes"
          << (file.finished ? std::string_view("") : std::string_view(", not to its end")) << "\n";
    }
  }
}

void PrintJson(const std::vector<LoadHistory>& loads, std::ostream& out) {
  Json json{{"loads", Json::array()}};
  for (const LoadHistory& load : loads) {
    const auto known = [&](std::uint64_t count) {
      return load.in_ledger ? Json(count) : Json(nullptr);
    };
    const auto time = [](std::int64_t ms) { return ms == 0 ? Json(nullptr) : Json(ms); };
    Json inputs = Json::array();
    for (const FileHistory& file : load.inputs) {
      inputs.push_back({{"path", file.path},
                        {"rows", file.rows},
                        {"bytes", file.bytes},
                        {"finished", file.finished}});
    }
    json["loads"].push_back({{"name", load.name},
                             {"topic", load.topic},
                             {"state", load.state},
                             {"in_ledger", load.in_ledger},
                             {"files", load.files},
                             {"rows", load.rows},
                             {"rejected", load.rejected},
                             {"bytes", load.bytes},
                             {"runs", known(load.runs)},
                             {"kills", known(load.kills)},
                             {"begun_ms", time(load.begun_ms)},
                             {"updated_ms", time(load.updated_ms)},
                             {"first_error", load.first_error},
                             {"inputs", inputs}});
  }
  // A path may be any bytes; what is no UTF-8 is shown as U+FFFD.
  out << PrintableJson(json.dump(-1, ' ', false, Json::error_handler_t::replace)) << "\n";
}

void PrintCsv(const std::vector<LoadHistory>& loads, bool files, std::ostream& out) {
  Cells head = kHead;
  if (files) head.insert(head.end(), {"file", "file rows", "file bytes"});
  PrintCsvRow(head, out);
  for (const LoadHistory& load : loads) {
    const Cells cells = CellsOf(load);
    if (!files) PrintCsvRow(cells, out);
    for (const FileHistory& file : load.inputs) {
      if (!files) break;
      Cells row = cells;
      row.insert(row.end(), {file.path, std::to_string(file.rows), std::to_string(file.bytes)});
      PrintCsvRow(row, out);
    }
  }
}

}  // namespace onceload
