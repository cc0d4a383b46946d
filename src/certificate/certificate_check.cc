#include "onceload/certificate/certificate_check.h"

#include <nlohmann/json.hpp>

#include "onceload/core/printable.h"

namespace onceload {

void PrintText(const CertificateCheck& check, std::ostream& stream) {
  PrintableStream out(stream);
  for (const std::string& fault : check.faults) out << "fault: " << fault << "\n";
  out << (check.holds() ? std::string_view("holds: ") : std::string_view("does NOT hold: "))
      << check.rows << " rows of load " << check.load
      << (check.signed_by_key ? std::string_view(", signed by this key")
                              : std::string_view(", not signed"))
      << (check.topic_read ? std::string_view("; the topic has been read again")
                           : std::string_view("; the topic has not been read: -b reads it"))
      << "\n";
}

void PrintJson(const CertificateCheck& check, std::ostream& out) {
  const nlohmann::ordered_json json{{"verdict", check.holds() ? "holds" : "does not hold"},
                                    {"load", check.load},
                                    {"rows", check.rows},
                                    {"signed", check.signed_by_key},
                                    {"topic_read", check.topic_read},
                                    {"faults", check.faults}};
  out << PrintableJson(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) << "\n";
}

}  // namespace onceload
