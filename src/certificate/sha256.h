// SHA-256: for what is handed to others, who must be able to check it with what they have.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "certificate/openssl_ptr.h"
#include "onceload/kafka/committed_scan.h"

namespace onceload {

class Sha256 {
 public:
  Sha256();

  void Add(std::string_view bytes);
  // The digest of all that was added, in hexadecimal; nothing can be added behind it.
  std::string Hex();

 private:
  DigestContextPtr context_;
};

// A partition's records, in their order:
//   digest = SHA-256 of, for each record:
//     text(key) . text(value) . le32(number of headers)
//     . for each header: text(name) . text(value)
//     . le64(time in ms since 1970; -1: not the load's)
//   text(x) = le32(|x|) . x;  le32(0xffffffff) for a null
class RecordsDigest {
 public:
  // `times`: the records' times are the load's.
  void Add(const CommittedRecord& record, bool times);
  std::uint64_t rows() const { return rows_; }
  std::string Hex() { return sha256_.Hex(); }

 private:
  std::uint64_t rows_ = 0;
  std::string bytes_;  // of the record at hand
  Sha256 sha256_;
};

}  // namespace onceload
