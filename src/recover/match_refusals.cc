#include "recover/match_refusals.h"

namespace onceload {
namespace {

constexpr const char* kRestore = "restore the file, or load the new one under another --name";

}  // namespace

std::string Rows(const InputPosition& loaded) {
  return std::to_string(loaded.row.value) + (loaded.row.value == 1 ? " row" : " rows");
}

Error TwinError(const std::string& path, const std::string& other, bool equal,
                const InputPosition& loaded) {
  return {ExitCode::kUsage,
          "the file " + std::string(equal ? "has the content of " : "begins with all of ") + other +
              ", which is here too and of which " + Rows(loaded) + " were loaded",
          path, "leave one of them out; --again loads this one as well"};
}

Error SamePathError(const std::string& path, const std::string& loaded,
                    const std::string& difference) {
  return {
      ExitCode::kInput,
      "the file has changed: another text lies under the name of " + loaded + difference, path,
      "if it is a new file, the next day's export perhaps, --same-name new loads it; if the old "
      "one was edited, restore it, or load it under another --name"};
}

Error ShorterError(const SourceFile& file, const InputPosition& loaded) {
  return {ExitCode::kInput,
          "the file is shorter than what has been loaded of it: " +
              std::to_string(file.identity().size) + " bytes, loaded " +
              std::to_string(loaded.byte.value),
          file.path(), kRestore};
}

Error ChangedError(const SourceFile& file, const InputPosition& loaded,
                   const std::string& difference) {
  return {ExitCode::kInput,
          "the file has changed: its first " + std::to_string(loaded.byte.value) + " bytes (" +
              Rows(loaded) + ") are not those that have been loaded" + difference,
          file.path(), kRestore};
}

Error SeamError(const std::string& path, const InputPosition& loaded) {
  return {ExitCode::kInput,
          "the file's last row had no record end when it was loaded, and has been continued since: "
          "row " +
              std::to_string(loaded.row.value) + " in Kafka is part of a row",
          path + " byte " + std::to_string(loaded.byte.value),
          "load the corrected file under another --name"};
}

Error MissingError(const std::string& path, const std::string& load_name) {
  return {ExitCode::kInput,
          "a file that this load has not finished is not among those given: " + path,
          "load " + load_name, "give it too; if it was renamed, put it back under that name"};
}

}  // namespace onceload
