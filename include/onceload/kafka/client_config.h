// Client properties as the user gives them, checked, in librdkafka's names.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace onceload {

// What a person should know of the properties.
struct ConfigRemark {
  std::string text;
  bool warning = false;
};

// Takes librdkafka's names and those of a Java client.properties, which people have at hand. What
// becomes of each is in src/kafka/property_table.cc, and docs/properties.md has that table:
// renamed, passed over, refused with the reason, or what exactly-once rests on and cannot be set. A
// value may refer to a variable or a file (secrets.h). All that is refused is an Error(kUsage):
// also an unknown property (with the nearest name), and a value librdkafka refuses.
class ClientConfig {
 public:
  // `source` is where it was said ("-X", "client.properties:12"), for messages.
  // A later Set() of the same name wins.
  void Set(const std::string& name, const std::string& value, const std::string& source);

  // Java properties syntax: name=value or name:value, # and ! comments, \ at a line's end goes on.
  void LoadFile(const std::string& path);

  // Once all is set, and again after more has been. Throws Error(kUsage) where properties that are
  // fine alone do not fit together.
  void Finish();

  // After Finish(). librdkafka name -> value.
  const std::map<std::string, std::string>& properties() const { return properties_; }
  // "bootstrap.servers", or empty.
  std::string bootstrap() const;

  // After Finish(), for people.
  std::vector<ConfigRemark> remarks() const;
  void Tell(ConfigRemark remark) { remarks_.push_back(std::move(remark)); }
  // What those properties say that are a schema registry's, by their names without
  // "schema.registry."; empty: nothing. Throws Error(kUsage) for a reference that leads nowhere.
  std::string RegistryProperty(const std::string& name) const;
  // They are none that are passed over.
  void UseRegistry();
  // Values that nothing may print.
  std::vector<std::string> secrets() const;

  // The same, with what its values refer to read anew: a password that has been changed since. What
  // cannot be read just now stays as it is.
  ClientConfig Renewed() const;

  // Set once brokers have answered a client of this configuration or of a copy of it: they speak
  // its protocol and have taken its credentials, so what another of its clients meets later is
  // something else. Never null.
  const std::shared_ptr<std::atomic<bool>>& answered() const { return answered_; }

 private:
  struct Said {
    std::string name;
    std::string value;  // as it was given
    std::string source;
  };
  struct Value {
    std::string text;
    std::string source;
  };

  void Take(const Said& said);
  void TakeNumber(const Said& said, const std::string& value);
  void PassOver(const Said& said);
  void SetChecked(const std::string& name, const std::string& value, const std::string& source);
  // Unless it is set already.
  void Add(const std::string& name, const std::string& value, const std::string& source);

  bool Has(const std::string& name) const { return properties_.contains(name); }
  const Value* Joint(const std::string& name) const;
  void JoinStores();
  void JoinTrustStore(const Value& location);
  void JoinKeyStore(const Value& location);
  void JoinCompression();
  void JoinTimes();
  void JoinTls();
  void Remark(const std::string& text) { remarks_.push_back({text, false}); }

  std::vector<Said> said_;
  std::map<std::string, std::string> properties_;
  std::map<std::string, Value> joint_;  // those that only mean something together
  std::vector<std::string> passed_over_;
  std::map<std::string, Value> registry_;
  std::vector<ConfigRemark> remarks_;
  std::shared_ptr<std::atomic<bool>> answered_ = std::make_shared<std::atomic<bool>>(false);
};

// What becomes of which property, as docs/properties.md has it; a test compares them.
std::string PropertyTable();

// client.id unless the user sets it.
inline constexpr char kClientId[] = "onceload";

}  // namespace onceload
