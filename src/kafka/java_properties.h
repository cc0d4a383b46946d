// The syntax of Java's client.properties (java.util.Properties.load).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

struct JavaProperty {
  std::string name;
  std::string value;
  std::size_t line = 0;  // where it began, from 1
};

// Comments (# and !), = : or white space between name and value, \ at a line's end, and the escapes
// \t \n \r \f \uXXXX \x. A name without a value has an empty one.
std::vector<JavaProperty> ParseJavaProperties(std::string_view text);

// From `... PlainLoginModule required username="u" password="p";`, quoted with " or ', with
// backslash escapes. nullopt if one of the two is missing.
struct JaasCredentials {
  std::string login_module;
  std::string username;
  std::string password;
};
std::optional<JaasCredentials> ParseJaasConfig(std::string_view text);

}  // namespace onceload
