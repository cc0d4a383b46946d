// Whether a load's inputs are still what was loaded of them.

#include <algorithm>
#include <array>
#include <map>

#include "onceload/core/error.h"
#include "onceload/core/path_name.h"
#include "onceload/csv/prefix_hasher.h"
#include "onceload/csv/source_file.h"
#include "onceload/recover/recover.h"

namespace onceload {
namespace {

// Shorter prefixes are compared before a person could read that they are.
constexpr std::uint64_t kNoticeBytes = std::uint64_t{256} << 20;

// What one pass over the loaded part of a file finds.
struct Prefix {
  PrefixFingerprint fingerprint;
  std::uint64_t length = 0;  // shorter than asked for if the text is
  char last = '\n';          // byte before `length`
  std::optional<char> next;  // byte after it, if the text goes on
};

Prefix ReadPrefix(const SourceFile& file, ByteOffset length, RunContext& context) {
  Prefix prefix;
  PrefixHasher hasher;
  std::vector<char> block(kFingerprintBlock);
  while (hasher.length() < length) {
    if (context.stop) {
      throw Error(ExitCode::kStopped, "stopped by a signal while the input was compared",
                  file.path(), "nothing is lost: run the same command again");
    }
    const std::uint64_t left = length.value - hasher.length().value;
    const std::size_t got = file.ReadAt(
        hasher.length(), std::span(block).first(std::min<std::uint64_t>(left, block.size())));
    if (got == 0) break;
    hasher.Update({block.data(), got});
    prefix.last = block[got - 1];
  }
  prefix.length = hasher.length().value;
  prefix.fingerprint = hasher.fingerprint();
  char next = 0;
  if (prefix.length == length.value && file.ReadAt(length, std::span(&next, 1)) == 1) {
    prefix.next = next;
  }
  return prefix;
}

// The first chunk of the ledger's that ends in this file where the text is another by then.
std::string FirstOtherChunk(const SourceFile& file, std::uint32_t index,
                            const std::vector<LedgerChunk>& chunks) {
  PrefixHasher hasher;
  std::vector<char> block(kFingerprintBlock);
  for (const LedgerChunk& chunk : chunks) {
    if (chunk.end.file != index) continue;
    while (hasher.length() < chunk.end.byte) {
      const std::uint64_t left = chunk.end.byte.value - hasher.length().value;
      const std::size_t got = file.ReadAt(
          hasher.length(), std::span(block).first(std::min<std::uint64_t>(left, block.size())));
      if (got == 0) break;
      hasher.Update({block.data(), got});
    }
    if (hasher.fingerprint() == chunk.end.prefix) continue;
    const ByteOffset begin = chunk.begin.file == index ? chunk.begin.byte : ByteOffset{0};
    return "; the first difference is in chunk " + std::to_string(chunk.chunk.value) + ", bytes " +
           std::to_string(begin.value) + " to " + std::to_string(chunk.end.byte.value);
  }
  return "";
}

const char* const kRestore = "restore the file, or load the new one under another --name";

class InputCheck {
 public:
  InputCheck(const Here& here, const ProgressRecord& was, const LedgerChunks& chunks,
             RunContext& context)
      : here_(here), was_(was), chunks_(chunks), context_(context) {}

  // Of file `index`, `now` being what the file system says of it.
  std::optional<Error> Run(std::uint32_t index, InputFile& now) const {
    const InputFile& known = was_.inputs[index];
    const InputPosition at =
        index < was_.position.file ? known.end.value_or(InputPosition{}) : was_.position;
    if (SameFile(known, now) && !here_.check_prefix) return std::nullopt;
    const SourceFile file(now.path, here_.encoding);
    // As it is by now: since the run began it may have grown, and a chunk may tell of that.
    now.size = file.identity().size;
    now.mtime_ns = file.identity().mtime_ns;
    if (file.plain() && now.size < at.byte.value) return Shorter(file, now.size, at);
    if (at.byte.value >= kNoticeBytes && here_.notice) {
      here_.notice("comparing the first " + std::to_string(at.byte.value) + " bytes of " +
                   now.path + " with what was loaded of it");
    }
    const Prefix prefix = ReadPrefix(file, at.byte, context_);
    if (prefix.length < at.byte.value) return Shorter(file, prefix.length, at);
    if (prefix.fingerprint != at.prefix) return Different(file, index, at);
    if (!prefix.next) return std::nullopt;
    if (index < was_.position.file) return GrownTooLate(file, at);
    if (known.end) now.end.reset();  // it has grown: there is more to load
    return Continued(file, prefix, at);
  }

 private:
  static std::optional<Error> Shorter(const SourceFile& file, std::uint64_t length,
                                      const InputPosition& at) {
    return Error(ExitCode::kInput,
                 "the file is shorter than what has been loaded of it: " + std::to_string(length) +
                     " bytes, loaded " + std::to_string(at.byte.value),
                 file.path(), kRestore);
  }

  std::optional<Error> Different(const SourceFile& file, std::uint32_t index,
                                 const InputPosition& at) const {
    return Error(ExitCode::kInput,
                 "the file has changed: its first " + std::to_string(at.byte.value) + " bytes (" +
                     std::to_string(at.row.value) + " rows) are not those that have been loaded" +
                     FirstOtherChunk(file, index, chunks_()),
                 file.path(), kRestore);
  }

  static std::optional<Error> GrownTooLate(const SourceFile& file, const InputPosition& at) {
    return Error(ExitCode::kInput,
                 "the file has grown after the load had finished with it and gone on to later "
                 "files: it was loaded up to byte " +
                     std::to_string(at.byte.value),
                 file.path(), "put the new rows into a file of their own and add it to the load");
  }

  // The last row loaded had no record end, and the file has gone on since: what was loaded as a row
  // was part of one.
  static std::optional<Error> Continued(const SourceFile& file, const Prefix& prefix,
                                        const InputPosition& at) {
    const auto ends_record = [](char c) { return c == '\n' || c == '\r'; };
    if (at.row.value == 0 || ends_record(prefix.last) || ends_record(*prefix.next)) {
      return std::nullopt;
    }
    return Error(ExitCode::kInput,
                 "the file's last row had no record end when it was loaded, and has been continued "
                 "since: row " +
                     std::to_string(at.row.value) + " in Kafka is part of a row",
                 file.path() + " byte " + std::to_string(at.byte.value),
                 "load the corrected file under another --name");
  }

  const Here& here_;
  const ProgressRecord& was_;
  const LedgerChunks& chunks_;
  RunContext& context_;
};

// Index of each given file by a text that is the same for only one of them; others are left out.
template <typename TextOf>
std::map<std::string, std::size_t> UniqueBy(const std::vector<InputFile>& files,
                                            const std::vector<bool>& taken, TextOf&& text_of) {
  std::map<std::string, std::size_t> unique;
  std::map<std::string, int> count;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (taken[i]) continue;
    const std::string text = text_of(files[i]);
    if (++count[text] == 1) {
      unique[text] = i;
    } else {
      unique.erase(text);
    }
  }
  return unique;
}

}  // namespace

std::vector<InputFile> MatchInputs(const ProgressRecord& was, const std::vector<InputFile>& given) {
  std::vector<InputFile> inputs = was.inputs;
  std::vector<bool> taken(given.size(), false);
  std::vector<bool> matched(inputs.size(), false);
  const auto match = [&](std::size_t known, std::size_t now) {
    InputFile& input = inputs[known];
    const InputFile was_known = std::move(input);
    input = given[now];
    input.end = was_known.end;
    // Its messages go on to call it what they called it before.
    const std::string name = was_known.name.empty() ? NameOfPath(was_known.path) : was_known.name;
    input.name = name == NameOfPath(input.path) ? "" : name;
    if (!input.head) input.head = was_known.head;
    if (input.coding.empty()) input.coding = was_known.coding;
    taken[now] = matched[known] = true;
  };
  if (inputs.size() == 1 && given.size() == 1) match(0, 0);
  for (const bool by_path : {true, false}) {
    const auto text_of = [by_path](const InputFile& file) {
      return by_path ? file.path : NameOfPath(file.path);
    };
    const auto ours = UniqueBy(inputs, matched, text_of);
    const auto theirs = UniqueBy(given, taken, text_of);
    for (const auto& [text, known] : ours) {
      if (const auto now = theirs.find(text); now != theirs.end()) match(known, now->second);
    }
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (matched[i] || inputs[i].end) continue;
    throw Error(
        ExitCode::kInput,
        "a file that this load has not finished is not among those given: " + inputs[i].path,
        "load " + was.load_name, "give it too, or load the others under another --name");
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!taken[i]) inputs.push_back(given[i]);
  }
  return inputs;
}

std::optional<Error> ChangedInput(const Here& here, const ProgressRecord& was,
                                  const LedgerChunks& chunks, RunContext& context,
                                  std::vector<InputFile>& inputs) {
  const InputCheck check(here, was, chunks, context);
  for (std::uint32_t i = 0; i <= was.position.file && i < was.inputs.size(); ++i) {
    const bool given =
        std::any_of(here.blank.inputs.begin(), here.blank.inputs.end(),
                    [&](const InputFile& file) { return file.path == inputs[i].path; });
    if (!given) continue;  // finished with, and gone
    if (std::optional<Error> changed = check.Run(i, inputs[i])) return changed;
  }
  return std::nullopt;
}

}  // namespace onceload
