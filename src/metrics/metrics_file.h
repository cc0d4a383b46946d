// The figures as a file for a textfile collector.
#pragma once

#include <optional>
#include <string>

namespace onceload {

class MetricsFile {
 public:
  // Throws Error(kUsage): it is no "*.prom", which a collector would not read, or has the figures
  // of another load, which would be lost.
  MetricsFile(std::string path, const std::string& load);

  // What the file said when it was opened.
  const std::optional<double>& last_success() const { return last_success_; }

  // Writes it anew, at once for whoever reads it. Throws Error(kUsage).
  void Write(const std::string& text);

 private:
  const std::string path_;
  std::optional<double> last_success_;
};

}  // namespace onceload
