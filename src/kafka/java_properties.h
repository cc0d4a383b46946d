// The syntax of Java's client.properties (java.util.Properties.load).
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace onceload {

struct JavaProperty {
  std::string name;
  std::string value;     // without blanks around it, which Java's clients trim
  std::size_t line = 0;  // where it began, from 1
};

// Comments (# and !), = : or white space between name and value, \ at a line's end, and the escapes
// \t \n \r \f \uXXXX \x. A name without a value has an empty one.
std::vector<JavaProperty> ParseJavaProperties(std::string_view text);

// `org.x.ScramLoginModule required username="u" password="p";`: values may stand in " or ', with
// backslash escapes. An empty module: there is none.
struct JaasLogin {
  std::string module;
  std::map<std::string, std::string> options;
};
JaasLogin ParseJaasConfig(std::string_view text);

}  // namespace onceload
