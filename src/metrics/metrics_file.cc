#include "metrics/metrics_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "onceload/core/descriptor.h"
#include "onceload/core/durable_file.h"
#include "onceload/core/error.h"
#include "onceload/core/file_text.h"
#include "onceload/core/text.h"

namespace onceload {
namespace {

constexpr std::string_view kLastSuccess = "onceload_last_success_timestamp_seconds{";
constexpr std::string_view kLastProven = "onceload_verify_last_proven_timestamp_seconds{";
constexpr std::string_view kOfAudits = "onceload_verify_";

// A label's value as the text format has it.
std::string Escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

Error WriteError(const std::string& path, int error) {
  return {ExitCode::kUsage,
          "the metrics file cannot be written (" + std::system_category().message(error) + ")",
          path, "give --metrics-file a path in a folder that this user may write to"};
}

}  // namespace

MetricsFile::MetricsFile(std::string path, const std::string& load, Of of)
    : path_(std::move(path)) {
  if (!path_.ends_with(".prom")) {
    throw Error(ExitCode::kUsage, "a metrics file is named *.prom", path_,
                "collectors read no other names: give --metrics-file another");
  }
  const std::optional<std::string> before = TextOfFile(path_);
  if (!before) return;
  const std::string own = "load=\"" + Escaped(load) + "\"";
  std::istringstream lines(*before);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("onceload_")) continue;
    const bool of_audit = line.starts_with(kOfAudits);
    if (of_audit != (of == Of::kAudit)) {
      throw Error(ExitCode::kUsage,
                  std::string("the metrics file has the figures of ") +
                      (of_audit ? "audits (verify)" : "loads (load, watch)"),
                  path_, "give each of them a --metrics-file of its own");
    }
    if (line.find(own) == std::string::npos) {
      throw Error(ExitCode::kUsage, "the metrics file has the figures of another load", path_,
                  "give each load a --metrics-file of its own");
    }
    const std::size_t value = line.rfind(' ');
    if (line.starts_with(of_audit ? kLastProven : kLastSuccess)) {
      last_success_ = std::strtod(line.c_str() + value, nullptr);
    }
  }
}

void MetricsFile::Write(const std::string& text) {
  // Beside it, for a rename, under a name that neither collectors nor watched folders read.
  const std::size_t name = path_.rfind('/') + 1;  // npos + 1 is 0
  const std::string temporary =
      path_.substr(0, name) + "." + path_.substr(name) + "." + std::to_string(::getpid());
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    // Unsynced, a power cut may leave an empty file of the name, and the last success is forgotten.
    if (file.value() < 0 || !WriteAll(file.value(), text) || ::fsync(file.value()) != 0) {
      throw WriteError(path_, errno);
    }
  }
  if (std::rename(temporary.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    throw WriteError(path_, error);
  }
  if (!SyncFolder(FolderOf(path_))) throw WriteError(path_, errno);
}

}  // namespace onceload
