#include "onceload/metrics/run_metrics.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <prometheus/exposer.h>
#include <prometheus/text_serializer.h>

#include "metrics/metrics_file.h"
#include "metrics/push_gateway.h"
#include "metrics/run_figures.h"

namespace onceload {
namespace {

// How old the file may be: a collector is scraped every 15 s or more rarely.
constexpr std::chrono::seconds kFileInterval{5};
// A push is a request to a server that others use: as often as it would be scraped.
constexpr int kTicksOfPush = 3;

// What is healthy is that the process answers: no metrics, status 200.
class Nothing final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override { return {}; }
};

// Serves /metrics and /healthz on threads of its own.
class ScrapeServer {
 public:
  ScrapeServer(const std::string& address, const std::shared_ptr<prometheus::Registry>& registry)
      : exposer_(Listen(address)) {
    exposer_->RegisterCollectable(registry);
    exposer_->RegisterCollectable(alive_, "/healthz");
  }

 private:
  static std::unique_ptr<prometheus::Exposer> Listen(const std::string& address) {
    try {
      return std::make_unique<prometheus::Exposer>(address, 1);
    } catch (const std::exception& error) {  // CivetWeb's own class says no more
      throw Error(ExitCode::kUsage,
                  std::string("metrics cannot be served there (") + error.what() + ")", address,
                  "give --metrics-listen a free port of this machine, such as 127.0.0.1:9464");
    }
  }

  std::shared_ptr<Nothing> alive_ = std::make_shared<Nothing>();
  std::unique_ptr<prometheus::Exposer> exposer_;
};

class Metrics final : public RunMetrics {
 public:
  Metrics(const MetricsWishes& wishes, const MetricsSubject& subject, const Clock& clock,
          RunListener& tell)
      : tell_(tell), figures_(subject, clock) {
    if (!wishes.file.empty()) OpenFile(wishes.file, subject.load);
    if (!wishes.push_gateway.empty()) gateway_.emplace(wishes.push_gateway, subject.load);
    if (!wishes.listen.empty()) server_.emplace(wishes.listen, figures_.registry());
    if (file_ || gateway_) writer_ = std::thread([this] { WriteUntilEnd(); });
  }
  ~Metrics() override { StopWriter(); }

  void On(const RunEvent& event) override {
    figures_.Take(event);
    TellTrouble();
  }

  void Ended(ExitCode code) override {
    StopWriter();
    figures_.Ended(code);
    WriteFile();
    Push();
    TellTrouble();
  }

 private:
  std::string Text() const {
    return prometheus::TextSerializer().Serialize(figures_.registry()->Collect());
  }

  void OpenFile(const std::string& path, const std::string& load) {
    file_.emplace(path, load, MetricsFile::Of::kLoad);
    if (file_->last_success()) figures_.SetLastSuccess(*file_->last_success());
    file_->Write(Text());
  }

  void WriteFile() {
    if (!file_) return;
    try {
      file_->Write(Text());
    } catch (const Error& error) {
      Note("the metrics file is not up to date: " + error.Line(), file_trouble_told_);
    }
  }

  void Push() {
    if (!gateway_) return;
    const std::string trouble = gateway_->Post(Text(), kPushTimeout);
    if (!trouble.empty()) Note("metrics cannot be pushed to " + trouble, push_trouble_told_);
  }

  // The writer's thread; it may tell nobody itself.
  void WriteUntilEnd() {
    for (int tick = 0;; tick = (tick + 1) % kTicksOfPush) {
      WriteFile();
      if (tick == 0) Push();
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, kFileInterval, [this] { return ending_; })) return;
    }
  }

  void StopWriter() {
    if (!writer_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_one();
    writer_.join();
  }

  // Once each: it would be so again a moment later.
  void Note(const std::string& trouble, bool& told) {
    const std::lock_guard lock(mutex_);
    if (!told) troubles_.push_back(trouble);
    told = true;
  }

  void TellTrouble() {
    std::vector<std::string> troubles;
    {
      const std::lock_guard lock(mutex_);
      troubles.swap(troubles_);
    }
    for (const std::string& trouble : troubles) tell_.On(Notice{trouble});
  }

  RunListener& tell_;
  RunFigures figures_;
  std::optional<MetricsFile> file_;     // the writer's, then Ended()'s
  std::optional<PushGateway> gateway_;  // likewise
  std::optional<ScrapeServer> server_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;                // under mutex_, like all that follow
  std::vector<std::string> troubles_;  // not told yet
  bool file_trouble_told_ = false;
  bool push_trouble_told_ = false;
  std::thread writer_;
};

}  // namespace

std::unique_ptr<RunMetrics> MakeRunMetrics(const MetricsWishes& wishes,
                                           const MetricsSubject& subject, const Clock& clock,
                                           RunListener& tell) {
  return std::make_unique<Metrics>(wishes, subject, clock, tell);
}

}  // namespace onceload
