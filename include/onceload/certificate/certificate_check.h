// Whether a certificate holds, and how it is told.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace onceload {

struct CertificateCheck {
  std::string load;
  std::uint64_t rows = 0;
  bool signed_by_key = false;
  bool topic_read = false;
  std::vector<std::string> faults;  // each a sentence; none: it holds

  bool holds() const { return faults.empty(); }
};

void PrintText(const CertificateCheck& check, std::ostream& out);
// As one JSON object, on one line.
void PrintJson(const CertificateCheck& check, std::ostream& out);

}  // namespace onceload
