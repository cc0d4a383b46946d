// The figures as a file for a textfile collector.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace onceload {

class MetricsFile {
 public:
  // Whose figures it has.
  enum class Of : std::uint8_t { kLoad, kAudit };

  // Throws Error(kUsage): it is no "*.prom", which a collector would not read, or has figures that
  // would be lost: another load's, or a load's where an audit's come, or the other way round.
  MetricsFile(std::string path, const std::string& load, Of of);

  // What the file said when it was opened: of a load the last success, of audits the last proof.
  const std::optional<double>& last_success() const { return last_success_; }

  // Writes it anew, at once for whoever reads it. Throws Error(kUsage).
  void Write(const std::string& text);

 private:
  const std::string path_;
  std::optional<double> last_success_;
};

}  // namespace onceload
