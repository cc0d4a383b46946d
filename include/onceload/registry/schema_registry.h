// A schema registry with Confluent's interface, over HTTP.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onceload/core/clock.h"
#include "onceload/schema/message_schema.h"

namespace onceload {

// Where registries are and how they know us. Each text empty: there is none.
struct RegistrySettings {
  std::vector<std::string> urls;  // asked in turn
  std::string user_info;          // user:password
  std::string token;              // bearer
  std::string logical_cluster;    // headers beside the token: target-sr-cluster
  std::string identity_pool;      // Confluent-Identity-Pool-Id
  std::string ca_file;            // of PEM; else ca_pem; else the system's
  std::string ca_pem;
  std::string certificate_file;  // of PEM, or PKCS#12
  std::string key_file;          // PEM; empty: it is in certificate_file
  std::string key_password;
  bool pkcs12 = false;
  bool check_host = true;
};

// How long an answer is waited for, all registries and repetitions together.
inline constexpr Duration kRegistryPatience{8'000};
// Where an answer is wanted and can be done without.
inline constexpr Duration kRegistryGlance{1'500};

// Every call throws Error: kKafka, nobody has answered in time, which a later try may mend; kUsage,
// the registry refuses or does not know, which no waiting mends. Both name URL and question. Used
// by one thread. An interface, for tests.
class SchemaRegistry {
 public:
  virtual ~SchemaRegistry() = default;

  virtual MessageSchema ById(std::uint32_t id) = 0;
  virtual MessageSchema Latest(const std::string& subject) = 0;
  // The id of this schema under the subject; nullopt: it is not registered there.
  virtual std::optional<MessageSchema> Find(const std::string& subject,
                                            const MessageSchema& schema) = 0;
  // The same, and registers it if it is not.
  virtual MessageSchema Register(const std::string& subject, const MessageSchema& schema) = 0;
};

// Throws Error(kUsage): no URL, or one that is none.
std::unique_ptr<SchemaRegistry> MakeHttpRegistry(const RegistrySettings& settings,
                                                 Duration patience);

}  // namespace onceload
