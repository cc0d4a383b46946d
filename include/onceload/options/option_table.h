// The options of the command line: one row each. Parsing and bounds, help, completions, manual
// pages, the load file and its schema, what is masked and what may not change between runs are all
// read off these rows; nothing of an option stands anywhere else but in the code that acts on it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/options/request.h"

namespace onceload {

// The commands that take options; bits, as an option may belong to several.
enum Verb : unsigned {
  kNoVerb = 0,
  kLoad = 1,
  kVerify = 2,
  kPlan = 4,
  kStatus = 8,
  kWatch = 16,
  kDoctor = 32,
  kCertify = 64,
  kCheckCertificate = 128,
  kWhere = 256,
  kFrom = 512,
  kHistory = 1024,
  kSplit = 2048,
  kRepair = 4096,
  kForget = 8192
};

// In the order in which help shows them: what everybody needs first.
enum class OptionGroup : std::uint8_t {
  kConnection,
  kTopic,
  kFiles,
  kFormat,
  kMessages,
  kKeys,
  kSchemas,
  kRejects,
  kChunks,
  kRun,
  kOutput,
};
inline constexpr int kOptionGroups = 11;
std::string_view NameOf(OptionGroup group);

enum class OptionKind : std::uint8_t {
  kFlag,       // there or not
  kText,       // any text
  kNumber,     // a whole number within the bounds
  kChoice,     // one of the texts in `value`, between bars
  kFile,       // a path
  kDirectory,  // likewise
};

struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

struct Option;

// A value as it was given, and where.
struct Word {
  const Option* option = nullptr;
  std::string text;    // of a flag: "true" or "false"
  std::string source;  // "" on the command line; else the variable or the load file
};

// How a row is taken and how it is shown. `take` throws Error(kUsage). `show`: what is set, as it
// would be given; nullopt: nothing is. Of a Request nobody has touched it is the default.
struct OptionAccess {
  OptionKind kind = OptionKind::kText;
  void (*take)(const Word& word, Request& request) = nullptr;
  std::optional<std::string> (*show)(const Option& option, const Request& request) = nullptr;
  Bounds bounds{};  // of kNumber
};

// What more there is to an option; bits.
enum Trait : unsigned {
  kPlain = 0,
  kRepeatable = 1,
  // It shapes messages: a load goes on with the value it began with.
  kFrozen = 2,
  kSecret = 4,      // may hold a password: shown masked
  kBytes = 8,       // a path, or holds one: need not be UTF-8
  kPositional = 16  // given without its name
};

struct Option {
  std::string_view name;  // without dashes
  char letter = 0;        // its short form; 0: none
  OptionGroup group = OptionGroup::kConnection;
  std::string_view value;  // what help calls its value; choices are "a|b|c"; a flag has none
  std::string_view help;   // a line, without a full stop; the default is put behind it
  unsigned verbs = 0;
  OptionAccess access;
  unsigned traits = kPlain;
  std::string_view environment{};  // a variable that gives it; empty: none
  std::string_view more{};         // sentences for the manual page

  bool Is(Trait trait) const { return (traits & trait) != 0; }
  bool flag() const { return access.kind == OptionKind::kFlag; }
};

// All rows, in the order in which they are taken: a row may rely on those before it. An option that
// means different things to different verbs has a row for each.
std::span<const Option> AllOptions();

// nullptr: the verb has none of this name.
const Option* FindOption(Verb verb, std::string_view name);
std::vector<const Option*> OptionsOf(Verb verb);
std::vector<const Option*> OptionsOf(Verb verb, OptionGroup group);

// The texts of a kChoice; of other kinds none.
std::vector<std::string_view> ChoicesOf(const Option& option);

// The default as help shows it; nullopt: none. A flag has none.
std::optional<std::string> DefaultOf(const Option& option);

// The word's text, passwords masked.
std::string Masked(const Word& word);

}  // namespace onceload
