// Two loaders of one load in one process, of which one runs at a time: a seed stays a schedule.
#pragma once

#include <functional>
#include <semaphore>
#include <thread>
#include <utility>

namespace onceload {

// The loader that comes second. It runs only while the first one waits in Resume().
class SecondLoader {
 public:
  // `body`, on a thread of its own; it throws nothing.
  explicit SecondLoader(std::function<void()> body) : body_(std::move(body)) {}
  ~SecondLoader() { Finish(); }
  SecondLoader(const SecondLoader&) = delete;
  SecondLoader& operator=(const SecondLoader&) = delete;

  // By the first: the second goes on, as far as its next Pause() or to its end.
  void Resume() {
    if (ended_) return;
    runs_now_ = true;
    if (thread_.joinable()) {
      second_.release();
    } else {
      thread_ = std::thread([this] {
        body_();
        ended_ = true;
        runs_now_ = false;
        first_.release();
      });
    }
    first_.acquire();
  }

  // By the second: the first goes on.
  void Pause() {
    runs_now_ = false;
    first_.release();
    second_.acquire();
  }

  // By the first, if it was begun.
  void Finish() {
    while (thread_.joinable() && !ended_) Resume();
    if (thread_.joinable()) thread_.join();
  }

  // Asked by either, when it runs.
  bool runs_now() const { return runs_now_; }
  bool ended() const { return ended_; }

 private:
  std::function<void()> body_;
  std::thread thread_;
  std::binary_semaphore first_{0};
  std::binary_semaphore second_{0};
  bool runs_now_ = false;
  bool ended_ = false;
};

}  // namespace onceload
