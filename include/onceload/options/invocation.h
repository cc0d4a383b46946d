// A command line, understood.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/kafka/client_config.h"
#include "onceload/options/option_table.h"
#include "onceload/options/request.h"

namespace onceload {

using Arguments = std::vector<std::string>;  // after the command's name

// What holds, from where: of an option that stands in several places, the command line's words win
// over the environment's, those over the load file's.
struct Invocation {
  Verb verb = kNoVerb;
  bool help = false;  // --help: nothing else counts
  std::vector<Word> words;
  Request request;

  bool Has(std::string_view option) const;
};

// Throws Error(kUsage): an option that is not known (with the nearest), a value out of its bounds,
// options that contradict each other, a load file that cannot be read.
Invocation ParseArguments(Verb verb, const Arguments& arguments);

// How rows become messages: as the command line says; with `frozen`, as that says. Throws
// Error(kUsage) that names an option which says otherwise than `frozen`.
FrozenEncoding EncodingOf(const Invocation& invocation, const FrozenEncoding* frozen,
                          const std::string& load_name);

// Throws Error(kUsage): no broker, a property that is not known or may not be set, a process that
// may not have the threads of a client.
ClientConfig ConnectionOf(const Request& request);

// --state, or where it is by default; nullopt: there is no place for it.
std::optional<std::string> StatePathIfAny(const Request& request);
// Throws Error(kUsage) instead.
std::string StatePathOf(const Request& request);

// The command line behind the command's name again, for a shell: a blank and the words as they were
// given, passwords masked. At most kCommandBytesMax bytes: of many files, the pattern that gives
// the same ones, or --files-from.
inline constexpr std::size_t kCommandBytesMax = 2'000;  // what a terminal shows without a flood
std::string CommandLineOf(const Invocation& invocation);

}  // namespace onceload
