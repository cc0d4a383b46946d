// The result of an audit as a document for others: an in-toto statement, signed if wished
// (docs/proof.md). Whoever has the files, the topic or the signer's key can check it.
#pragma once

#include <optional>
#include <string>

#include "onceload/certificate/certificate_check.h"
#include "onceload/core/clock.h"
#include "onceload/kafka/client_config.h"
#include "onceload/verify/auditor.h"

namespace onceload {

struct CertifyRequest {
  AuditRequest audit;  // at AuditLevel::kSource
  std::string key;     // a file with an Ed25519 private key; empty: not signed
};

struct Certified {
  AuditReport report;
  std::string text;  // of the certificate, a line of JSON; empty: nothing is proven of a whole load
};

// Throws as Audit does, and Error(kUsage) for a key that is none.
Certified Certify(const CertifyRequest& request, Clock& clock);

struct CheckRequest {
  std::string path;
  std::string public_key;              // a file; empty: the certificate is to be unsigned
  std::optional<ClientConfig> config;  // nullopt: the topic is not read
  Duration retry_budget{0};
};

// The signature, then the numbers against each other, then, where there are brokers, the topic
// against the numbers. Throws Error(kUsage): no such file, it is no certificate, a signed one and
// no key, or the other way round; Error(kDifferences): a signature that is not the key's.
CertificateCheck CheckCertificate(const CheckRequest& request, Clock& clock);

}  // namespace onceload
