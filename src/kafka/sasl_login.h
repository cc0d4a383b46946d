// How to log in, as Java's properties say it, in librdkafka's names.
#pragma once

#include <map>
#include <string>

namespace onceload {

// A property's value, and where it was said.
struct SaidValue {
  std::string text;
  std::string source;
};
using SaidValues = std::map<std::string, SaidValue>;

// Both in librdkafka's names but for what only Java has (sasl.jaas.config, callback handlers).
struct LoginWishes {
  const std::map<std::string, std::string>& properties;  // as far as they are librdkafka's
  const SaidValues& java;
};

// What is to be added to the properties; what the user has said in librdkafka's own names stays.
// Values of a JAAS configuration may hold references, which are replaced. Throws Error(kUsage): a
// mechanism or a login module that there is no way to, with what works instead.
SaidValues LoginOf(const LoginWishes& wishes);

}  // namespace onceload
