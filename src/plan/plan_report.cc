#include "onceload/plan/plan_report.h"

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"
#include "onceload/core/text.h"
#include "onceload/report/remarks.h"

namespace onceload {
namespace {

// Those of Avro, and of others behind a prefix, are.
struct Binary {
  bool key = false;
  bool value = false;

  static Binary Of(const EncodeOptions& encode) {
    const bool prefix = encode.framing == SchemaFraming::kPrefix;
    const auto binary = [prefix](std::optional<SchemaType> type) {
      return type && (prefix || *type != SchemaType::kJson);
    };
    return {binary(SchemaTypeOf(encode.key_format)), binary(SchemaTypeOf(encode.format))};
  }
};

nlohmann::ordered_json MessageJson(const std::optional<std::string>& key, const std::string& value,
                                   const Binary& binary) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  const char* const name = binary.key ? "key_hex" : "key";
  json[name] = key ? nlohmann::ordered_json(binary.key ? HexOf(*key) : *key) : nullptr;
  json[binary.value ? "value_hex" : "value"] = binary.value ? HexOf(value) : value;
  return json;
}

}  // namespace

void PrintText(const Plan& plan, const EncodeOptions& encode, std::ostream& to) {
  const Binary binary = Binary::Of(encode);
  PrintableStream out(to);
  for (const auto& [key, value] : plan.first) {
    out << (!key         ? "(null)"
            : binary.key ? HexOf(*key)
                         : *key)
        << "\t" << (binary.value ? HexOf(value) : value) << "\n";
  }
  for (std::size_t p = 0; p < plan.end.after.partitions.size(); ++p) {
    out << "partition " << p << ": " << plan.end.after.partitions[p].rows << " rows\n";
  }
  for (const std::string& rejected : plan.first_rejected) out << rejected << "\n";
  for (const std::string& notice : plan.notices) out << notice << "\n";
  out << plan.rows() << " rows, " << BytesDone(plan.at) << " bytes, " << plan.seconds
      << " s to read and encode\n";
  if (plan.end.after.rejected > 0) {
    out << plan.end.after.rejected << " of them cannot be loaded"
        << (plan.at.rejected_lines > plan.at.rejected
                ? " (" + std::to_string(plan.at.rejected_lines) + " lines)"
                : std::string())
        << "; see load's --on-error\n";
  }
  if (const std::string remarks = Remarks(plan.at); !remarks.empty()) {
    out << remarks.substr(2) << "\n";
  }
}

void PrintJson(const Plan& plan, const EncodeOptions& encode,
               const std::optional<DialectGuess>& guess, std::ostream& to) {
  const Binary binary = Binary::Of(encode);
  nlohmann::ordered_json messages = nlohmann::ordered_json::array();
  for (const auto& [key, value] : plan.first) messages.push_back(MessageJson(key, value, binary));
  nlohmann::ordered_json partitions = nlohmann::ordered_json::array();
  for (const PartitionProgress& p : plan.end.after.partitions) partitions.push_back(p.rows);
  nlohmann::ordered_json result{{"rows", plan.rows()},
                                {"rejected", plan.end.after.rejected},
                                {"rejected_lines", plan.at.rejected_lines},
                                {"first_rejected", plan.first_rejected},
                                {"bytes", BytesDone(plan.at)},
                                {"empty_lines", plan.at.empty_lines()},
                                {"notices", plan.notices},
                                {"partitions", partitions},
                                {"messages", messages},
                                {"seconds", plan.seconds}};
  if (guess) result["suggested"] = {{"flags", ArgumentsOf(*guess)}, {"why", guess->why}};
  to << PrintableJson(result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace))
     << "\n";
}

}  // namespace onceload
