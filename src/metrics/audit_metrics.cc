#include "onceload/metrics/audit_metrics.h"

#include <chrono>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include "metrics/metrics_file.h"
#include "metrics/push_gateway.h"

namespace onceload {

class AuditMetrics::Impl {
 public:
  Impl(const MetricsWishes& wishes, const MetricsSubject& subject, const Clock& clock)
      : clock_(clock), labels_{{"load", subject.load}, {"topic", subject.topic}} {
    if (!wishes.push_gateway.empty()) gateway_.emplace(wishes.push_gateway, subject.load);
    if (wishes.file.empty()) return;
    file_.emplace(wishes.file, subject.load, MetricsFile::Of::kAudit);
    proven_at_ = file_->last_success();
  }

  std::vector<std::string> Ended(ExitCode code, const std::optional<AuditFigures>& figures) {
    const double now = std::chrono::duration<double>(clock_.WallClock()).count();
    Set("onceload_verify_last_end_timestamp_seconds", "When an audit of the load ended", now);
    Set("onceload_verify_last_exit_code", "Of that audit", static_cast<double>(code));
    Set("onceload_verify_proven", "1 if that audit proved the load",
        figures && figures->proven ? 1 : 0);
    if (figures) {
      Set("onceload_verify_expected_rows", "Rows that the load has committed",
          static_cast<double>(figures->expected));
      Set("onceload_verify_found_rows", "Rows of the load that are in the topic",
          static_cast<double>(figures->found));
      Set("onceload_verify_difference_rows",
          "Rows by which their numbers differ, partition by partition",
          static_cast<double>(figures->difference));
      if (figures->proven) proven_at_ = now;
    }
    if (proven_at_)
      Set("onceload_verify_last_proven_timestamp_seconds", "When the load was last proven",
          *proven_at_);
    return GiveOut();
  }

 private:
  void Set(const std::string& name, const std::string& help, double value) {
    prometheus::BuildGauge().Name(name).Help(help).Labels(labels_).Register(registry_).Add({}).Set(
        value);
  }

  std::vector<std::string> GiveOut() {
    const std::string text = prometheus::TextSerializer().Serialize(registry_.Collect());
    std::vector<std::string> troubles;
    if (file_) {
      try {
        file_->Write(text);
      } catch (const Error& error) {
        troubles.push_back("the metrics file is not up to date: " + error.Line());
      }
    }
    const std::string trouble = gateway_ ? gateway_->Post(text, kPushTimeout) : std::string();
    if (!trouble.empty()) troubles.push_back("metrics cannot be pushed to " + trouble);
    return troubles;
  }

  const Clock& clock_;
  const prometheus::Labels labels_;
  prometheus::Registry registry_;
  std::optional<MetricsFile> file_;
  std::optional<PushGateway> gateway_;
  std::optional<double> proven_at_;  // seconds since 1970
};

AuditMetrics::AuditMetrics(const MetricsWishes& wishes, const MetricsSubject& subject,
                           const Clock& clock)
    : impl_(std::make_unique<Impl>(wishes, subject, clock)) {}
AuditMetrics::~AuditMetrics() = default;

std::vector<std::string> AuditMetrics::Ended(ExitCode code,
                                             const std::optional<AuditFigures>& figures) {
  return impl_->Ended(code, figures);
}

}  // namespace onceload
