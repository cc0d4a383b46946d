// Passwords and private keys among properties: where they may be kept, and that nothing prints
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace onceload {

// `text` with its references replaced, each time it is called by what is there then:
//   ${env:NAME}             the variable
//   ${file:PATH}            the file's text, without its last line end
//   ${file:PATH:KEY}        a property of a properties file, as Kafka's FileConfigProvider has it
//   ${directory:PATH:FILE}  the file in that directory, as its DirectoryConfigProvider has it
//   $${                     "${" itself
// `place` is where the text was given. Throws Error(kUsage): not closed, of no such kind, nothing
// there.
std::string Expanded(std::string_view text, const std::string& place);

// Of a property's value: also "@PATH", the file's text; "@@" begins one that begins with '@'.
std::string ExpandedValue(std::string_view value, const std::string& place);

// Nothing but a reference: it tells no secret.
bool IsReference(std::string_view value);

// May its value be a password or a private key? Of a name that is not known, too: it may be
// mistyped.
bool IsSecretProperty(std::string_view name);

// NAME=VALUE, or whatever was given in its place, with "..." for what may be a secret: the value of
// such a property, user:password in a URL. References are shown.
std::string MaskedProperty(std::string_view text);

// `text` with "..." for each of `secrets`: of others' words, which may repeat them.
std::string WithoutSecrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace onceload
