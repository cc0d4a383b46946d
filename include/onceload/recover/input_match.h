// Which of a load's inputs each given file is.
//
// An input is known by its text: the content key (length and fingerprint of what was loaded of it)
// and the head key (digest of its first block). Path, inode, times, size and packing are hints that
// spare reading; none of them decides. docs/guarantees.md has the table.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "onceload/checkpoint/checkpoint_store.h"
#include "onceload/core/error.h"
#include "onceload/core/progress_record.h"
#include "onceload/core/run_context.h"
#include "onceload/source/source_file.h"

namespace onceload {

// What is done about a file under the path of a finished input, with another text.
enum class SameName : std::uint8_t {
  kRefuse,  // nobody can tell an edited file from the next day's under the same name
  kNew,     // it is a new input
};

struct MatchRules {
  Encoding encoding = Encoding::kUtf8;
  SameName same_name = SameName::kRefuse;
  bool again = false;         // load what is equal to a finished input
  bool check_prefix = false;  // trust no hint
  // What leaves rows at a file's end out; another run may have left more of them.
  bool require_record_end = false;
  std::uint64_t skip_footer = 0;
  // Files come into a folder while the load goes on: of a finished input a copy is that input, and
  // one that is not read yet may be gone again.
  bool watched = false;
  // A file is gone once it is loaded: what then lies under its name is a new one, and no news.
  bool rotated = false;
  // Told of a given file that is refused, which then is no input; empty: the error is thrown.
  std::function<void(std::size_t given, const Error& error)> refused;
  // For an audit: nothing is refused, and what cannot be told by its text is told by its name.
  bool audit = false;
  std::function<void(const std::string&)> notice;  // says what takes long; may be empty
};

// A given file is a known one under another name, or has a known name and another text.
struct MatchRemark {
  enum class As : std::uint8_t { kFinished, kUnfinished, kGrown, kNew, kGone };
  std::string path;
  std::string known_as;  // path of the known one
  As as = As::kNew;
  std::string text;
};

// "finished", "unfinished", "grown", "new", "gone".
std::string_view NameOf(MatchRemark::As as);

// No given file, or no input.
inline constexpr std::size_t kNoInput = ~std::size_t{0};

struct MatchedInputs {
  // The load's inputs as they are now: those that were known, in their order, then what has come:
  // files, and further pieces of files that have grown after later ones were begun.
  std::vector<InputFile> inputs;
  std::vector<bool> given;            // by input: it is among the given files
  std::vector<std::size_t> input_of;  // by given file: kNoInput if it is refused
  std::size_t first_new = 0;          // inputs from here on were not known
  std::vector<MatchRemark> remarks;   // "x.csv.gz is a.csv, loaded before: ..."
  std::uint64_t known_elsewhere = 0;  // finished inputs that were given under another name
};

// Asked for only where there is a difference to be placed.
using LedgerChunks = std::function<std::vector<LedgerChunk>()>;

// `given`: with head and identity; each file once. Reads beyond a head only where a head key
// agrees, or where a known input has none (loads of version 0.1.0).
//
// Throws Error(kInput), naming file and reason: an unfinished input that is not among the given or
// has another text; another text under a finished input's path (SameName::kRefuse); a last row that
// has been continued since it was loaded. Error(kUsage): a file equal to a finished input that is
// given as well, if it has rows. Error(kStopped): a signal.
MatchedInputs MatchInputs(const MatchRules& rules, const ProgressRecord& was,
                          const std::vector<InputFile>& given, const LedgerChunks& chunks,
                          RunContext& context);

}  // namespace onceload
