#include "cli/loaded_before.h"

#include <map>
#include <span>
#include <utility>

#include "onceload/core/error.h"
#include "onceload/csv/prefix_hasher.h"

namespace onceload {
namespace {

// Text of `file`, all of it, is what was loaded from `before`.
bool SameText(const InputFile& file, const InputFile& before, Encoding encoding) {
  if (SameFile(file, before)) return true;
  const SourceFile source(file.path, encoding);
  const ByteOffset end = before.end->byte;
  char next = 0;
  try {
    return FingerprintOfPrefix(source, end) == before.end->prefix &&
           source.ReadAt(end, std::span(&next, 1)) == 0;
  } catch (const Error& error) {
    if (error.code() != ExitCode::kInput) throw;
    return false;  // shorter, or it cannot be read: the load will say so
  }
}

}  // namespace

void RefuseLoadedBefore(const CheckpointStore& store, const std::string& load_name,
                        const std::string& topic, const std::vector<InputFile>& inputs,
                        Encoding encoding) {
  std::multimap<std::uint64_t, LoadedFile> by_size;
  for (LoadedFile& loaded : store.LoadedFiles(topic)) {
    if (loaded.load_name == load_name) continue;
    const std::uint64_t size = loaded.file.size;
    by_size.emplace(size, std::move(loaded));
  }
  for (const InputFile& input : inputs) {
    const auto [first, last] = by_size.equal_range(input.size);
    for (auto it = first; it != last; ++it) {
      const LoadedFile& loaded = it->second;
      if (loaded.file.end->row.value == 0 || !SameText(input, loaded.file, encoding)) continue;
      throw Error(ExitCode::kUsage,
                  "topic " + topic + " has these " + std::to_string(loaded.file.end->row.value) +
                      " rows already: load " + loaded.load_name + " has loaded them from " +
                      loaded.file.path,
                  input.path, "--again loads them once more");
    }
  }
}

}  // namespace onceload
